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
#include "llvm/Support/MathExtras.h"

#include <limits>

using namespace llvm;
using namespace mlir::quantmlir;

ChannelStatistics::ChannelStatistics(int64_t channels)
    : absmax(channels, 0.0f),
      min(channels, std::numeric_limits<float>::infinity()),
      max(channels, -std::numeric_limits<float>::infinity()),
      halfAbsmax(2 * channels, 0.0f) {}

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
  for (auto [value, theirs] : zip_equal(halfAbsmax, other.halfAbsmax))
    value = std::max(value, theirs);
  histogram.resize(other.histogram.size(), 0);
  for (auto [value, theirs] : zip_equal(histogram, other.histogram))
    value += theirs;
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
// Second moments
//===----------------------------------------------------------------------===//

/// Runs whose second moments are added one after the other. More would make
/// errors of f32 grow; fewer would keep more moments at once, as many as the
/// tree has levels.
static constexpr uint64_t momentBlock = 64;

bool Statistics::extendMoments(uint64_t run) {
  if (!momentParts.empty() && momentParts.back().end == run + 1)
    return false;
  bool isNew = momentParts.empty() || momentParts.back().end != run ||
               run % momentBlock == 0;
  if (isNew)
    momentParts.push_back({run, run});
  momentParts.back().end = run + 1;
  return isNew;
}

void Statistics::joinMoments() {
  auto endsWithSiblings = [&] {
    if (momentParts.size() < 2)
      return false;
    const MomentPart &left = momentParts[momentParts.size() - 2];
    const MomentPart &right = momentParts.back();
    uint64_t runs = left.end - left.begin;
    return runs >= momentBlock && isPowerOf2_64(runs) &&
           left.begin % (2 * runs) == 0 && left.end == right.begin &&
           right.end - right.begin == runs;
  };
  while (endsWithSiblings()) {
    MomentPart right = momentParts.back();
    momentParts.pop_back();
    momentParts.back().end = right.end;
    for (auto &[name, observer] : observers) {
      if (observer.moments.empty())
        continue;
      SecondMoment moment = std::move(observer.moments.back());
      observer.moments.pop_back();
      observer.moments.back().add(moment);
    }
  }
}

std::vector<MomentPart> Statistics::getMomentParts(ArrayRef<RunNode> nodes) {
  std::vector<MomentPart> parts;
  for (const RunNode &node : nodes) {
    // Nodes below a block are aligned to their size, so they lie in one.
    bool continues = !parts.empty() && parts.back().end == node.begin() &&
                     node.begin() % momentBlock != 0;
    if (!continues)
      parts.push_back({node.begin(), node.begin()});
    parts.back().end = node.end();
  }
  return parts;
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
      if (it->second.halfAbsmax.size() != observer.halfAbsmax.size() ||
          it->second.histogram.size() != observer.histogram.size())
        return createStringError("observer '%s' has a histogram, or the absmax "
                                 "of halves, in one of them only; collect them "
                                 "alike",
                                 name.c_str());
      if (it->second.moments.empty() != observer.moments.empty())
        return createStringError("observer '%s' has second moments in one of "
                                 "them only; collect them alike",
                                 name.c_str());
      if (it->second.getSampleSize(second->getRuns()) !=
          observer.getSampleSize(first->getRuns()))
        return createStringError("observer '%s' has another number of sample "
                                 "rows of each run; collect them alike",
                                 name.c_str());
    }
  return Error::success();
}

/// Appends each part with its moments, in the order of the runs.
static Error mergeMoments(ArrayRef<Statistics> shards, Statistics &merged) {
  struct Entry {
    const Statistics *shard;
    size_t index;
    MomentPart part;
  };
  SmallVector<Entry> entries;
  for (const Statistics &shard : shards)
    for (auto [index, part] : enumerate(shard.momentParts))
      entries.push_back({&shard, index, part});
  llvm::sort(entries, [](const Entry &a, const Entry &b) {
    return a.part.begin < b.part.begin;
  });
  for (const Entry &entry : entries) {
    if (!merged.momentParts.empty() &&
        merged.momentParts.back().end >
            alignDown(entry.part.begin, momentBlock))
      return createStringError(
          "the second moments of runs " +
          Twine(alignDown(entry.part.begin, momentBlock)) + " to " +
          Twine(alignTo(entry.part.begin + 1, momentBlock) - 1) +
          " are in two of them: begin each shard at a multiple of " +
          Twine(momentBlock) + " runs");
    merged.momentParts.push_back(entry.part);
    for (auto &[name, observer] : merged.observers) {
      const ChannelStatistics &source = entry.shard->observers.at(name);
      if (!source.moments.empty())
        observer.moments.push_back(source.moments[entry.index]);
    }
    merged.joinMoments();
  }
  return Error::success();
}

/// The rows that `shard` keeps of the runs of its node number `index`.
static ArrayRef<float> getSample(const Statistics &shard, StringRef name,
                                 size_t index) {
  const ChannelStatistics &observer = shard.observers.at(name.str());
  uint64_t before = 0;
  for (const RunNode &node : ArrayRef(shard.nodes).take_front(index))
    before += node.end() - node.begin();
  const RunNode &node = shard.nodes[index];
  int64_t elements = observer.getSampleSize(shard.getRuns());
  return ArrayRef(observer.sample)
      .slice(before * elements, (node.end() - node.begin()) * elements);
}

Expected<Statistics> Statistics::merge(ArrayRef<Statistics> shards) {
  Statistics merged;
  if (shards.empty())
    return createStringError("there are no statistics to merge");
  merged.moduleHash = shards.front().moduleHash;
  merged.samplesPerRun = shards.front().samplesPerRun;
  for (const auto &[name, observer] : shards.front().observers)
    merged.observers.emplace(name, ChannelStatistics(observer.getChannels()))
        .first->second.halfAbsmax.resize(observer.halfAbsmax.size());

  struct Entry {
    const Statistics *shard;
    size_t row;
    RunNode node;
  };
  SmallVector<Entry> entries;
  for (const Statistics &shard : shards) {
    if (Error error = checkSameModule(shards.front(), shard))
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
    for (auto &[name, observer] : merged.observers)
      append_range(observer.sample, getSample(*entry.shard, name, entry.row));
  }
  bool anyMoments = any_of(shards.front().observers, [](const auto &entry) {
    return !entry.second.moments.empty();
  });
  if (anyMoments)
    if (Error error = mergeMoments(shards, merged))
      return std::move(error);
  return merged;
}
