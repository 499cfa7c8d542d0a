//===- Linears.h - raised linears -------------------------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_DIALECT_QUANT_UTILS_LINEARS_H
#define QUANT_MLIR_DIALECT_QUANT_UTILS_LINEARS_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringSet.h"

namespace mlir::quantmlir {

/// The name of the parameter that `value` is: a `ml_program.global_load_const`,
/// its transpose, or a constant resource. Empty if it is neither.
StringRef getWeightName(Value value);

/// True for a constant tensor, the load of an immutable external global, or the
/// `linalg.transpose` of such a load: a K×N parameter is transposed once its
/// data is bound.
bool isWeight(Value value);

/// Replaces every rank-2 `linalg.transpose` of a constant whose data is present
/// by a transposed constant. The parameter's name stays.
void foldWeightTransposes(Operation *root);

/// A contraction of an activation with a weight, as `quant-raise-linears`
/// leaves it: a rank-2 `linalg.matmul` of `input` (M×K) and `weight` (N×K)
/// into a destination filled with 0.
struct Linear {
  linalg::MatmulOp op;
  Value input;
  Value weight;

  /// The weight's name without a trailing ".weight"; empty if it has no name.
  StringRef getName() const;
  /// What remarks call it: its name, or that it has none.
  std::string getTitle() const;
};

/// The linear that `op` is, if it is one.
std::optional<Linear> matchLinear(Operation *op);

/// Why something is no linear though nothing but a constant weight is missing.
struct ComputedWeight {
  /// Of the parameter that the weight is computed from, without ".weight"; a
  /// phrase if it has none.
  std::string name;
  std::string reason;
};

/// For a linear whose weight ops compute from constants, such as a
/// `quant.fuse_scale` that did not fold. Passes on linears tell of it in
/// remarks.
std::optional<ComputedWeight> matchComputedWeight(Operation *op);

/// The error of a linear one of whose constants, such as its "weight", has no
/// data, which `pass` needs.
InFlightDiagnostic emitMissingData(const Linear &linear, StringRef what,
                                   Value constant, StringRef pass);

/// The addition of a vector of N right behind a linear.
struct BiasAdd {
  linalg::GenericOp op;
  Value bias;
};

/// The addition that alone uses the linear's result, if it is a bias of any
/// float type.
std::optional<BiasAdd> matchFloatBias(Linear linear);

/// The same for a bias of f32, which quantized linears add.
std::optional<BiasAdd> matchBias(Linear linear);

/// Which linears stay in float although they could be quantized: those whose
/// weight's name a regular expression finds, those whose weight has another use
/// (a head that is tied to the embedding), which quantization would have to
/// copy, and those without weights (N or K is 0).
class LinearFilter {
public:
  /// The expression's default: the head of a language model, whose errors reach
  /// the output without another layer in between.
  static constexpr StringLiteral defaultExclude = "(^|[.])lm_head[.]";

  /// `exclude` is a POSIX extended regular expression over names of
  /// parameters, empty for none. An invalid one is an error at `module`.
  static FailureOr<LinearFilter> create(ModuleOp module, StringRef exclude);

  /// Why `linear` stays in float; nothing if it does not.
  std::optional<std::string> getExclusion(const Linear &linear) const;

private:
  std::string exclude;
  /// Names of weights that something other than a linear uses.
  llvm::StringSet<> shared;
};

/// The indexing maps of a linear's matmul: (m,k), (n,k), (m,n).
SmallVector<AffineMap> getLinearMaps(MLIRContext *context);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_DIALECT_QUANT_UTILS_LINEARS_H
