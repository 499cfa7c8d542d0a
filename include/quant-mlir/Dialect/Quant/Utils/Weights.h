//===- Weights.h - constants that are parameters ----------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_DIALECT_QUANT_UTILS_WEIGHTS_H
#define QUANT_MLIR_DIALECT_QUANT_UTILS_WEIGHTS_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Value.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringMap.h"

namespace mlir::quantmlir {

/// The parameter that a resource key names. A pass that replaces a parameter
/// makes a new resource `<parameter>@<version>`; the parameter's name stays.
StringRef getParameterName(StringRef resourceKey);

/// A resource key that no blob has yet: the parameter's name itself, or its
/// next version.
std::string getFreeResourceKey(MLIRContext *context, StringRef name);

/// Read access to a constant tensor: an `arith.constant`, or another op that
/// folds to a constant, of dense or dense_resource elements.
class ConstantTensor {
public:
  /// The constant that defines `value`, if one does and its data is present.
  static std::optional<ConstantTensor> get(Value value);
  static std::optional<ConstantTensor> get(ElementsAttr attr);

  ShapedType getType() const { return attr.getShapedType(); }
  ElementsAttr getAttr() const { return attr; }
  /// The parameter's name, empty for a constant that is not a parameter.
  StringRef getName() const;
  /// The elements as f32, row-major. No copy where the storage is f32 already;
  /// otherwise `storage` holds the widened elements (f16, bf16, f64, splats).
  /// Fails for element types that are not floats.
  FailureOr<ArrayRef<float>> getFloats(SmallVectorImpl<float> &storage) const;
  /// The elements as f64, which is exact; no copy where they are f64 already.
  FailureOr<ArrayRef<double>>
  getDoubles(SmallVectorImpl<double> &storage) const;
  /// The stored bytes, without a copy; empty for a splat or 4-bit dense
  /// elements, whose storage is not row-major bytes.
  ArrayRef<char> getRawBytes() const;

private:
  explicit ConstantTensor(ElementsAttr attr) : attr(attr) {}
  ElementsAttr attr;
};

/// Bytes of a tensor of `type` in row-major storage; elements are whole bytes.
int64_t getStorageBytes(ShapedType type);

/// Makes an `arith.constant` of `type` whose bytes `fill` writes (row-major,
/// aligned to 64). With a `parameterName` it is a dense_resource of that name
/// (or of a new version of it, if the name is taken); without one it is dense
/// elements below 1 KB and an anonymous resource otherwise.
Value createConstantTensor(OpBuilder &builder, Location loc,
                           StringRef parameterName, RankedTensorType type,
                           function_ref<void(MutableArrayRef<char>)> fill);

/// The same, as an attribute.
ElementsAttr createElementsAttr(StringRef parameterName, RankedTensorType type,
                                function_ref<void(MutableArrayRef<char>)> fill);

/// The same, of bytes that exist already. Not to be called from several threads
/// at once: keys are chosen in the order of calls.
ElementsAttr createElementsAttr(StringRef parameterName, RankedTensorType type,
                                AsmResourceBlob bytes);

/// Memory for the bytes of a constant of `type`.
AsmResourceBlob allocateElements(ShapedType type);

/// Writes `values` as elements of a float type, rounded to nearest even.
void storeFloats(ArrayRef<float> values, FloatType type,
                 MutableArrayRef<char> bytes);
void storeFloats(ArrayRef<double> values, FloatType type,
                 MutableArrayRef<char> bytes);

/// Erases constants that passes replace, and frees their data. Data is freed if
/// it is a later version of a parameter, which a pass made, and no op below the
/// root holds its resource any more, in whatever attribute. A parameter's first
/// data belongs to whoever bound it. Resources belong to the context: where the
/// root is nested, an op outside may hold them, so nothing is freed; a context
/// of several modules must not share versions of parameters among them.
class ConstantReleaser {
public:
  /// Counts the ops at and below `root` that hold each resource.
  explicit ConstantReleaser(Operation *root);

  /// Erases `op` if it is a constant that nothing uses. Ops that were made
  /// since the count are erased, but free nothing.
  void eraseIfUnused(Operation *op);

private:
  MLIRContext *context;
  bool isNested;
  llvm::StringMap<int64_t> numHolders;
};

/// Makes an f32 constant of `values`.
Value createFloatConstant(OpBuilder &builder, Location loc,
                          StringRef parameterName, RankedTensorType type,
                          ArrayRef<float> values);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_DIALECT_QUANT_UTILS_WEIGHTS_H
