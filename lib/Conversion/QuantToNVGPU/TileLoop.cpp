//===- TileLoop.cpp - the loop over a kernel's tiles ----------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileLoop.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;
using namespace mlir::quantmlir;

void mlir::quantmlir::waitForTiles(KernelBuilder &b, int64_t numPending) {
  NVVM::CpAsyncWaitGroupOp::create(b, numPending);
  gpu::BarrierOp::create(b);
}

Value mlir::quantmlir::getFullTiles(KernelBuilder &b, Value k, int64_t depth,
                                    int64_t ahead) {
  Value whole = b.div(k, depth), least = b.index(ahead);
  return b.select(b.less(least, whole), b.sub(whole, least), b.index(0));
}

Value mlir::quantmlir::readAgain(KernelBuilder &b, StringRef specialRegister) {
  Value number = b.inlineAsm(b.getI32Type(),
                             ("mov.u32 $0, " + specialRegister + ";").str(),
                             "=r", {}, /*hasSideEffects=*/true);
  return arith::IndexCastUIOp::create(b, b.getIndexType(), number);
}
