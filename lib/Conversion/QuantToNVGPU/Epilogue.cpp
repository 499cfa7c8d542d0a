//===- Epilogue.cpp - what follows a matmul in its kernel -----------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Conversion/QuantToNVGPU/Epilogue.h"

#include "BlockText.h"
#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::quantmlir;

bool mlir::quantmlir::mayHaveEpilogue(Operation *op) {
  return isa_and_nonnull<MatmulOp, GroupMatmulOp>(op);
}

Value mlir::quantmlir::getMatmulResult(Operation *matmul) {
  auto op = cast<DestinationStyleOpInterface>(matmul);
  return op->getNumResults() ? op->getResult(0)
                             : op.getDpsInitOperand(0)->get();
}

/// The kind of an input by its map from the two loops; nothing for others. A
/// dimension of one element is none: M×1 is a row's worth like M.
static std::optional<EpilogueInput> getKind(linalg::GenericOp generic,
                                            OpOperand &operand) {
  AffineMap map = generic.getMatchingIndexingMap(&operand);
  auto type = dyn_cast<ShapedType>(operand.get().getType());
  if (!type)
    return std::nullopt;
  MLIRContext *context = map.getContext();
  for (int64_t dim = type.getRank() - 1; dim >= 0; --dim)
    if (type.getDimSize(dim) == 1 &&
        map.getResult(dim) == getAffineConstantExpr(0, context))
      map = map.dropResult(dim);
  if (map.isIdentity())
    return EpilogueInput::Matrix;
  if (map.getNumResults() == 0)
    return EpilogueInput::Scalar;
  if (map.getNumResults() != 1)
    return std::nullopt;
  if (map.getResult(0) == getAffineDimExpr(0, context))
    return EpilogueInput::PerRow;
  if (map.getResult(0) == getAffineDimExpr(1, context))
    return EpilogueInput::PerColumn;
  return std::nullopt;
}

/// True for a function that has a definition for kernels, of f32: upstream's
/// polynomials, or an instruction.
static bool isFunction(Operation &op) {
  return isa<math::ExpOp, math::TanhOp, math::ErfOp, math::AbsFOp, math::FmaOp>(
      op);
}

static bool isComputable(Operation &op) {
  auto isOfKernels = [](Type type) {
    return isa<Float16Type, BFloat16Type, Float32Type, Float64Type, IndexType>(
               type) ||
           (type.isInteger() && type.getIntOrFloatBitWidth() <= 64);
  };
  if (!llvm::all_of(op.getOperandTypes(), isOfKernels) ||
      !llvm::all_of(op.getResultTypes(), isOfKernels))
    return false;
  // A remainder of floats would be a call.
  if (isa_and_nonnull<arith::ArithDialect>(op.getDialect()))
    return op.getNumRegions() == 0 && !isa<arith::RemFOp>(op);
  return isFunction(op) && op.getResult(0).getType().isF32();
}

static LogicalResult checkBody(linalg::GenericOp generic, std::string &whyNot) {
  Block *body = generic.getBody();
  if (!generic.getRegionOutputArgs().front().use_empty()) {
    whyNot = "it reads its destination";
    return failure();
  }
  for (Operation &op : body->without_terminator()) {
    if (!isComputable(op)) {
      if (isFunction(op))
        whyNot = llvm::formatv("kernels have {0} of f32 alone, not of {1}",
                               op.getName(), op.getResult(0).getType());
      else
        whyNot = llvm::formatv("kernels have no {0}", op.getName());
      return failure();
    }
    for (Value operand : op.getOperands()) {
      if (operand.getParentBlock() == body ||
          matchPattern(operand, m_Constant()))
        continue;
      whyNot = "it uses a value from outside that is no constant";
      return failure();
    }
  }
  if (body->getTerminator()->getOperand(0).getParentBlock() != body)
    whyNot = "it does not depend on the result";
  return success(whyNot.empty());
}

LogicalResult mlir::quantmlir::checkEpilogueOp(linalg::GenericOp generic,
                                               std::string &whyNot) {
  if (generic.getNumLoops() != 2 || generic.getNumParallelLoops() != 2 ||
      generic.getNumDpsInits() != 1 ||
      !generic.getIndexingMapsArray().back().isIdentity()) {
    whyNot = "it is not elementwise in two dimensions";
    return failure();
  }
  for (OpOperand &operand : generic->getOpOperands()) {
    std::optional<EpilogueInput> kind = getKind(generic, operand);
    Type type = getElementTypeOrSelf(operand.get().getType());
    if (!kind || !(type.isF32() || type.isF16() || type.isBF16())) {
      whyNot = llvm::formatv("its operand {0} is no matrix, row, column or "
                             "scalar of floats",
                             operand.getOperandNumber());
      return failure();
    }
  }
  return checkBody(generic, whyNot);
}

bool mlir::quantmlir::readsAsItIs(linalg::GenericOp generic,
                                  OpOperand &operand) {
  AffineMap map = generic.getMatchingIndexingMap(&operand);
  auto type = dyn_cast<ShapedType>(operand.get().getType());
  auto written =
      cast<ShapedType>(generic.getDpsInitOperand(0)->get().getType());
  if (!type || type.getShape() != written.getShape())
    return false;
  return llvm::all_of(llvm::enumerate(map.getResults()), [&](auto result) {
    unsigned dim = result.index();
    return result.value() == getAffineDimExpr(dim, map.getContext()) ||
           (type.getDimSize(dim) == 1 &&
            result.value() == getAffineConstantExpr(0, map.getContext()));
  });
}

LogicalResult mlir::quantmlir::checkEpilogue(linalg::GenericOp generic,
                                             Operation *matmul,
                                             std::string &whyNot) {
  if (failed(checkEpilogueOp(generic, whyNot)))
    return failure();
  SmallVector<OpOperand *> reads = generic.getDpsInputOperands();
  llvm::erase_if(reads, [&](OpOperand *operand) {
    return operand->get() != getMatmulResult(matmul);
  });
  bool readsOnce = reads.size() == 1 && readsAsItIs(generic, *reads.front());
  if (!readsOnce)
    whyNot = "it does not read the result once, as it is";
  return success(readsOnce);
}

/// The op that reads a value, through reshapes that nothing else reads.
static Operation *getReader(Operation *user) {
  while (isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(user) &&
         user->hasOneUse())
    user = *user->user_begin();
  return user;
}

/// The only op that reads the result of a matmul. Says why there is none.
static linalg::GenericOp getOnlyReader(Operation *matmul, std::string &whyNot) {
  if (matmul->use_empty()) {
    whyNot = "nothing reads the result";
    return {};
  }
  if (!matmul->hasOneUse()) {
    whyNot = llvm::formatv("{0} operands are the result",
                           llvm::range_size(matmul->getUses()));
    return {};
  }
  Operation *user = *matmul->user_begin();
  auto generic = dyn_cast<linalg::GenericOp>(user);
  if (!generic)
    whyNot =
        llvm::formatv("{0} reads the result{1}", getReader(user)->getName(),
                      getReader(user) == user ? "" : " through a reshape");
  return generic;
}

linalg::GenericOp mlir::quantmlir::getTensorEpilogue(Operation *matmul,
                                                     std::string &whyNot) {
  linalg::GenericOp generic = getOnlyReader(matmul, whyNot);
  if (!generic || failed(checkEpilogue(generic, matmul, whyNot)))
    return {};
  bool hasLater = llvm::any_of(generic.getDpsInputs(), [&](Value input) {
    Operation *other = input.getDefiningOp();
    return mayHaveEpilogue(other) && other->getBlock() == matmul->getBlock() &&
           matmul->isBeforeInBlock(other);
  });
  if (hasLater)
    whyNot = "the op behind it reads a later matmul, to which it belongs";
  return hasLater ? linalg::GenericOp() : generic;
}

EpilogueInputs mlir::quantmlir::getEpilogueInputs(linalg::GenericOp generic,
                                                  unsigned resultNumber) {
  EpilogueInputs inputs;
  for (OpOperand *operand : generic.getDpsInputOperands()) {
    if (operand->getOperandNumber() == resultNumber)
      continue;
    inputs.numbers.push_back(operand->getOperandNumber());
    inputs.kinds.push_back(*getKind(generic, *operand));
  }
  return inputs;
}

std::string mlir::quantmlir::describeEpilogue(linalg::GenericOp generic,
                                              unsigned resultNumber) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << resultNumber;
  for (EpilogueInput kind : getEpilogueInputs(generic, resultNumber).kinds)
    os << " " << static_cast<int>(kind);
  printBlockText(os, *generic.getBody());
  return text;
}
