//===- Statistics.cpp - statistics of activations -------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Statistics/Statistics.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

#include <limits>

using namespace llvm;
using namespace mlir::quantmlir;

ChannelStatistics::ChannelStatistics(int64_t channels)
    : absmax(channels, 0.0f),
      min(channels, std::numeric_limits<float>::infinity()),
      max(channels, -std::numeric_limits<float>::infinity()) {}

std::vector<float> ChannelStatistics::getMeanAbs() const {
  std::vector<double> total(getChannels(), 0.0);
  for (const std::vector<double> &row : sumAbs)
    for (auto [sum, value] : zip_equal(total, row))
      sum += value;
  std::vector<float> mean(total.size());
  for (auto [value, sum] : zip_equal(mean, total))
    value = static_cast<float>(sum / std::max<int64_t>(count, 1));
  return mean;
}

void ChannelStatistics::addExtremes(const ChannelStatistics &other) {
  count += other.count;
  for (size_t i = 0; i < absmax.size(); ++i) {
    absmax[i] = std::max(absmax[i], other.absmax[i]);
    min[i] = std::min(min[i], other.min[i]);
    max[i] = std::max(max[i], other.max[i]);
  }
}

uint64_t Statistics::getRuns() const {
  uint64_t runs = 0;
  for (const RunNode &node : nodes)
    runs += node.end() - node.begin();
  return runs;
}

int64_t Statistics::getTokens() const {
  int64_t tokens = 0;
  for (const auto &[name, observer] : observers)
    tokens = std::max(tokens, observer.count);
  return tokens;
}

void Statistics::appendNode(
    RunNode node, function_ref<std::vector<double>(StringRef)> getSums) {
  nodes.push_back(node);
  for (auto &[name, observer] : observers)
    observer.sumAbs.push_back(getSums(name));

  auto endsWithSiblings = [&] {
    if (nodes.size() < 2)
      return false;
    const RunNode &left = nodes[nodes.size() - 2], &right = nodes.back();
    return left.level == right.level && left.index % 2 == 0 &&
           left.index + 1 == right.index;
  };
  while (endsWithSiblings()) {
    nodes.pop_back();
    nodes.back() = {nodes.back().level + 1, nodes.back().index / 2};
    for (auto &[name, observer] : observers) {
      std::vector<double> right = std::move(observer.sumAbs.back());
      observer.sumAbs.pop_back();
      for (auto [sum, value] : zip_equal(observer.sumAbs.back(), right))
        sum += value;
    }
  }
}

//===----------------------------------------------------------------------===//
// Merging
//===----------------------------------------------------------------------===//

/// Fails unless `b` has the module and the observers of `a`.
static Error checkSameModule(const Statistics &a, const Statistics &b) {
  if (a.moduleHash != b.moduleHash)
    return createStringError("they were collected on different modules ('%s' "
                             "and '%s')",
                             a.moduleHash.c_str(), b.moduleHash.c_str());
  if (a.samplesPerRun != b.samplesPerRun)
    return createStringError("they have %d and %d samples in a run",
                             int(a.samplesPerRun), int(b.samplesPerRun));
  for (auto [first, second] : {std::make_pair(&a, &b), std::make_pair(&b, &a)})
    for (const auto &[name, observer] : first->observers) {
      auto it = second->observers.find(name);
      if (it == second->observers.end() ||
          it->second.getChannels() != observer.getChannels())
        return createStringError("observer '%s' is missing in one of them, or "
                                 "has another number of channels",
                                 name.c_str());
    }
  return Error::success();
}

Expected<Statistics> Statistics::merge(ArrayRef<Statistics> shards) {
  Statistics merged;
  if (shards.empty())
    return createStringError("there are no statistics to merge");
  merged.moduleHash = shards.front().moduleHash;
  merged.samplesPerRun = shards.front().samplesPerRun;
  for (const auto &[name, observer] : shards.front().observers)
    merged.observers.emplace(name, ChannelStatistics(observer.getChannels()));

  struct Entry {
    const Statistics *shard;
    size_t row;
    RunNode node;
  };
  SmallVector<Entry> entries;
  for (const Statistics &shard : shards) {
    if (Error error = checkSameModule(merged, shard))
      return std::move(error);
    for (auto &[name, observer] : merged.observers)
      observer.addExtremes(shard.observers.at(name));
    for (auto [row, node] : enumerate(shard.nodes))
      entries.push_back({&shard, row, node});
  }
  llvm::sort(entries, [](const Entry &a, const Entry &b) {
    return a.node.begin() < b.node.begin();
  });

  uint64_t end = 0;
  for (const Entry &entry : entries) {
    if (entry.node.begin() < end)
      return createStringError("run " + Twine(entry.node.begin()) +
                               " is in two of them; give each run once");
    end = entry.node.end();
    merged.appendNode(entry.node, [&](StringRef name) {
      return entry.shard->observers.at(name.str()).sumAbs[entry.row];
    });
  }
  return merged;
}
