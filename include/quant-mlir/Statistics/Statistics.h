//===- Statistics.h - statistics of activations -----------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// A statistics file is a safetensors file. Each observer NAME with K channels
// has these tensors:
//
//   NAME.absmax    F32 [K]     largest |x|
//   NAME.min       F32 [K]
//   NAME.max       F32 [K]
//   NAME.mean_abs  F32 [K]     mean of |x|
//   NAME.count     I64 [1]     rows seen
//   NAME.sum_abs   F64 [P, K]  partial sums of |x|, for merging
//   NAME.half_absmax  F32 [2, K]  absmax over the runs of even and of odd
//                                 number: what another sample of the same
//                                 size would have shown; older files lack it
//
// and, if they were asked for:
//
//   NAME.moment2   F32 [B, K, K]  partial sums of x·xᵀ over the rows x
//   NAME.sample    F32 [S, K]     the same number of evenly spaced rows of
//                                 each run, in the order of the runs
//   NAME.histogram U32 [K, B]     counts of |x| in the bins of Histogram.h
//
// and the metadata: `format` = "quant-mlir statistics 1"; `module`, the hash of
// the module that was observed; `runs`, the executions that the file covers, as
// "0-16,24-32"; `samples_per_run`; `samples`; `tokens`.
//
// Sums are added in an order that depends on the runs alone: along the binary
// tree whose leaves are single runs and whose node (level l, index i) covers
// the runs from i·2^l to (i+1)·2^l. A file holds the largest complete nodes of
// its runs, so merging shards gives the same bytes as collecting all at once,
// however the runs were divided.
//
// A second moment is large, so few are kept: those of the runs of one block of
// 64, [64·i, 64·(i+1)), are added in the order of the runs, and only complete
// blocks and what lies above them form the tree. Shards therefore merge, again
// to the same bytes, if no two of them share a block.
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_STATISTICS_STATISTICS_H
#define QUANT_MLIR_STATISTICS_STATISTICS_H

#include "quant-mlir/Statistics/Histogram.h"
#include "quant-mlir/Statistics/SecondMoment.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <map>
#include <string>
#include <vector>

namespace mlir::quantmlir {

/// A complete subtree of runs.
struct RunNode {
  unsigned level = 0;
  uint64_t index = 0;

  uint64_t begin() const { return index << level; }
  uint64_t end() const { return (index + 1) << level; }
};

/// Runs whose second moments are one sum.
struct MomentPart {
  uint64_t begin = 0;
  uint64_t end = 0;
};

/// Statistics of one observer.
struct ChannelStatistics {
  /// Rows seen.
  int64_t count = 0;
  /// One value for each channel.
  std::vector<float> absmax, min, max;
  /// Sums of |x|: one row of channels for each of Statistics::nodes.
  std::vector<std::vector<double>> sumAbs;
  /// Over runs of even number, then of odd number; a half without runs is 0.
  std::vector<float> halfAbsmax;
  /// Sums of x·xᵀ: one for each of Statistics::momentParts, or none.
  std::vector<SecondMoment> moments;
  /// Kept rows, row-major, or none.
  std::vector<float> sample;
  /// Histogram::numBins counts for each channel, or none.
  std::vector<uint32_t> histogram;

  explicit ChannelStatistics(int64_t channels = 0);
  int64_t getChannels() const { return absmax.size(); }
  std::vector<float> getMeanAbs() const;
  /// The counts of one channel, if there are any.
  llvm::ArrayRef<uint32_t> getHistogram(int64_t channel) const {
    return llvm::ArrayRef(histogram).slice(channel * Histogram::numBins,
                                           Histogram::numBins);
  }
  /// Kept values of each of `runs` runs.
  int64_t getSampleSize(uint64_t runs) const { return sample.size() / runs; }
  /// Takes extremes and counts of `other`, but not its sums.
  void addExtremes(const ChannelStatistics &other);
};

/// Statistics of a set of runs of one module.
class Statistics {
public:
  /// What getModuleHash gave for the module.
  std::string moduleHash;
  int64_t samplesPerRun = 1;
  /// In order, never both children of one node.
  std::vector<RunNode> nodes;
  /// The runs of `nodes`, as second moments divide them; empty without those.
  std::vector<MomentPart> momentParts;
  std::map<std::string, ChannelStatistics> observers;

  uint64_t getRuns() const;
  int64_t getSamples() const { return getRuns() * samplesPerRun; }
  /// Rows that an observer saw; the largest number if they differ.
  int64_t getTokens() const;

  /// Adds a node that follows all others, each observer with its row of sums,
  /// and joins siblings.
  void
  appendNode(RunNode node,
             llvm::function_ref<std::vector<double>(llvm::StringRef)> getSums);

  /// Makes the last of `momentParts` cover `run`, the latest one. True
  /// if that takes a new part, for which observers need a moment each.
  bool extendMoments(uint64_t run);
  /// Adds the moments of sibling parts at the end.
  void joinMoments();
  /// The parts that collecting the runs of `nodes` makes.
  static std::vector<MomentPart> getMomentParts(llvm::ArrayRef<RunNode> nodes);

  /// Reads a file and checks all of it: every tensor is there, shapes agree,
  /// and every value is finite. Errors name the file and the tensor.
  static llvm::Expected<Statistics> read(llvm::StringRef path);
  llvm::Error write(llvm::StringRef path) const;

  /// Merges statistics of different runs of one module, in the order of the
  /// runs. It is an error if they differ in module or observers, or share runs.
  static llvm::Expected<Statistics> merge(llvm::ArrayRef<Statistics> shards);
};

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_STATISTICS_STATISTICS_H
