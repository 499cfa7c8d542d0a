//===- ScaleLayout.h - which scale multiplies each element ------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_INTERFACES_SCALELAYOUT_H
#define QUANT_MLIR_INTERFACES_SCALELAYOUT_H

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace mlir::quantmlir {

/// A channel of the scale that migrates. Values are not needed to plan a
/// migration, so a scale is known by its channels' numbers.
using ScaleChannel = int32_t;

/// An element whose scale must be 1.
constexpr ScaleChannel oneChannel = -1;
/// An element that nobody reads, so that any scale is right.
constexpr ScaleChannel anyChannel = -2;

/// Two channels that must have the same scale, or one that must be 1.
using ScaleTie = std::pair<ScaleChannel, ScaleChannel>;
using ScaleTies = SmallVector<ScaleTie>;

/// The partition of a scale's channels into classes of equal scales. One class
/// may be pinned to 1.
class ChannelClasses {
public:
  explicit ChannelClasses(int64_t channels = 0);

  int64_t getNumChannels() const { return parents.size() - 1; }
  /// The class's representative, or `oneChannel`.
  ScaleChannel find(ScaleChannel channel) const;
  void tie(ScaleChannel a, ScaleChannel b);
  void tie(ArrayRef<ScaleTie> ties);
  /// Classes that are not pinned to 1.
  int64_t getNumFree() const { return numFree; }
  /// True if every channel is free to have a scale of its own.
  bool isDiscrete() const { return numFree == getNumChannels(); }

private:
  /// The last node is the constant 1. Paths are halved on lookup.
  mutable std::vector<ScaleChannel> parents;
  int64_t numFree;
};

/// The channel of each element of a tensor: it varies along `axes` (strictly
/// increasing dimensions of the tensor) and is constant along the others.
///
/// Every rule of the migration algebra is a change of indices here: what a
/// transpose, a reshape, a slice or a broadcast does to a tensor's elements it
/// does to their channels.
class ScaleLayout {
public:
  ScaleLayout(ArrayRef<int64_t> axes, ArrayRef<int64_t> extents,
              std::vector<ScaleChannel> channels);

  /// Channels 0, 1, … in row-major order along `axes`.
  static ScaleLayout getIdentity(ArrayRef<int64_t> axes,
                                 ArrayRef<int64_t> extents);
  /// One channel for all elements.
  static ScaleLayout getUniform(ScaleChannel channel);

  ArrayRef<int64_t> getAxes() const { return axes; }
  ArrayRef<int64_t> getExtents() const { return extents; }
  ArrayRef<ScaleChannel> getChannels() const { return channels; }
  /// The position in `axes` of dimension `dim`.
  std::optional<unsigned> getAxis(int64_t dim) const;
  /// The number of entries between neighbours along each axis.
  SmallVector<int64_t> getStrides() const;
  /// True if no element asks for a scale other than 1.
  bool isTrivial() const;
  bool operator==(const ScaleLayout &other) const;

  /// Replaces channels by their representatives and drops the axes along which
  /// the channel does not vary.
  ScaleLayout canonicalize(const ChannelClasses &classes) const;

  /// Gives dimension `dims[i]` to axis i. Along an axis without a new dimension
  /// the elements become one, so their channels are tied.
  ScaleLayout rename(ArrayRef<std::optional<int64_t>> dims,
                     ScaleTies &ties) const;

  /// The layout of a reshape's source of higher rank: dimension i of this
  /// layout's tensor is split into `groups[i]` of `shape`. Fails on a dynamic
  /// size in a scaled group.
  FailureOr<ScaleLayout> split(ArrayRef<SmallVector<int64_t, 2>> groups,
                               ArrayRef<int64_t> shape) const;

  /// The inverse of `split`: `shape` is the shape of this layout's tensor,
  /// whose dimensions `groups[i]` merge into dimension i.
  FailureOr<ScaleLayout> merge(ArrayRef<SmallVector<int64_t, 2>> groups,
                               ArrayRef<int64_t> shape) const;

  /// The `size` elements from `offset` on along `dim`, `stride` apart.
  ScaleLayout slice(int64_t dim, int64_t offset, int64_t size,
                    int64_t stride) const;

  /// The inverse of `slice`: along `dim`, of size `extent`, the elements that
  /// the slice does not hold get `outside`. `size` is the slice's size.
  ScaleLayout embed(int64_t dim, int64_t offset, int64_t size, int64_t stride,
                    int64_t extent, ScaleChannel outside) const;

  /// Element by element what both ask for; where they differ, a tie.
  ScaleLayout combine(const ScaleLayout &other, ScaleTies &ties) const;

private:
  /// The layout over `newAxes` whose entry at an index is what `channelAt`
  /// says.
  static ScaleLayout
  build(ArrayRef<int64_t> newAxes, ArrayRef<int64_t> newExtents,
        function_ref<ScaleChannel(ArrayRef<int64_t>)> channelAt);
  /// The entry at `index`, a full index of the tensor.
  ScaleChannel at(function_ref<int64_t(int64_t dim)> index) const;

  SmallVector<int64_t> axes, extents;
  /// Row-major along `axes`.
  std::vector<ScaleChannel> channels;
};

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_INTERFACES_SCALELAYOUT_H
