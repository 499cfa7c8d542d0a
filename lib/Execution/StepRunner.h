//===- StepRunner.h - carry out a plan --------------------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_EXECUTION_STEPRUNNER_H
#define QUANT_MLIR_LIB_EXECUTION_STEPRUNNER_H

#include "DeviceCompiler.h"
#include "Plan.h"
#include "WeightCheck.h"
#include "quant-mlir/Runtime/ThreadPool.h"

#include "mlir/ExecutionEngine/ExecutionEngine.h"

#include <map>
#include <mutex>

namespace mlir::quantmlir {

/// Compiled kernels, memory and threads of one plan.
class StepRunner {
public:
  /// `kernels` and `device` are null if the plan calls none of theirs.
  static llvm::Expected<std::unique_ptr<StepRunner>>
  create(Plan plan, ModuleOp kernels, ModuleOp device,
         const ExecutorOptions &options);
  ~StepRunner();

  const Plan &getPlan() const { return plan; }

  llvm::Error runInitialSteps();
  llvm::Error run(ArrayRef<const void *> inputs, ArrayRef<void *> outputs);
  void printStepTimes(llvm::raw_ostream &os) const;

private:
  using KernelFunction = void (*)(void **);
  struct Free {
    void operator()(char *memory) const { std::free(memory); }
  };
  using Memory = std::unique_ptr<char, Free>;

  StepRunner(Plan plan, const ExecutorOptions &options);
  llvm::Error compile(ModuleOp kernels);
  llvm::Error compileDevice(ModuleOp device, const ExecutorOptions &options);
  llvm::Error findFunctions(ExecutionEngine &engine,
                            function_ref<StringRef(const Step &)> getName);
  static Memory allocate(int64_t bytes);
  llvm::Error runSteps(ArrayRef<Step> steps);
  llvm::Error runStep(const KernelStep &step);
  llvm::Error runStep(const ProductStep &step);
  llvm::Error runStep(const CopyStep &step);
  llvm::Error runStep(const ObserveStep &step);
  llvm::Error runStep(const DeviceStep &step);
  llvm::Error checkWeight(const DeviceStep &step, const WeightCheck &check);
  llvm::Error checkWeights(const DeviceStep &step, bool areConstant);
  llvm::Error callDevice(const DeviceStep &step);
  llvm::Expected<void *> allocateOnDevice(uint64_t bytes);
  llvm::Expected<void *> getOnDevice(Place place, const DeviceRows &rows);
  llvm::Expected<ArrayRef<void *>> getWorkspaces(StringRef function);
  char *getAddress(Place place) const {
    return addresses[place.buffer] + place.byteOffset;
  }

  Plan plan;
  /// Calls of run take turns.
  std::mutex turn;
  ObserverSink *observers;
  GPU *gpu;
  bool timeSteps;
  ThreadPool pool;
  std::unique_ptr<ExecutionEngine> engine;
  DeviceCode deviceCode;
  /// The weights of device functions.
  llvm::StringMap<SmallVector<WeightCheck>> weightChecks;
  llvm::StringMap<KernelFunction> functions;
  SmallVector<std::string> assertMessages;
  Memory arena;
  std::vector<Memory> cached;
  std::vector<char *> addresses;
  /// Constants that device code has had before, by buffer, offset and rows.
  DenseMap<std::tuple<unsigned, int64_t, int64_t, int64_t, int64_t>, void *>
      onDevice;
  /// Memory that device functions have had before.
  llvm::StringMap<SmallVector<void *>> workspaces;
  struct StepTime {
    double seconds = 0;
    int64_t calls = 0;
  };
  std::map<std::string, StepTime> stepTimes;
  /// The number of an assertion that failed, or -1.
  std::atomic<int64_t> failedAssertion{-1};
};

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_EXECUTION_STEPRUNNER_H
