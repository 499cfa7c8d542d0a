//===- Passes.h - passes on the quant dialect -------------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_DIALECT_QUANT_TRANSFORMS_PASSES_H
#define QUANT_MLIR_DIALECT_QUANT_TRANSFORMS_PASSES_H

#include "quant-mlir/Dialect/Quant/Utils/Linears.h"
#include "quant-mlir/Dialect/Quant/Utils/SchemeSpeed.h"

#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/Pass/Pass.h"

namespace mlir::quantmlir {

/// What `quant-quantize` makes of a linear: the bits of weights and
/// activations, which at 16 stay float.
enum class QuantizationScheme { W8A8, W4A16, W4A8, W4A4 };
/// Where an activation's scale comes from.
enum class ActivationScale { StaticPerTensor, DynamicPerToken };
/// What shares a scale in an 8-bit weight.
enum class WeightScale { PerTensor, PerChannel };

/// Which groups of linears `quant-smooth` scales.
enum class SmoothedGroups { All, Foldable };
/// Which values `quant-smooth` takes for scales.
enum class SmoothingScales { Any, PowersOfTwo };

/// What AWQ's scales are made of: s = mean|x|^r, or the same over
/// mean|w|^(1-r), or whichever is better.
enum class AwqForm { Activations, Weights, Both };

/// What `quant-pack-weights` rounds f32 activations to.
enum class NarrowActivations { Keep, F16, BF16 };

#define GEN_PASS_DECL
#include "quant-mlir/Dialect/Quant/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "quant-mlir/Dialect/Quant/Transforms/Passes.h.inc"

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_DIALECT_QUANT_TRANSFORMS_PASSES_H
