//===- Observers.h - what calibration observes ------------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_DIALECT_QUANT_UTILS_OBSERVERS_H
#define QUANT_MLIR_DIALECT_QUANT_UTILS_OBSERVERS_H

#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringSet.h"

namespace mlir::quantmlir {

/// The observers of `module` in its order.
SmallVector<ObserveOp> getObservers(ModuleOp module);

/// The number of channels of an observer, the last dimension of its input.
int64_t getChannels(ObserveOp observe);

/// Replaces an observer by its input.
void eraseObserver(ObserveOp observe);

/// Names of which no two are the same.
class UniqueNames {
public:
  void insert(StringRef name) { taken.insert(name); }
  /// `base` and `suffix`, with _2, _3, … between them if that is taken.
  std::string make(const Twine &base, StringRef suffix = "");

private:
  llvm::StringSet<> taken;
};

/// Fails with an error at an observer that has the name of an earlier one: the
/// names tell statistics apart.
LogicalResult checkObserverNames(ArrayRef<ObserveOp> observers);

/// Fails with an error at `observe` if one of its statistics has no data, as
/// text leaves it that was printed with elided resources.
LogicalResult checkStatisticsData(ObserveOp observe);

/// Identifies what the observers of `module` see: a hash of their names, their
/// channels, and the names and shapes of the weights that they feed. It is
/// stable under changes that leave those alone (batch and sequence length,
/// other results, canonicalization, binding of weights), so that statistics of
/// one module serve another one of the same model. It does not see the weights'
/// values.
std::string getModuleHash(ModuleOp module);

/// Gives `part`, which observes `channels` of the input of `whole`, what the
/// statistics of `whole` tell of them.
void copyStatistics(ObserveOp whole, ArrayRef<int64_t> channels,
                    ObserveOp part);

/// Changes the statistics of `observe` to those of its input with 0 in
/// `channels`.
void clearStatistics(ObserveOp observe, ArrayRef<int64_t> channels);

/// What a scale would take beyond f32 that moves through `observe` with
/// `layout`; empty if all statistics stay finite.
std::string findScalingObstacle(ObserveOp observe, const ScaleLayout &layout,
                                ArrayRef<float> scales);
/// The same for one scale a channel.
std::string findScalingObstacle(ObserveOp observe, ArrayRef<float> scales);

/// The values of a statistic of one a channel; empty if it is missing or has no
/// data.
SmallVector<float> readChannels(ElementsAttr attr);

/// The counts of an observer's histogram, row-major as they were collected;
/// empty if it has none.
SmallVector<uint32_t> getHistogram(ObserveOp observe);

/// The second moment of an observer's input as it is now, the scales that moved
/// through the observer divided out: K×K, row-major, symmetric, the sum over
/// `tokens` rows. In `storage` unless no scale moved. Nothing if it has none.
std::optional<ArrayRef<float>> getSecondMoment(ObserveOp observe,
                                               SmallVectorImpl<float> &storage);

/// The kept rows of an observer's input as it is now, likewise: S×K, row-major.
std::optional<ArrayRef<float>> getSample(ObserveOp observe,
                                         SmallVectorImpl<float> &storage);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_DIALECT_QUANT_UTILS_OBSERVERS_H
