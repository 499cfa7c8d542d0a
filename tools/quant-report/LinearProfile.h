//===- LinearProfile.h - what makes a linear hard to quantize ---*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_TOOLS_QUANT_REPORT_LINEARPROFILE_H
#define QUANT_MLIR_TOOLS_QUANT_REPORT_LINEARPROFILE_H

#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"
#include "quant-mlir/Dialect/Quant/Utils/SchemeSpeed.h"

#include <array>

namespace mlir::quantmlir {

/// The schemes that a report predicts, the ones that compute fastest first.
enum Scheme : unsigned {
  StaticW8A8,
  SmoothQuantStatic,
  PerTokenW8A8,
  SmoothQuantPerToken,
  W4A16Group128,
  W4A16Group64,
  NumSchemes
};

struct SchemeInfo {
  llvm::StringLiteral key;
  llvm::StringLiteral title;
  /// The preset of quant-opt.
  llvm::StringLiteral pipeline;
};

const SchemeInfo &getInfo(Scheme scheme);

/// A channel far above the others.
struct Outlier {
  int64_t channel;
  float absmax;
};

/// The linears that read one activation.
struct LinearProfile {
  std::string name;
  SmallVector<std::string> linears;
  int64_t channels = 0;
  float absmax = 0, medianAbsmax = 0;
  /// Channels above 10 times the median one, the largest first.
  SmallVector<Outlier> outliers;
  /// The largest column of the weights over the median one.
  float weightRatio = 0;
  /// Predicted output errors relative to the output.
  std::array<double, NumSchemes> errors{};
  /// The searched alpha of SmoothQuantStatic.
  double alpha = 0;
  /// Why quant-smooth would leave the activation alone whatever it costs; empty
  /// if it would not.
  std::string notSmoothed;
  /// Of each linear; rows may be unknown.
  SmallVector<LinearShape> shapes;

  float getRatio() const {
    return medianAbsmax > 0 ? absmax / medianAbsmax : 0;
  }
};

/// Profiles the linears behind `observe`; nothing if none reads it. Fails, with
/// an error, without statistics or the weights' data.
FailureOr<std::optional<LinearProfile>> getProfile(ObserveOp observe);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_TOOLS_QUANT_REPORT_LINEARPROFILE_H
