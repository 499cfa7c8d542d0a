//===- Executor.h - run a module in process ---------------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_EXECUTION_EXECUTOR_H
#define QUANT_MLIR_EXECUTION_EXECUTOR_H

#include "quant-mlir/Execution/DeviceFusion.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/Error.h"

#include <functional>
#include <memory>

namespace mlir::quantmlir {

class GPU;

/// Receives the values that `quant.observe` ops see, in program order, from the
/// thread that called Executor::run.
struct ObserverSink {
  virtual ~ObserverSink();
  /// `data` holds `rows` × `channels` floats, row-major, valid during the call.
  virtual void observe(StringRef name, const float *data, int64_t rows,
                       int64_t channels) = 0;
};

/// The data of an external `ml_program.global` that the module does not bind:
/// row-major elements of exactly `type`, alive as long as the executor. It is
/// read where it is, and must not change: what follows from constants alone is
/// computed once, and a GPU has a copy.
using WeightProvider = std::function<llvm::Expected<const void *>(
    StringRef name, RankedTensorType type)>;

struct ExecutorOptions {
  /// Worker threads; 0 means one for each core that the process may use.
  /// Results are the same bits for the same number of threads.
  unsigned threads = 0;
  /// Where observed values go. Without a sink observers cost nothing.
  ObserverSink *observers = nullptr;
  /// The shape of each argument, for a function with dynamic ones; empty if all
  /// are static.
  std::vector<SmallVector<int64_t>> argumentShapes;
  /// Compute what the observers need and nothing else: `run` then writes no
  /// outputs and takes an empty list of them.
  bool observeOnly = false;
  /// Keep values that depend on constants alone (position tables, masks,
  /// dequantized weights) from creation on, instead of computing them each run.
  bool cacheConstants = true;
  /// Where quantized linears run, as kernels for `chip`; it must outlive the
  /// executor. Without one all runs on the CPU. Kernels have the bits of the
  /// ops that they replace, unless all is fused.
  GPU *gpu = nullptr;
  std::string chip = "sm_80";
  DeviceFusion fusion = DeviceFusion::Epilogues;
  /// Measure each kernel and each shape of product; see printStepTimes.
  bool timeSteps = false;
};

/// A compiled function. Calls of `run` from several threads take turns.
class Executor {
public:
  /// Compiles `function` of `module`, which is at any level from float to
  /// quantized; all shapes must follow from those of the arguments. The
  /// module's context must outlive the executor, and must have the dialects of
  /// `registerExecutionDialects`.
  static llvm::Expected<std::unique_ptr<Executor>>
  create(OwningOpRef<ModuleOp> module, StringRef function,
         const WeightProvider &weights, const ExecutorOptions &options = {});
  ~Executor();

  ArrayRef<RankedTensorType> getArgumentTypes() const;
  ArrayRef<RankedTensorType> getResultTypes() const;

  /// Runs once. Inputs and outputs are row-major buffers of the types above; i1
  /// elements take a byte each. A failed assertion of the program (an index out
  /// of bounds) is an error.
  llvm::Error run(ArrayRef<const void *> inputs, ArrayRef<void *> outputs);

  /// Steps of a run, and of the creation, that run on the GPU.
  int64_t getNumDeviceSteps() const;
  double getCompileSeconds() const;
  /// Bytes of intermediate values, and of values kept from creation on.
  int64_t getArenaBytes() const;
  int64_t getCachedBytes() const;
  /// Prints CPU seconds, of all threads, and number of calls of each kind of
  /// step over all runs.
  void printStepTimes(llvm::raw_ostream &os) const;

private:
  struct Impl;
  explicit Executor(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl;
};

/// What the compilation of a module for the CPU needs in its context.
void registerExecutionDialects(DialectRegistry &registry);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_EXECUTION_EXECUTOR_H
