//===- GroupMatmulState.h - what a group matmul works on --------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_GROUPMATMULSTATE_H
#define QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_GROUPMATMULSTATE_H

#include "HalfFragments.h"

namespace mlir::quantmlir {

/// What the main loop carries: sums, fragments of x, and each row block's four
/// words of codes and zero points of the tile's first group, if there are any.
struct GroupMatmulState {
  SmallVector<CFragment> sums;
  SmallVector<AFragment> as;
  SmallVector<Value> words, zeros;
  /// As in Stages, of the tile to be multiplied next.
  Value stage, filled;

  SmallVector<Value> flatten() const {
    SmallVector<Value> values;
    for (const CFragment &sum : sums)
      llvm::append_range(values, sum);
    for (const AFragment &a : as)
      llvm::append_range(values, a);
    llvm::append_range(values, words);
    llvm::append_range(values, zeros);
    values.append({stage, filled});
    return values;
  }
  GroupMatmulState unflatten(ValueRange values) const {
    GroupMatmulState state = *this;
    auto take = [&](auto &list) {
      for (Value &value : list) {
        value = values.front();
        values = values.drop_front();
      }
    };
    llvm::for_each(state.sums, take);
    llvm::for_each(state.as, take);
    take(state.words);
    take(state.zeros);
    state.stage = values.front();
    state.filled = values.back();
    return state;
  }
};

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_GROUPMATMULSTATE_H
