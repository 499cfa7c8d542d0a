//===- ExecutorTest.h - programs for the executor ---------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_TEST_UNIT_EXECUTION_EXECUTORTEST_H
#define QUANT_MLIR_TEST_UNIT_EXECUTION_EXECUTORTEST_H

#include "quant-mlir/Execution/Executor.h"
#include "quant-mlir/InitAll.h"

#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

#include <map>
#include <numeric>

namespace mlir::quantmlir {

/// Maps that the programs of tests share.
inline constexpr char maps[] = R"(
  #id = affine_map<(d0, d1) -> (d0, d1)>
  #row = affine_map<(d0, d1) -> (d0)>
  #column = affine_map<(d0, d1) -> (d1)>
)";

class ExecutorTest : public ::testing::Test {
protected:
  void SetUp() override {
    DialectRegistry registry;
    registerExecutionDialects(registry);
    context.appendDialectRegistry(registry);
    options.threads = 3;
  }

  llvm::Expected<std::unique_ptr<Executor>> compile(StringRef program) {
    OwningOpRef<ModuleOp> module =
        parseSourceString<ModuleOp>(maps + program.str(), &context);
    if (!module)
      return llvm::createStringError("the program does not parse");
    auto provider = [this](StringRef name,
                           RankedTensorType) -> llvm::Expected<const void *> {
      auto it = weights.find(name.str());
      if (it == weights.end())
        return llvm::createStringError("no weight '" + name + "'");
      return it->second.data();
    };
    return Executor::create(std::move(module), "main", provider, options);
  }

  /// Runs `main` of one result.
  template <typename T = float>
  std::vector<T> run(StringRef program, ArrayRef<const void *> inputs) {
    auto executor = compile(program);
    if (!executor) {
      ADD_FAILURE() << llvm::toString(executor.takeError());
      return {};
    }
    std::vector<T> result((*executor)->getResultTypes()[0].getNumElements());
    if (llvm::Error error = (*executor)->run(inputs, {result.data()}))
      ADD_FAILURE() << llvm::toString(std::move(error));
    return result;
  }

  static std::vector<float> iota(int64_t count, float first = 0) {
    std::vector<float> values(count);
    std::iota(values.begin(), values.end(), first);
    return values;
  }

  MLIRContext context;
  ExecutorOptions options;
  std::map<std::string, std::vector<float>> weights;
};

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_TEST_UNIT_EXECUTION_EXECUTORTEST_H
