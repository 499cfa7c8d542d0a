//===- Plan.h - a function as a list of steps -------------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// After outlining, a function is a straight list of kernel calls, matrix
// products, observations and calls of device code. It is not compiled: its
// steps are carried out one after the other, each divided among the threads, on
// buffers whose places are known beforehand.
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_EXECUTION_PLAN_H
#define QUANT_MLIR_LIB_EXECUTION_PLAN_H

#include "Gemm.h"
#include "quant-mlir/Execution/Executor.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <variant>

namespace mlir::quantmlir {

/// What a step reads or writes.
struct Buffer {
  enum class Kind {
    argument, // of the caller, by number
    result,   // of the caller, by number
    constant, // a weight or a constant of the program
    cached,   // computed once, kept
    initial,  // computed and read before the first run only
    arena     // an intermediate value of a run
  };
  Kind kind;
  int64_t bytes = 0;
  /// The number of an argument or result; the offset in the arena.
  int64_t position = 0;
  const void *data = nullptr;
  /// Of the weight, if it has one.
  StringRef name = "";
};

/// A place in a buffer.
struct Place {
  unsigned buffer;
  int64_t byteOffset = 0;
};

struct KernelStep {
  StringRef kernel;
  SmallVector<unsigned> buffers;
  int64_t rows;
  /// Elements that a row touches, to decide how many rows make a task.
  int64_t rowElements;
};

struct ProductStep {
  bool isInteger;
  bool accumulate;
  int64_t m, n, k;
  struct Operand {
    unsigned buffer;
    SmallVector<int64_t> offsets;
    int64_t rowStride, columnStride;
  };
  Operand a, b, c;

  int64_t getNumItems() const { return c.offsets.size(); }
};

struct CopyStep {
  Place source;
  Place destination;
  int64_t bytes;
};

struct ObserveStep {
  std::string name;
  Place source;
  int64_t rows;
  int64_t channels;
};

/// Rows of bytes in device memory that the host has without a gap.
struct DeviceRows {
  int64_t rows, rowBytes, pitch;
};

/// A call of device code: places of the operands, then of the results, and how
/// device memory holds those that the function takes there. Those are
/// constants.
struct DeviceStep {
  StringRef function;
  SmallVector<Place> places;
  SmallVector<std::optional<DeviceRows>> onDevice;
};

using Step =
    std::variant<KernelStep, ProductStep, CopyStep, ObserveStep, DeviceStep>;

struct Plan {
  std::vector<Buffer> buffers;
  /// Steps to carry out once, before the first run, and those of each run.
  std::vector<Step> initialSteps;
  std::vector<Step> steps;
  int64_t arenaBytes = 0;
  int64_t cachedBytes = 0;
  /// Storage of constants that have none in the program.
  std::vector<std::unique_ptr<char[]>> ownedConstants;
};

/// Plans an outlined function. `device` has the device code that it calls, null
/// if none. With `cacheConstants`, steps that depend on constants alone are
/// initial.
llvm::Expected<Plan> makePlan(func::FuncOp function, ModuleOp device,
                              const WeightProvider &weights,
                              bool cacheConstants);

/// Gives each intermediate value of the steps a place in the arena, such that
/// values that are alive at the same time do not overlap.
void assignArena(Plan &plan);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_EXECUTION_PLAN_H
