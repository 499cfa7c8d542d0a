//===- Linears.cpp - raised linears ---------------------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Dialect/Quant/Utils/Linears.h"
#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"
#include "quant-mlir/Dialect/Quant/Utils/Weights.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/Regex.h"

#include <cstring>

using namespace mlir;
using namespace mlir::quantmlir;

/// The load of a global below a transpose; null if `value` is neither.
static ml_program::GlobalLoadConstOp getGlobalLoad(Value value) {
  if (auto transpose = value.getDefiningOp<linalg::TransposeOp>())
    value = transpose.getInput();
  return value.getDefiningOp<ml_program::GlobalLoadConstOp>();
}

StringRef mlir::quantmlir::getWeightName(Value value) {
  if (ml_program::GlobalLoadConstOp load = getGlobalLoad(value))
    return load.getGlobal().getLeafReference();
  DenseResourceElementsAttr resource;
  if (matchPattern(value, m_Constant(&resource)))
    return getParameterName(resource.getRawHandle().getKey());
  return {};
}

bool mlir::quantmlir::isWeight(Value value) {
  return getGlobalLoad(value) || matchPattern(value, m_Constant());
}

/// Writes the transpose of the rows×columns matrix `from` to `to`, in tiles
/// that stay in the cache.
static void transposeBytes(const char *from, char *to, int64_t rows,
                           int64_t columns, int64_t elementBytes) {
  constexpr int64_t tile = 32;
  for (int64_t i0 = 0; i0 < rows; i0 += tile)
    for (int64_t j0 = 0; j0 < columns; j0 += tile)
      for (int64_t i = i0, ie = std::min(rows, i0 + tile); i < ie; ++i)
        for (int64_t j = j0, je = std::min(columns, j0 + tile); j < je; ++j)
          std::memcpy(to + (j * rows + i) * elementBytes,
                      from + (i * columns + j) * elementBytes, elementBytes);
}

void mlir::quantmlir::foldWeightTransposes(Operation *root) {
  DenseMap<Attribute, Attribute> transposed;
  root->walk([&](linalg::TransposeOp op) {
    std::optional<ConstantTensor> constant = ConstantTensor::get(op.getInput());
    if (!constant || op.getPermutation() != ArrayRef<int64_t>{1, 0} ||
        op->getNumResults() != 1)
      return;
    ArrayRef<char> bytes = constant->getRawBytes();
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    auto splat = dyn_cast<SplatElementsAttr>(constant->getAttr());
    if ((bytes.empty() && !splat) || !type.hasStaticShape())
      return;
    Attribute &attr = transposed[constant->getAttr()];
    if (splat)
      attr = splat.resizeSplat(type);
    else if (!attr)
      attr = createElementsAttr(
          constant->getName(), type, [&](MutableArrayRef<char> out) {
            transposeBytes(bytes.data(), out.data(), type.getDimSize(1),
                           type.getDimSize(0),
                           type.getElementTypeBitWidth() / 8);
          });
    OpBuilder builder(op);
    op->getResult(0).replaceAllUsesWith(
        arith::ConstantOp::create(builder, op.getLoc(), cast<TypedAttr>(attr)));
    op->erase();
  });
}

static StringRef getLinearName(StringRef weightName) {
  weightName.consume_back(".weight");
  return weightName;
}

StringRef Linear::getName() const {
  return getLinearName(getWeightName(weight));
}

std::string Linear::getTitle() const {
  StringRef name = getName();
  return name.empty() ? "a linear without a name" : name.str();
}

SmallVector<AffineMap> mlir::quantmlir::getLinearMaps(MLIRContext *context) {
  AffineExpr m, n, k;
  bindDims(context, m, n, k);
  auto map = [&](AffineExpr row, AffineExpr column) {
    return AffineMap::get(3, 0, {row, column}, context);
  };
  return {map(m, k), map(n, k), map(m, n)};
}

/// `op`, if it is a matmul with the maps and the destination of a linear.
static linalg::MatmulOp getLinearMatmul(Operation *op) {
  auto matmul = dyn_cast_or_null<linalg::MatmulOp>(op);
  if (!matmul || !matmul.hasPureTensorSemantics() ||
      matmul.getIndexingMapsArray() != getLinearMaps(op->getContext()))
    return {};
  auto fill = matmul.getOutputs()[0].getDefiningOp<linalg::FillOp>();
  bool fills = fill && matchPattern(fill.getInputs()[0], m_AnyZeroFloat());
  return fills ? matmul : linalg::MatmulOp();
}

std::optional<Linear> mlir::quantmlir::matchLinear(Operation *op) {
  linalg::MatmulOp matmul = getLinearMatmul(op);
  if (!matmul || !isWeight(matmul.getInputs()[1]))
    return std::nullopt;
  return Linear{matmul, matmul.getInputs()[0], matmul.getInputs()[1]};
}

/// The constants that alone `value` is computed from; none if it reads anything
/// else, or too many ops compute it.
static SmallVector<Value> findConstantLeaves(Value value) {
  constexpr unsigned maxValues = 64;
  llvm::SetVector<Value> seen;
  SmallVector<Value> leaves;
  seen.insert(value);
  for (unsigned i = 0; i < seen.size(); ++i) {
    Operation *op = seen[i].getDefiningOp();
    if (isWeight(seen[i])) {
      leaves.push_back(seen[i]);
      continue;
    }
    bool isKnown = op && isMemoryEffectFree(op) && seen.size() < maxValues;
    if (!isKnown)
      return {};
    seen.insert_range(op->getOperands());
  }
  return leaves;
}

/// Whether `constant` is but a scale, which names no weight.
static bool isScale(Value constant) {
  return llvm::all_of(constant.getUses(), [](OpOperand &use) {
    return isa<SmoothOp, FuseScaleOp>(use.getOwner()) &&
           use.getOperandNumber() == 1;
  });
}

std::optional<ComputedWeight>
mlir::quantmlir::matchComputedWeight(Operation *op) {
  linalg::MatmulOp matmul = getLinearMatmul(op);
  if (!matmul || isWeight(matmul.getInputs()[1]))
    return std::nullopt;
  Value weight = matmul.getInputs()[1];
  SmallVector<Value> leaves = findConstantLeaves(weight);
  if (leaves.empty())
    return std::nullopt;
  ComputedWeight result{"a linear without a name", ""};
  for (Value leaf : llvm::reverse(leaves))
    if (StringRef name = getWeightName(leaf); !name.empty() && !isScale(leaf))
      result.name = getLinearName(name).str();
  if (weight.getDefiningOp<FuseScaleOp>())
    result.reason = "its weight is multiplied by a scale that did not fold; "
                    "the remarks of quant-fold-scales say why";
  else
    result.reason = ("its weight is computed by " +
                     weight.getDefiningOp()->getName().getStringRef() +
                     "; make a constant of it")
                        .str();
  return result;
}

InFlightDiagnostic mlir::quantmlir::emitMissingData(const Linear &linear,
                                                    StringRef what,
                                                    Value constant,
                                                    StringRef pass) {
  return mlir::emitError(linear.op->getLoc())
         << what << " '" << getWeightName(constant)
         << "' has no data: run quant-bind-weights before " << pass;
}

std::optional<BiasAdd> mlir::quantmlir::matchFloatBias(Linear linear) {
  Value product = linear.op->getResult(0);
  if (!product.hasOneUse())
    return std::nullopt;
  auto add = dyn_cast<linalg::GenericOp>(*product.user_begin());
  if (!add || add.getNumDpsInputs() != 2 || add.getNumDpsInits() != 1 ||
      add.getNumParallelLoops() != 2 || add.getNumLoops() != 2)
    return std::nullopt;
  OpOperand *productUse = product.use_begin().getOperand();
  if (!add.isDpsInput(productUse))
    return std::nullopt;
  OpOperand *biasUse = add.getDpsInputOperand(
      1 - static_cast<int64_t>(productUse->getOperandNumber()));
  AffineMap columns =
      AffineMap::getMultiDimMapWithTargets(2, {1}, add.getContext());
  auto type = dyn_cast<RankedTensorType>(biasUse->get().getType());
  if (!add.getMatchingIndexingMap(productUse).isIdentity() ||
      !add.getMatchingIndexingMap(add.getDpsInitOperand(0)).isIdentity() ||
      add.getMatchingIndexingMap(biasUse) != columns || !type ||
      !isa<FloatType>(type.getElementType()) ||
      add.getResult(0).getType() != product.getType())
    return std::nullopt;
  Block &body = *add.getBody();
  auto sum = dyn_cast<arith::AddFOp>(body.front());
  if (!sum || body.getOperations().size() != 2 ||
      body.getTerminator()->getOperand(0) != sum.getResult())
    return std::nullopt;
  Value lhs = body.getArgument(0), rhs = body.getArgument(1);
  if ((sum.getLhs() != lhs || sum.getRhs() != rhs) &&
      (sum.getLhs() != rhs || sum.getRhs() != lhs))
    return std::nullopt;
  return BiasAdd{add, biasUse->get()};
}

std::optional<BiasAdd> mlir::quantmlir::matchBias(Linear linear) {
  std::optional<BiasAdd> add = matchFloatBias(linear);
  if (add && getElementTypeOrSelf(add->bias).isF32())
    return add;
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Linears that stay in float
//===----------------------------------------------------------------------===//

/// True if a linear, and nothing else, uses `value` as its weight, perhaps
/// transposed.
static bool feedsOnlyLinears(Value value) {
  return llvm::all_of(value.getUses(), [](OpOperand &use) {
    if (auto transpose = dyn_cast<linalg::TransposeOp>(use.getOwner()))
      return transpose->getNumResults() == 1 &&
             feedsOnlyLinears(transpose->getResult(0));
    std::optional<Linear> linear = matchLinear(use.getOwner());
    return linear && linear->weight == use.get();
  });
}

FailureOr<LinearFilter> LinearFilter::create(ModuleOp module,
                                             StringRef exclude) {
  std::string message;
  if (!exclude.empty() && !llvm::Regex(exclude).isValid(message))
    return mlir::emitError(module.getLoc())
           << "exclude=" << exclude
           << " is not a valid regular expression: " << message;
  LinearFilter filter;
  filter.exclude = exclude.str();
  module.walk([&](Operation *op) {
    if (!isa<ml_program::GlobalLoadConstOp>(op) &&
        !op->hasTrait<OpTrait::ConstantLike>())
      return;
    StringRef name = getWeightName(op->getResult(0));
    if (!name.empty() && !feedsOnlyLinears(op->getResult(0)))
      filter.shared.insert(name);
  });
  return filter;
}

std::optional<std::string>
LinearFilter::getExclusion(const Linear &linear) const {
  StringRef weight = getWeightName(linear.weight);
  if (shared.contains(weight) || !feedsOnlyLinears(linear.weight))
    return "its weight has another use";
  if (!exclude.empty() && llvm::Regex(exclude).match(weight))
    return "its name matches '" + exclude + "'";
  auto type = cast<RankedTensorType>(linear.weight.getType());
  if (type.hasStaticShape() && type.getNumElements() == 0)
    return "its weight has no elements";
  return std::nullopt;
}
