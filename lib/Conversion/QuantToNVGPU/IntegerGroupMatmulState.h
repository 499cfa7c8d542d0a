//===- IntegerGroupMatmulState.h - what its loop carries --------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_INTEGERGROUPMATMULSTATE_H
#define QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_INTEGERGROUPMATMULSTATE_H

#include "IntegerFragments.h"

namespace mlir::quantmlir {

/// A step of 32 columns, and which 16 of the warp's rows.
struct Position {
  int64_t step, row;
};

/// The scales and zero points of a group: one i32 with those of a lane for each
/// block of rows, or none.
struct Parameters {
  SmallVector<Value> scales, zeros;
};

/// What the main loop carries.
struct IntegerGroupMatmulState {
  SmallVector<CFragment> sums;
  /// The fragments of x for the next positions.
  SmallVector<AFragment> as;
  /// Of each block of rows, its words in the first block of columns.
  SmallVector<Value> words;
  /// Those of the first group.
  Parameters parameters;
  /// As in Stages, of the tile to be multiplied next.
  Value stage, filled;

  SmallVector<Value> flatten() const {
    SmallVector<Value> values;
    forEach(*this, [&](Value value) { values.push_back(value); });
    return values;
  }
  IntegerGroupMatmulState unflatten(ValueRange values) const {
    IntegerGroupMatmulState state = *this;
    size_t next = 0;
    forEach(state, [&](Value &value) { value = values[next++]; });
    return state;
  }

private:
  template <typename State, typename Visit>
  static void forEach(State &state, Visit visit) {
    for (auto *fragments : {&state.sums, &state.as})
      for (auto &fragment : *fragments)
        for (auto &value : fragment)
          visit(value);
    for (auto *list :
         {&state.words, &state.parameters.scales, &state.parameters.zeros})
      for (auto &value : *list)
        visit(value);
    visit(state.stage);
    visit(state.filled);
  }
};

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_INTEGERGROUPMATMULSTATE_H
