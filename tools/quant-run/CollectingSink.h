//===- CollectingSink.h - observed rows into statistics ---------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_TOOLS_QUANT_RUN_COLLECTINGSINK_H
#define QUANT_MLIR_TOOLS_QUANT_RUN_COLLECTINGSINK_H

#include "quant-mlir/Execution/Executor.h"
#include "quant-mlir/Statistics/Collector.h"

#include "mlir/IR/BuiltinTypes.h"

#include <set>

namespace mlir::quantmlir {

/// Hands observed values to the collector.
class CollectingSink : public ObserverSink {
public:
  explicit CollectingSink(StatisticsCollector collector)
      : collector(std::move(collector)) {}

  /// Leaves out, until the next call, the rows where `mask`, an argument of
  /// `type`, is 0. Activations without a row for each of its elements are
  /// taken whole. Fails if all rows seen so far would be left out.
  llvm::Error setMask(const void *mask, RankedTensorType type);

  /// Fails if the mask had a row for those of no activation; warns of
  /// activations that were taken whole.
  llvm::Error checkMaskUse(llvm::raw_ostream &warnings) const;

  void observe(llvm::StringRef name, const float *data, int64_t rows,
               int64_t channels) override;

  StatisticsCollector collector;

private:
  /// For each element of the mask whether it is not 0; empty without a mask.
  std::vector<bool> kept;
  std::vector<float> keptRows;
  /// Some row was kept.
  bool hasKept = false;
  /// The observers whose rows are those of the mask, and the others.
  std::set<std::string, std::less<>> masked, whole;
};

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_TOOLS_QUANT_RUN_COLLECTINGSINK_H
