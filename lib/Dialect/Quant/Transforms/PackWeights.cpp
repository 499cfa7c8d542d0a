//===- PackWeights.cpp - 4-bit weights in the order of fragments ----------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReplaceLinear.h"

#include "quant-mlir/Dialect/Quant/IR/FragmentOrder.h"
#include "quant-mlir/Dialect/Quant/IR/Numerics.h"
#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"
#include "quant-mlir/Dialect/Quant/Transforms/Passes.h"
#include "quant-mlir/Dialect/Quant/Utils/Weights.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Remarks.h"
#include "mlir/IR/Threading.h"
#include "llvm/ADT/SetVector.h"

namespace mlir::quantmlir {
#define GEN_PASS_DEF_QUANTPACKWEIGHTS
#include "quant-mlir/Dialect/Quant/Transforms/Passes.h.inc"
} // namespace mlir::quantmlir

using namespace mlir;
using namespace mlir::quantmlir;

/// The group sizes of kernels, which divide each other.
static constexpr int64_t kernelGroups[] = {128, 64, 32};

//===----------------------------------------------------------------------===//
// One weight
//===----------------------------------------------------------------------===//

namespace {
struct PackedWeight {
  ElementsAttr codes, scales, zeros;
};

/// A constant of bytes, such as codes; none has no tensor.
struct Bytes {
  std::optional<ConstantTensor> tensor;
  ArrayRef<int8_t> values;
  SmallVector<int8_t> storage;
};

/// A group-quantized N×K weight, and the size that its groups are given.
class Packer {
public:
  Packer(GroupMatmulOp op, int64_t groupSize)
      : op(op), rows(cast<ShapedType>(op.getCodes().getType()).getDimSize(0)),
        columns(cast<ShapedType>(op.getInput().getType()).getDimSize(1)),
        groupSize(groupSize),
        numGroups(numerics::getNumGroups(columns, groupSize)) {}

  FailureOr<PackedWeight> pack();
  /// True if each code times its integer scale fits into 8 bits; true as well
  /// if that cannot be read, which is for `pack` to report.
  bool fits();

private:
  FailureOr<ConstantTensor> getConstant(Value value, StringRef what);
  LogicalResult read(Value value, StringRef what, Bytes &bytes);
  int32_t getCode(int64_t n, int64_t k) const;
  int8_t getParameter(const Bytes &parameters, int64_t n, int64_t k) const;
  int32_t getPaddedCode(int64_t n, int64_t k) const;
  ElementsAttr packCodes();
  FailureOr<ElementsAttr> packScales();
  FailureOr<ElementsAttr> packZeros();
  template <typename T>
  ElementsAttr packParameters(const ConstantTensor &tensor, ArrayRef<T> values,
                              T filler, int64_t (*getPlace)(int64_t));
  int64_t getPaddedRows() const {
    return fragments::getNumRowBlocks(rows) * fragments::blockRows;
  }

  GroupMatmulOp op;
  const int64_t rows, columns, groupSize, numGroups;
  Bytes codes, zeros, integerScales;
};
} // namespace

static std::string getPackedName(const ConstantTensor &tensor) {
  StringRef name = tensor.getName();
  return name.empty() ? std::string() : (name + ".fragments").str();
}

FailureOr<ConstantTensor> Packer::getConstant(Value value, StringRef what) {
  if (std::optional<ConstantTensor> tensor = ConstantTensor::get(value))
    return *tensor;
  return op.emitError() << "the " << what
                        << " of the weight have no data: run "
                           "quant-bind-weights before quant-pack-weights";
}

/// Bytes of a constant; `storage` keeps those of a splat.
static ArrayRef<int8_t> readIntegers(const ConstantTensor &tensor,
                                     SmallVector<int8_t> &storage) {
  ArrayRef<char> raw = tensor.getRawBytes();
  if (!raw.empty() || tensor.getType().getNumElements() == 0)
    return {reinterpret_cast<const int8_t *>(raw.data()), raw.size()};
  auto dense = cast<DenseElementsAttr>(tensor.getAttr());
  storage =
      llvm::map_to_vector(dense.getValues<APInt>(), [](const APInt &value) {
        return static_cast<int8_t>(value.getSExtValue());
      });
  return storage;
}

LogicalResult Packer::read(Value value, StringRef what, Bytes &bytes) {
  if (!value || bytes.tensor)
    return success();
  FailureOr<ConstantTensor> tensor = getConstant(value, what);
  if (failed(tensor))
    return failure();
  bytes.tensor = *tensor;
  bytes.values = readIntegers(*bytes.tensor, bytes.storage);
  return success();
}

/// From the rows of the constant: one code a byte, or two.
int32_t Packer::getCode(int64_t n, int64_t k) const {
  int64_t rowSize = codes.tensor->getType().getDimSize(1);
  ArrayRef<int8_t> row = codes.values.slice(n * rowSize, rowSize);
  return GroupMatmulOp(op).isPacked() ? numerics::unpackInt4(row, k) : row[k];
}

/// The zero point, or integer scale, of the code's group.
int8_t Packer::getParameter(const Bytes &parameters, int64_t n,
                            int64_t k) const {
  int64_t groups = parameters.tensor->getType().getDimSize(1);
  int64_t oldSize = GroupMatmulOp(op).getGroupSize();
  return parameters.values[n * groups + k / oldSize];
}

bool Packer::fits() {
  if (!op.getScales() || !ConstantTensor::get(op.getCodes()) ||
      !ConstantTensor::get(op.getScales()) ||
      (op.getZeros() && !ConstantTensor::get(op.getZeros())))
    return true;
  if (failed(read(op.getCodes(), "codes", codes)) ||
      failed(read(op.getScales(), "scales", integerScales)) ||
      failed(read(op.getZeros(), "zero points", zeros)))
    return true;
  std::atomic<bool> fits = true;
  parallelFor(op.getContext(), 0, rows, [&](size_t n) {
    for (int64_t k = 0; k < columns; ++k) {
      int32_t code = getCode(n, k);
      if (zeros.tensor)
        code -= getParameter(zeros, n, k);
      if (!llvm::isInt<8>(code * getParameter(integerScales, n, k)))
        fits = false;
    }
  });
  return fits;
}

/// Where there is no code, floats have a 0, and integers their zero point, so
/// that scaled it fits into 8 bits.
int32_t Packer::getPaddedCode(int64_t n, int64_t k) const {
  if (n < rows && k < columns)
    return getCode(n, k);
  if (n >= rows || !zeros.tensor || !GroupMatmulOp(op).hasIntegerInput())
    return 0;
  return getParameter(zeros, n, std::min(k, columns - 1));
}

ElementsAttr Packer::packCodes() {
  int64_t rowBlocks = fragments::getNumRowBlocks(rows);
  int64_t columnBlocks = fragments::getNumColumnBlocks(columns);
  const bool forIntegers = op.hasIntegerInput();
  auto packRowBlock = [&](int64_t rowBlock, MutableArrayRef<char> bytes) {
    for (int64_t n = 0; n < fragments::blockRows; ++n)
      for (int64_t k = 0; k < columnBlocks * fragments::blockColumns; ++k) {
        int32_t code = getPaddedCode(rowBlock * fragments::blockRows + n, k);
        code = forIntegers ? code & 15 : code + fragments::codeOffset;
        fragments::CodePlace place = forIntegers
                                         ? fragments::getIntegerCodePlace(n, k)
                                         : fragments::getCodePlace(n, k);
        char &byte = bytes[k / fragments::blockColumns * fragments::blockBytes +
                           place.byte];
        byte = static_cast<char>(byte | code << place.shift);
      }
  };
  auto type =
      RankedTensorType::get({rowBlocks, columnBlocks, fragments::blockBytes},
                            IntegerType::get(op.getContext(), 8));
  return createElementsAttr(
      getPackedName(*codes.tensor), type, [&](MutableArrayRef<char> bytes) {
        llvm::fill(bytes, 0);
        int64_t size = columnBlocks * fragments::blockBytes;
        parallelFor(op.getContext(), 0, rowBlocks, [&](size_t block) {
          packRowBlock(block, bytes.slice(block * size, size));
        });
      });
}

/// Scales or zero points, N×G, as rows of groups.
template <typename T>
ElementsAttr Packer::packParameters(const ConstantTensor &tensor,
                                    ArrayRef<T> values, T filler,
                                    int64_t (*getPlace)(int64_t)) {
  int64_t oldGroups = tensor.getType().getDimSize(1);
  int64_t oldSize = op.getGroupSize(), paddedRows = getPaddedRows();
  auto type = RankedTensorType::get(
      {numGroups, paddedRows},
      std::is_same_v<T, float> ? Type(Float32Type::get(op.getContext()))
                               : Type(IntegerType::get(op.getContext(), 8)));
  return createElementsAttr(
      getPackedName(tensor), type, [&](MutableArrayRef<char> bytes) {
        MutableArrayRef<T> packed(reinterpret_cast<T *>(bytes.data()),
                                  bytes.size() / sizeof(T));
        llvm::fill(packed, filler);
        for (int64_t g = 0; g < numGroups; ++g)
          for (int64_t n = 0; n < rows; ++n)
            packed[g * paddedRows + getPlace(n)] =
                values[n * oldGroups + g * groupSize / oldSize];
      });
}

/// Null for integers without scales of groups.
FailureOr<ElementsAttr> Packer::packScales() {
  if (!op.getScales())
    return ElementsAttr();
  if (op.hasIntegerInput()) {
    if (failed(read(op.getScales(), "scales", integerScales)))
      return failure();
    return packParameters<int8_t>(*integerScales.tensor, integerScales.values,
                                  1, fragments::getZeroPlace);
  }
  FailureOr<ConstantTensor> scales = getConstant(op.getScales(), "scales");
  if (failed(scales))
    return failure();
  SmallVector<float> storage;
  FailureOr<ArrayRef<float>> values = scales->getFloats(storage);
  if (failed(values))
    return op.emitError("the weight's scales cannot be read: attach them as "
                        "f32");
  return packParameters<float>(*scales, *values, 1.0f,
                               fragments::getScalePlace);
}

/// Null without zero points.
FailureOr<ElementsAttr> Packer::packZeros() {
  if (!op.getZeros())
    return ElementsAttr();
  SmallVector<int8_t> shifted(zeros.values);
  for (int8_t &zero : shifted) {
    if (zero < -8 || zero > 7)
      return op.emitError() << "zero point " << int(zero)
                            << " is no 4-bit code, expected -8 to 7";
    zero = static_cast<int8_t>(zero + fragments::codeOffset);
  }
  return packParameters<int8_t>(*zeros.tensor, shifted, fragments::codeOffset,
                                fragments::getZeroPlace);
}

FailureOr<PackedWeight> Packer::pack() {
  if (failed(read(op.getCodes(), "codes", codes)))
    return failure();
  FailureOr<ElementsAttr> packedScales = packScales();
  if (failed(packedScales) || failed(read(op.getZeros(), "zero points", zeros)))
    return failure();
  FailureOr<ElementsAttr> packedZeros = packZeros();
  if (failed(packedZeros))
    return failure();
  return PackedWeight{packCodes(), *packedScales, *packedZeros};
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

namespace {
struct PackWeightsPass
    : quantmlir::impl::QuantPackWeightsBase<PackWeightsPass> {
  using Base::Base;

  void getDependentDialects(DialectRegistry &registry) const override {
    Base::getDependentDialects(registry);
    registerQuantOps(registry);
  }

  void runOnOperation() override;
  FailureOr<int64_t> getKernelGroup(GroupMatmulOp op, std::string &whyNot);
  LogicalResult checkOp(GroupMatmulOp op, std::string &whyNot);
  LogicalResult pack(GroupMatmulOp op, int64_t groupSize);
  Value getNarrow(Value input);

  /// By codes, scales, zero points, group size and kind of activations, which
  /// tied weights share.
  DenseMap<std::tuple<Attribute, Attribute, Attribute, int64_t, int>,
           PackedWeight>
      packedWeights;
  DenseMap<Value, Value> narrowInputs;
  llvm::SmallSetVector<Operation *, 8> replaced;
};
} // namespace

/// The size of groups that a kernel knows and that the op's are multiples of.
FailureOr<int64_t> PackWeightsPass::getKernelGroup(GroupMatmulOp op,
                                                   std::string &whyNot) {
  auto codes = cast<RankedTensorType>(op.getCodes().getType());
  int64_t columns =
      cast<RankedTensorType>(op.getInput().getType()).getDimSize(1);
  if (!codes.hasStaticShape() || ShapedType::isDynamic(columns)) {
    whyNot = "its weight has a dynamic shape";
    return failure();
  }
  auto size = static_cast<int64_t>(op.getGroupSize());
  const int64_t *group = llvm::find_if(kernelGroups, [&](int64_t g) {
    return size >= columns || size % g == 0;
  });
  if (group != std::end(kernelGroups) && op.hasIntegerInput() &&
      !Packer(op, *group).fits()) {
    whyNot = "a code times its group's scale does not fit into 8 bits";
    return failure();
  }
  if (group != std::end(kernelGroups))
    return *group;
  whyNot = llvm::formatv("groups of {0} weights are no multiple of 32, 64 or "
                         "128, which kernels know",
                         size);
  return failure();
}

LogicalResult PackWeightsPass::checkOp(GroupMatmulOp op, std::string &whyNot) {
  Type type = getElementTypeOrSelf(op.getInput());
  Operation *codes = op.getCodes().getDefiningOp();
  if (!isa_and_present<arith::ConstantOp, ml_program::GlobalLoadConstOp>(codes))
    whyNot = "its weight is no constant";
  else if (op.getBits() != 4)
    whyNot = llvm::formatv("its weight has {0} bits, and only 4-bit ones have "
                           "this order",
                           static_cast<int64_t>(op.getBits()));
  else if (type.isF32() && activations == NarrowActivations::Keep)
    whyNot = "its activations are f32: choose activations=f16, or =bf16 if "
             "they exceed 65504";
  return success(whyNot.empty());
}

/// `input` rounded to the type that is asked for, once for all its users.
Value PackWeightsPass::getNarrow(Value input) {
  if (!getElementTypeOrSelf(input).isF32())
    return input;
  Value &narrow = narrowInputs[input];
  if (narrow)
    return narrow;
  ImplicitLocOpBuilder b(input.getLoc(), &getContext());
  b.setInsertionPointAfterValue(input);
  Type type = activations == NarrowActivations::F16 ? Type(b.getF16Type())
                                                    : Type(b.getBF16Type());
  Value init = tensor::EmptyOp::create(
      b, tensor::getMixedSizes(b, b.getLoc(), input), type);
  AffineMap map = b.getMultiDimIdentityMap(2);
  auto generic = linalg::GenericOp::create(
      b, TypeRange(init.getType()), input, init, ArrayRef<AffineMap>{map, map},
      SmallVector<utils::IteratorType>(2, utils::IteratorType::parallel),
      [&](OpBuilder &builder, Location loc, ValueRange arguments) {
        Value value = arith::TruncFOp::create(builder, loc, type, arguments[0]);
        linalg::YieldOp::create(builder, loc, value);
      });
  return narrow = generic.getResult(0);
}

/// True if the activations are codes that a quantization to 4 bits makes.
static bool hasFourBitInput(GroupMatmulOp op) {
  Value codes = op.getInput();
  if (auto quantize = codes.getDefiningOp<QuantizeOp>())
    return quantize.getCodeBits() <= 4;
  auto quantize = codes.getDefiningOp<QuantizeRowsOp>();
  return quantize && quantize.getCodeBits() <= 4;
}

static ElementsAttr getAttr(Value value) {
  std::optional<ConstantTensor> tensor =
      value ? ConstantTensor::get(value) : std::nullopt;
  return tensor ? tensor->getAttr() : ElementsAttr();
}

LogicalResult PackWeightsPass::pack(GroupMatmulOp op, int64_t groupSize) {
  ElementsAttr codes = getAttr(op.getCodes()), scales = getAttr(op.getScales());
  ElementsAttr zeros = getAttr(op.getZeros());
  auto [entry, isNew] =
      packedWeights.try_emplace({codes, scales, zeros, codes ? groupSize : -1,
                                 static_cast<int>(op.hasIntegerInput())});
  if (isNew) {
    FailureOr<PackedWeight> packed = Packer(op, groupSize).pack();
    if (failed(packed))
      return failure();
    entry->second = *packed;
  }
  const PackedWeight &packed = entry->second;
  for (Value old : {op.getCodes(), op.getScales(), op.getZeros()})
    if (old && old.getDefiningOp())
      replaced.insert(old.getDefiningOp());
  OpBuilder b(op);
  Location loc = op.getLoc();
  if (!op.hasIntegerInput())
    op.getInputMutable().assign(getNarrow(op.getInput()));
  op.getCodesMutable().assign(createConstant(b, loc, packed.codes));
  if (packed.scales)
    op.getScalesMutable().assign(createConstant(b, loc, packed.scales));
  if (packed.zeros)
    op.getZerosMutable().assign(createConstant(b, loc, packed.zeros));
  if (hasFourBitInput(op))
    op.setInputBits(4);
  op.setGroupSize(groupSize);
  op.setFragmentOrder(true);
  ++numPacked;
  return success();
}

void PackWeightsPass::runOnOperation() {
  packedWeights.clear();
  narrowInputs.clear();
  replaced.clear();
  ConstantReleaser releaser(getOperation());
  SmallVector<GroupMatmulOp> ops;
  getOperation().walk([&](GroupMatmulOp op) {
    if (!op.getFragmentOrder() && op.hasPureTensorSemantics())
      ops.push_back(op);
  });
  for (GroupMatmulOp op : ops) {
    std::string whyNot;
    FailureOr<int64_t> groupSize = failure();
    if (succeeded(checkOp(op, whyNot)))
      groupSize = getKernelGroup(op, whyNot);
    if (failed(groupSize)) {
      remark::missed(
          op.getLoc(),
          remark::RemarkOpts::name("NotPacked").category("quant-pack-weights"))
          << remark::add("a weight keeps its order")
          << remark::reason("{0}", whyNot);
      ++numKept;
      continue;
    }
    if (failed(pack(op, *groupSize)))
      return signalPassFailure();
  }
  for (Operation *constant : replaced)
    releaser.eraseIfUnused(constant);
}
