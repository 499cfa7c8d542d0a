//===- Clustering.h - which ops one kernel computes -------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_EXECUTION_CLUSTERING_H
#define QUANT_MLIR_LIB_EXECUTION_CLUSTERING_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::quantmlir {

/// Ops of one block that one kernel computes, in program order, and the number
/// of rows that the kernel's loop runs over.
struct Cluster {
  SmallVector<Operation *> ops;
  int64_t rows;
};

/// True for an op that needs no buffer: views, scalars, constants, empty
/// tensors, and tensors that depend on indices alone. Kernels that use its
/// result contain it.
bool isRecomputed(Operation *op);

/// Divides the supported ops of a function's one block into clusters: an op
/// joins the clusters of what it reads where rows match and no cycle arises.
/// With `separateConstants` no cluster has ops that depend on constants alone
/// beside ops that do not.
SmallVector<Cluster> findClusters(Block &block, bool separateConstants);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_EXECUTION_CLUSTERING_H
