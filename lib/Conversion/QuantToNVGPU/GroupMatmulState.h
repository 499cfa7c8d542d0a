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
/// words of codes.
struct GroupMatmulState {
  SmallVector<CFragment> sums;
  SmallVector<AFragment> as;
  SmallVector<Value> words;
  /// As in Stages, of the tile to be multiplied next.
  Value stage, filled;

  SmallVector<Value> flatten() const {
    SmallVector<Value> values;
    for (const CFragment &sum : sums)
      llvm::append_range(values, sum);
    for (const AFragment &a : as)
      llvm::append_range(values, a);
    llvm::append_range(values, words);
    values.append({stage, filled});
    return values;
  }
  GroupMatmulState unflatten(ValueRange values) const {
    GroupMatmulState state = *this;
    auto take = [&](auto &values4) {
      for (auto &value4 : values4)
        for (Value &value : value4) {
          value = values.front();
          values = values.drop_front();
        }
    };
    take(state.sums);
    take(state.as);
    llvm::copy(values.drop_back(2), state.words.begin());
    state.stage = values[values.size() - 2];
    state.filled = values.back();
    return state;
  }
};

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_GROUPMATMULSTATE_H
