//===- Weights.cpp - constants that are parameters ------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Dialect/Quant/Utils/Weights.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/BuiltinDialect.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/Memory.h"

#include <cstring>

using namespace mlir;
using namespace mlir::quantmlir;

/// Stands between a parameter's name and the version of its data in a resource
/// key. It cannot occur in the symbol names that front ends give parameters.
static constexpr char versionSeparator = '@';
static constexpr size_t resourceAlignment = 64;
static constexpr int64_t minResourceBytes = 1024;

StringRef mlir::quantmlir::getParameterName(StringRef resourceKey) {
  auto [name, version] = resourceKey.rsplit(versionSeparator);
  unsigned number;
  return version.getAsInteger(10, number) ? resourceKey : name;
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

std::optional<ConstantTensor> ConstantTensor::get(Value value) {
  ElementsAttr attr;
  if (!matchPattern(value, m_Constant(&attr)))
    return std::nullopt;
  return get(attr);
}

std::optional<ConstantTensor> ConstantTensor::get(ElementsAttr attr) {
  if (auto resource = dyn_cast_or_null<DenseResourceElementsAttr>(attr)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob || static_cast<int64_t>(blob->getData().size()) <
                     getStorageBytes(resource.getType()))
      return std::nullopt;
    return ConstantTensor(attr);
  }
  if (isa_and_nonnull<DenseElementsAttr>(attr))
    return ConstantTensor(attr);
  return std::nullopt;
}

StringRef ConstantTensor::getName() const {
  auto resource = dyn_cast<DenseResourceElementsAttr>(attr);
  return resource ? getParameterName(resource.getRawHandle().getKey())
                  : StringRef();
}

ArrayRef<char> ConstantTensor::getRawBytes() const {
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(attr))
    return resource.getRawHandle().getBlob()->getData().take_front(
        getStorageBytes(getType()));
  auto dense = cast<DenseElementsAttr>(attr);
  bool wholeBytes = getType().getElementTypeBitWidth() % 8 == 0;
  return dense.isSplat() || !wholeBytes ? ArrayRef<char>() : dense.getRawData();
}

/// The elements of `tensor` as numbers of type T. No copy where the storage
/// holds T already.
template <typename T>
static FailureOr<ArrayRef<T>> readElements(const ConstantTensor &tensor,
                                           SmallVectorImpl<T> &storage) {
  auto floatType = dyn_cast<FloatType>(tensor.getType().getElementType());
  if (!floatType)
    return failure();
  constexpr bool isFloat = std::is_same_v<T, float>;
  int64_t count = tensor.getType().getNumElements();
  ArrayRef<char> raw = tensor.getRawBytes();
  bool same = isFloat ? floatType.isF32() : floatType.isF64();
  if (same && (!raw.empty() || count == 0))
    return ArrayRef<T>(reinterpret_cast<const T *>(raw.data()), count);

  storage.resize_for_overwrite(count);
  auto convert = [](APFloat value) -> T {
    bool losesInfo;
    value.convert(isFloat ? APFloat::IEEEsingle() : APFloat::IEEEdouble(),
                  APFloat::rmNearestTiesToEven, &losesInfo);
    if constexpr (isFloat)
      return value.convertToFloat();
    else
      return value.convertToDouble();
  };
  if (auto dense = dyn_cast<DenseElementsAttr>(tensor.getAttr())) {
    if (dense.isSplat())
      llvm::fill(storage, convert(dense.getSplatValue<APFloat>()));
    else
      llvm::copy(llvm::map_range(dense.getValues<APFloat>(), convert),
                 storage.begin());
    return ArrayRef<T>(storage);
  }
  unsigned bytes = floatType.getWidth() / 8;
  for (int64_t i = 0; i < count; ++i) {
    uint64_t bits = 0;
    std::memcpy(&bits, raw.data() + i * bytes, bytes);
    storage[i] = convert(APFloat(floatType.getFloatSemantics(),
                                 APInt(floatType.getWidth(), bits)));
  }
  return ArrayRef<T>(storage);
}

FailureOr<ArrayRef<float>>
ConstantTensor::getFloats(SmallVectorImpl<float> &storage) const {
  return readElements(*this, storage);
}

FailureOr<ArrayRef<double>>
ConstantTensor::getDoubles(SmallVectorImpl<double> &storage) const {
  return readElements(*this, storage);
}

//===----------------------------------------------------------------------===//
// Making
//===----------------------------------------------------------------------===//

int64_t mlir::quantmlir::getStorageBytes(ShapedType type) {
  return type.getNumElements() *
         llvm::divideCeil(type.getElementTypeBitWidth(), 8);
}

std::string mlir::quantmlir::getFreeResourceKey(MLIRContext *context,
                                                StringRef name) {
  auto &manager = DenseResourceElementsHandle::getManagerInterface(context);
  std::string key = name.str();
  for (unsigned version = 2; manager.getBlobManager().lookup(key); ++version)
    key = (name + Twine(versionSeparator) + Twine(version)).str();
  return key;
}

// A weight lives between passes and is freed by another thread than the one
// that made it. malloc keeps such memory for later: as much as the model's
// weights after folding. What is mapped goes back to the system.
AsmResourceBlob mlir::quantmlir::allocateElements(ShapedType type) {
  constexpr size_t minMappedBytes = 1 << 16;
  size_t bytes = getStorageBytes(type);
  if (bytes < minMappedBytes)
    return HeapAsmResourceBlob::allocate(bytes, resourceAlignment, true);
  std::error_code code;
  llvm::sys::MemoryBlock block = llvm::sys::Memory::allocateMappedMemory(
      bytes, nullptr, llvm::sys::Memory::MF_READ | llvm::sys::Memory::MF_WRITE,
      code);
  if (code)
    llvm::report_bad_alloc_error("no memory is left for a weight");
  return AsmResourceBlob(
      ArrayRef<char>(static_cast<char *>(block.base()), bytes),
      resourceAlignment,
      [block](void *, size_t, size_t) mutable {
        (void)llvm::sys::Memory::releaseMappedMemory(block);
      },
      /*dataIsMutable=*/true);
}

ElementsAttr mlir::quantmlir::createElementsAttr(StringRef parameterName,
                                                 RankedTensorType type,
                                                 AsmResourceBlob bytes) {
  bool wholeBytes = type.getElementTypeBitWidth() % 8 == 0;
  if (parameterName.empty() && wholeBytes &&
      getStorageBytes(type) < minResourceBytes)
    return DenseElementsAttr::getFromRawBuffer(type, bytes.getData());

  auto &manager =
      DenseResourceElementsHandle::getManagerInterface(type.getContext());
  std::string key = getFreeResourceKey(
      type.getContext(), parameterName.empty() ? "constant" : parameterName);
  return DenseResourceElementsAttr::get(type,
                                        manager.insert(key, std::move(bytes)));
}

ElementsAttr mlir::quantmlir::createElementsAttr(
    StringRef parameterName, RankedTensorType type,
    function_ref<void(MutableArrayRef<char>)> fill) {
  AsmResourceBlob blob = allocateElements(type);
  fill(blob.getMutableData());
  return createElementsAttr(parameterName, type, std::move(blob));
}

Value mlir::quantmlir::createConstantTensor(
    OpBuilder &builder, Location loc, StringRef parameterName,
    RankedTensorType type, function_ref<void(MutableArrayRef<char>)> fill) {
  return arith::ConstantOp::create(
      builder, loc,
      cast<TypedAttr>(createElementsAttr(parameterName, type, fill)));
}

Value mlir::quantmlir::createFloatConstant(OpBuilder &builder, Location loc,
                                           StringRef parameterName,
                                           RankedTensorType type,
                                           ArrayRef<float> values) {
  return createConstantTensor(
      builder, loc, parameterName, type, [&](MutableArrayRef<char> bytes) {
        std::memcpy(bytes.data(), values.data(), bytes.size());
      });
}

/// Rounds numbers to elements of `type`.
template <typename T>
static void writeElements(ArrayRef<T> values, FloatType type,
                          MutableArrayRef<char> bytes) {
  if (std::is_same_v<T, float> ? type.isF32() : type.isF64()) {
    std::memcpy(bytes.data(), values.data(), values.size() * sizeof(T));
    return;
  }
  unsigned width = type.getWidth() / 8;
  for (auto [i, value] : llvm::enumerate(values)) {
    APFloat number(value);
    bool losesInfo;
    number.convert(type.getFloatSemantics(), APFloat::rmNearestTiesToEven,
                   &losesInfo);
    uint64_t bits = number.bitcastToAPInt().getZExtValue();
    std::memcpy(bytes.data() + i * width, &bits, width);
  }
}

void mlir::quantmlir::storeFloats(ArrayRef<float> values, FloatType type,
                                  MutableArrayRef<char> bytes) {
  writeElements(values, type, bytes);
}

void mlir::quantmlir::storeFloats(ArrayRef<double> values, FloatType type,
                                  MutableArrayRef<char> bytes) {
  writeElements(values, type, bytes);
}

//===----------------------------------------------------------------------===//
// Freeing
//===----------------------------------------------------------------------===//

/// Calls `visit` for the key of each resource that an attribute of `op` holds.
static void forEachResource(Operation *op,
                            function_ref<void(StringRef)> visit) {
  op->getAttrDictionary().walk([&](DenseResourceElementsAttr resource) {
    visit(resource.getRawHandle().getKey());
  });
}

ConstantReleaser::ConstantReleaser(Operation *root)
    : context(root->getContext()), isNested(root->getParentOp()) {
  if (isNested)
    return;
  root->walk([&](Operation *op) {
    forEachResource(op, [&](StringRef key) { ++numHolders[key]; });
  });
}

void ConstantReleaser::eraseIfUnused(Operation *op) {
  if (!op->hasTrait<OpTrait::ConstantLike>() || !op->use_empty())
    return;
  forEachResource(op, [&](StringRef key) {
    auto holders = numHolders.find(key);
    if (holders != numHolders.end() && --holders->second == 0 &&
        getParameterName(key) != key)
      DenseResourceElementsHandle::getManagerInterface(context).update(
          key, AsmResourceBlob());
  });
  op->erase();
}
