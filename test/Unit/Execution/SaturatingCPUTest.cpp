//===- SaturatingCPUTest.cpp - integers on a CPU without VNNI -------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// A program of its own: oneDNN reads its limit once.
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Execution/Executor.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

#include <cstdlib>

using namespace mlir;
using namespace mlir::quantmlir;

namespace {
const bool isLimited = setenv("ONEDNN_MAX_CPU_ISA", "AVX2", 1) == 0;

constexpr char worstCase[] = R"(
  func.func @main() -> tensor<2x3xi32> {
    %zero = arith.constant 0 : i32
    %x = arith.constant dense<127> : tensor<2x576xi8>
    %w = arith.constant dense<-127> : tensor<3x576xi8>
    %e = tensor.empty() : tensor<2x3xi32>
    %f = linalg.fill ins(%zero : i32) outs(%e : tensor<2x3xi32>) -> tensor<2x3xi32>
    %y = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
                                        affine_map<(m, n, k) -> (n, k)>,
                                        affine_map<(m, n, k) -> (m, n)>]
        ins(%x, %w : tensor<2x576xi8>, tensor<3x576xi8>) outs(%f : tensor<2x3xi32>) -> tensor<2x3xi32>
    return %y : tensor<2x3xi32>
  })";

TEST(SaturatingCPUTest, ExactWithARemark) {
  ASSERT_TRUE(isLimited);
  DialectRegistry registry;
  registerExecutionDialects(registry);
  MLIRContext context(registry);
  remark::RemarkCategories categories;
  categories.missed = "quant-execution";
  ASSERT_TRUE(succeeded(remark::enableOptimizationRemarks(
      context, nullptr, std::make_unique<remark::RemarkEmittingPolicyAll>(),
      categories,
      /*printAsEmitRemarks=*/true)));
  std::string remarks;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    remarks += diagnostic.str();
    return success();
  });
  auto executor = llvm::cantFail(Executor::create(
      parseSourceString<ModuleOp>(worstCase, &context), "main",
      [](StringRef, RankedTensorType) -> llvm::Expected<const void *> {
        return llvm::createStringError("no weights");
      }));
  EXPECT_NE(remarks.find("integer products run on the project's exact kernel"),
            std::string::npos)
      << remarks;
  std::vector<int32_t> y(6);
  ASSERT_FALSE(static_cast<bool>(executor->run({}, {y.data()})));
  EXPECT_EQ(y, std::vector<int32_t>(6, -127 * 127 * 576));
}
} // namespace
