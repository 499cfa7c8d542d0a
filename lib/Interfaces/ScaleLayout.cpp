//===- ScaleLayout.cpp - which scale multiplies each element --------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Interfaces/ScaleLayout.h"

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"

#include <numeric>

using namespace mlir;
using namespace mlir::quantmlir;

//===----------------------------------------------------------------------===//
// ChannelClasses
//===----------------------------------------------------------------------===//

ChannelClasses::ChannelClasses(int64_t channels)
    : parents(channels + 1), numFree(channels) {
  std::iota(parents.begin(), parents.end(), 0);
}

ScaleChannel ChannelClasses::find(ScaleChannel channel) const {
  auto one = static_cast<ScaleChannel>(getNumChannels());
  if (channel == anyChannel)
    return anyChannel;
  ScaleChannel node = channel == oneChannel ? one : channel;
  while (parents[node] != node)
    node = parents[node] = parents[parents[node]];
  return node == one ? oneChannel : node;
}

void ChannelClasses::tie(ScaleChannel a, ScaleChannel b) {
  if (a == anyChannel || b == anyChannel)
    return;
  a = find(a);
  b = find(b);
  if (a == b)
    return;
  // The constant 1 represents its class; otherwise the lowest channel does, so
  // that results do not depend on the order of ties.
  if (a == oneChannel || (b != oneChannel && a < b))
    std::swap(a, b);
  parents[a] = b == oneChannel ? getNumChannels() : b;
  --numFree;
}

void ChannelClasses::tie(ArrayRef<ScaleTie> ties) {
  for (auto [a, b] : ties)
    tie(a, b);
}

//===----------------------------------------------------------------------===//
// ScaleLayout
//===----------------------------------------------------------------------===//

ScaleLayout::ScaleLayout(ArrayRef<int64_t> axes, ArrayRef<int64_t> extents,
                         std::vector<ScaleChannel> channels)
    : axes(axes), extents(extents), channels(std::move(channels)) {
  assert(llvm::is_sorted(axes) && axes.size() == extents.size());
}

ScaleLayout ScaleLayout::getIdentity(ArrayRef<int64_t> axes,
                                     ArrayRef<int64_t> extents) {
  int64_t count = ShapedType::getNumElements(extents);
  std::vector<ScaleChannel> channels(count);
  std::iota(channels.begin(), channels.end(), 0);
  return ScaleLayout(axes, extents, std::move(channels));
}

ScaleLayout ScaleLayout::getUniform(ScaleChannel channel) {
  return ScaleLayout({}, {}, {channel});
}

std::optional<unsigned> ScaleLayout::getAxis(int64_t dim) const {
  const int64_t *it = llvm::find(axes, dim);
  if (it == axes.end())
    return std::nullopt;
  return it - axes.begin();
}

SmallVector<int64_t> ScaleLayout::getStrides() const {
  SmallVector<int64_t> strides(axes.size(), 1);
  for (int64_t i = static_cast<int64_t>(axes.size()) - 2; i >= 0; --i)
    strides[i] = strides[i + 1] * extents[i + 1];
  return strides;
}

bool ScaleLayout::isTrivial() const {
  return llvm::all_of(channels, [](ScaleChannel c) { return c < 0; });
}

bool ScaleLayout::operator==(const ScaleLayout &other) const {
  return axes == other.axes && extents == other.extents &&
         channels == other.channels;
}

ScaleLayout
ScaleLayout::build(ArrayRef<int64_t> newAxes, ArrayRef<int64_t> newExtents,
                   function_ref<ScaleChannel(ArrayRef<int64_t>)> channelAt) {
  std::vector<ScaleChannel> channels(ShapedType::getNumElements(newExtents));
  SmallVector<int64_t> index(newAxes.size(), 0);
  for (ScaleChannel &channel : channels) {
    channel = channelAt(index);
    for (int64_t i = static_cast<int64_t>(index.size()) - 1; i >= 0; --i) {
      if (++index[i] < newExtents[i])
        break;
      index[i] = 0;
    }
  }
  return ScaleLayout(newAxes, newExtents, std::move(channels));
}

ScaleChannel ScaleLayout::at(function_ref<int64_t(int64_t dim)> index) const {
  int64_t position = 0;
  for (auto [axis, extent] : llvm::zip_equal(axes, extents))
    position = position * extent + index(axis);
  return channels[position];
}

ScaleLayout ScaleLayout::canonicalize(const ChannelClasses &classes) const {
  ScaleLayout result = *this;
  for (ScaleChannel &channel : result.channels)
    channel = classes.find(channel);
  for (int64_t i = static_cast<int64_t>(axes.size()) - 1; i >= 0; --i) {
    int64_t extent = result.extents[i], inner = result.getStrides()[i];
    int64_t outer = result.channels.size() / (extent * inner);
    auto entry = [&](int64_t o, int64_t k) {
      return ArrayRef<ScaleChannel>(result.channels)
          .slice((o * extent + k) * inner, inner);
    };
    bool varies = llvm::any_of(llvm::seq(outer), [&](int64_t o) {
      return llvm::any_of(llvm::seq<int64_t>(1, extent), [&](int64_t k) {
        return entry(o, k) != entry(o, 0);
      });
    });
    if (varies)
      continue;
    std::vector<ScaleChannel> kept;
    for (int64_t o : llvm::seq(outer))
      llvm::append_range(kept, entry(o, 0));
    result.channels = std::move(kept);
    result.axes.erase(result.axes.begin() + i);
    result.extents.erase(result.extents.begin() + i);
  }
  return result;
}

ScaleLayout ScaleLayout::rename(ArrayRef<std::optional<int64_t>> dims,
                                ScaleTies &ties) const {
  SmallVector<std::pair<int64_t, unsigned>> kept;
  for (auto [axis, dim] : llvm::enumerate(dims))
    if (dim)
      kept.emplace_back(*dim, axis);
  llvm::sort(kept);
  SmallVector<int64_t> newAxes, newExtents, oldStrides = getStrides();
  for (auto [dim, axis] : kept) {
    newAxes.push_back(dim);
    newExtents.push_back(extents[axis]);
  }
  SmallVector<unsigned> lost;
  for (auto [axis, dim] : llvm::enumerate(dims))
    if (!dim)
      lost.push_back(axis);
  int64_t numLost = 1;
  for (unsigned axis : lost)
    numLost *= extents[axis];

  return build(newAxes, newExtents, [&](ArrayRef<int64_t> index) {
    int64_t base = 0;
    for (auto [i, entry] : llvm::enumerate(kept))
      base += index[i] * oldStrides[entry.second];
    ScaleChannel shared = anyChannel;
    for (int64_t number : llvm::seq(numLost)) {
      int64_t position = base;
      for (unsigned axis : llvm::reverse(lost)) {
        position += number % extents[axis] * oldStrides[axis];
        number /= extents[axis];
      }
      ScaleChannel channel = channels[position];
      if (channel == anyChannel || channel == shared)
        continue;
      if (shared == anyChannel)
        shared = channel;
      else
        ties.emplace_back(shared, channel);
    }
    return shared;
  });
}

/// True if no dimension of `group` has a dynamic size.
static bool isStatic(ArrayRef<int64_t> group, ArrayRef<int64_t> shape) {
  return llvm::none_of(
      group, [&](int64_t dim) { return ShapedType::isDynamic(shape[dim]); });
}

FailureOr<ScaleLayout>
ScaleLayout::split(ArrayRef<SmallVector<int64_t, 2>> groups,
                   ArrayRef<int64_t> shape) const {
  SmallVector<int64_t> newAxes, newExtents;
  for (int64_t axis : axes) {
    // A rank-0 source has no group.
    if (axis >= static_cast<int64_t>(groups.size()))
      return failure();
    auto isUnit = [&](int64_t dim) { return shape[dim] == 1; };
    if (!isStatic(groups[axis], shape))
      return failure();
    for (int64_t dim : groups[axis]) {
      if (isUnit(dim))
        continue;
      newAxes.push_back(dim);
      newExtents.push_back(shape[dim]);
    }
  }
  return build(newAxes, newExtents, [&](ArrayRef<int64_t> index) {
    return at([&](int64_t axis) {
      int64_t position = 0;
      for (auto [i, dim] : llvm::enumerate(newAxes))
        if (llvm::is_contained(groups[axis], dim))
          position = position * newExtents[i] + index[i];
      return position;
    });
  });
}

FailureOr<ScaleLayout>
ScaleLayout::merge(ArrayRef<SmallVector<int64_t, 2>> groups,
                   ArrayRef<int64_t> shape) const {
  SmallVector<int64_t> newAxes, newExtents;
  for (auto [narrow, group] : llvm::enumerate(groups)) {
    if (llvm::none_of(group, [&](int64_t dim) { return getAxis(dim); }))
      continue;
    if (!isStatic(group, shape))
      return failure();
    int64_t extent = 1;
    for (int64_t dim : group)
      extent *= shape[dim];
    newAxes.push_back(narrow);
    newExtents.push_back(extent);
  }
  return build(newAxes, newExtents, [&](ArrayRef<int64_t> index) {
    return at([&](int64_t dim) {
      for (auto [i, narrow] : llvm::enumerate(newAxes)) {
        ArrayRef<int64_t> group = groups[narrow];
        if (!llvm::is_contained(group, dim))
          continue;
        int64_t position = index[i];
        for (int64_t inner : llvm::reverse(group)) {
          if (inner == dim)
            return position % shape[dim];
          position /= shape[inner];
        }
      }
      llvm_unreachable("every axis is in a group");
    });
  });
}

ScaleLayout ScaleLayout::slice(int64_t dim, int64_t offset, int64_t size,
                               int64_t stride) const {
  std::optional<unsigned> axis = getAxis(dim);
  if (!axis)
    return *this;
  SmallVector<int64_t> newExtents = extents;
  newExtents[*axis] = size;
  return build(axes, newExtents, [&](ArrayRef<int64_t> index) {
    return at([&](int64_t d) {
      unsigned a = *getAxis(d);
      return a == *axis ? offset + index[a] * stride : index[a];
    });
  });
}

ScaleLayout ScaleLayout::embed(int64_t dim, int64_t offset, int64_t size,
                               int64_t stride, int64_t extent,
                               ScaleChannel outside) const {
  SmallVector<int64_t> newAxes = axes, newExtents = extents;
  auto *it = llvm::lower_bound(newAxes, dim);
  unsigned axis = it - newAxes.begin();
  if (it == newAxes.end() || *it != dim) {
    newAxes.insert(it, dim);
    newExtents.insert(newExtents.begin() + axis, extent);
  }
  newExtents[axis] = extent;
  return build(newAxes, newExtents, [&](ArrayRef<int64_t> index) {
    int64_t distance = index[axis] - offset;
    if (distance < 0 || distance % stride != 0 || distance / stride >= size)
      return outside;
    return at([&](int64_t d) {
      return d == dim ? distance / stride
                      : index[llvm::find(newAxes, d) - newAxes.begin()];
    });
  });
}

ScaleLayout ScaleLayout::combine(const ScaleLayout &other,
                                 ScaleTies &ties) const {
  SmallVector<int64_t> newAxes(axes);
  llvm::append_range(newAxes, other.axes);
  llvm::sort(newAxes);
  newAxes.erase(llvm::unique(newAxes), newAxes.end());
  SmallVector<int64_t> newExtents;
  for (int64_t dim : newAxes)
    newExtents.push_back(getAxis(dim) ? extents[*getAxis(dim)]
                                      : other.extents[*other.getAxis(dim)]);
  return build(newAxes, newExtents, [&](ArrayRef<int64_t> index) {
    auto position = [&](int64_t dim) {
      return index[llvm::find(newAxes, dim) - newAxes.begin()];
    };
    ScaleChannel a = at(position), b = other.at(position);
    if (a == anyChannel)
      return b;
    if (b != anyChannel && a != b)
      ties.emplace_back(a, b);
    return a;
  });
}
