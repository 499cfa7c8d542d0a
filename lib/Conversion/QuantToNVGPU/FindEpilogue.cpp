//===- FindEpilogue.cpp - ops that a matmul's kernel can do as well -------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FindEpilogue.h"

#include "quant-mlir/Conversion/QuantToNVGPU/Epilogue.h"
#include "quant-mlir/Conversion/QuantToNVGPU/Kernels.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace mlir::quantmlir;

/// The linalg.generic that writes its result over that of a matmul, if nothing
/// uses the buffer before it.
static linalg::GenericOp getFollowingInPlace(Operation *op, Value result) {
  Operation *first = nullptr;
  for (Operation *user : result.getUsers()) {
    Operation *ancestor = op->getBlock()->findAncestorOpInBlock(*user);
    if (!ancestor)
      return {};
    if (ancestor != op && (!first || ancestor->isBeforeInBlock(first)))
      first = ancestor;
  }
  auto generic = dyn_cast_or_null<linalg::GenericOp>(first);
  bool isInPlace = generic && op->isBeforeInBlock(generic) &&
                   generic.getNumDpsInits() == 1 &&
                   generic.getDpsInitOperand(0)->get() == result;
  return isInPlace ? generic : linalg::GenericOp();
}

/// The only op that reads what a matmul writes to an allocation of its own, or
/// the one that takes its place there, if it is a linalg.generic.
static linalg::GenericOp getFollowing(Operation *op, Value result) {
  if (!result.getDefiningOp<memref::AllocOp>())
    return {};
  linalg::GenericOp following = getFollowingInPlace(op, result);
  if (following)
    return following;
  for (Operation *user : result.getUsers()) {
    if (user == op || user == following || isa<memref::DeallocOp>(user))
      continue;
    auto generic = dyn_cast<linalg::GenericOp>(user);
    if (!generic || following)
      return {};
    following = generic;
  }
  return following;
}

/// True if nothing happens to memory between two ops of a block.
static bool isNextToTouchMemory(Operation *op, Operation *next) {
  if (op->getBlock() != next->getBlock() || !op->isBeforeInBlock(next))
    return false;
  for (op = op->getNextNode(); op != next; op = op->getNextNode())
    if (!isMemoryEffectFree(op) && !isa<memref::AllocOp>(op))
      return false;
  return true;
}

/// The op behind a matmul whose kernel cannot do it stays where it is.
static void remarkApart(Operation *op, Operation *matmul, StringRef reason) {
  remark::missed(op->getLoc(), remark::RemarkOpts::name("EpilogueStaysApart")
                                   .category("convert-quant-to-nvgpu"))
      << remark::add("the op behind {0} is not part of its kernel",
                     matmul->getName())
      << remark::reason("{0}", reason.str());
}

/// Says why none of the ops that use a matmul's buffer follows it.
static void remarkOtherUsers(Operation *matmul) {
  Value result = getMatmulResult(matmul);
  for (Operation *user : result.getUsers())
    if (isa<linalg::GenericOp>(user) &&
        matmul->getBlock() == user->getBlock() && matmul->isBeforeInBlock(user))
      return remarkApart(user, matmul,
                         result.getDefiningOp<memref::AllocOp>()
                             ? "others use the matmul's buffer as well"
                             : "the matmul's buffer is not its own");
}

linalg::GenericOp
mlir::quantmlir::findEpilogue(Operation *op,
                              const DenseSet<Operation *> &kernels) {
  if (!mayHaveEpilogue(op))
    return {};
  Value result = getMatmulResult(op);
  linalg::GenericOp following = getFollowing(op, result);
  if (!following)
    remarkOtherUsers(op);
  if (!following || kernels.contains(following))
    return {};
  std::string whyNot;
  if (failed(checkEpilogue(following, op, whyNot))) {
    remarkApart(following, op, whyNot);
    return {};
  }
  Value init = following.getDpsInitOperand(0)->get();
  if (init != result && (llvm::is_contained(op->getOperands(), init) ||
                         llvm::is_contained(following.getDpsInputs(), init)))
    whyNot = "its destination is read as well";
  else if (!isNextToTouchMemory(op, following))
    whyNot = "other ops between the two may touch memory";
  else
    return following;
  remarkApart(following, op, whyNot);
  return {};
}
