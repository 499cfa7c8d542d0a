//===- InputTiles.h - activations beside packed weights ---------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A row of a tile of x in shared memory is the columns of one of the warps
// along k: 8 chunks of bytes, 16 of 16-bit floats. Chunk c of row r lies at
// chunk c xor (r mod 8), so that eight consecutive rows of one column of chunks
// touch all 32 banks once.
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_INPUTTILES_H
#define QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_INPUTTILES_H

#include "PackedWeights.h"

namespace mlir::quantmlir {

/// Where in a tile of rows of `rowBytes`, in bytes, a lane's row of the four
/// matrices begins that make the A fragment of rows [0, 16) at step 0 of k.
/// Step s is an exor with 32 * (s mod 4), and 128 * (s / 4) further.
Value getInputLaneOffset(KernelBuilder &b, int64_t rowBytes, Value lane);

/// x, and the block's first row of it.
struct InputRows {
  Value pointer;
  Value m, pitch, firstRow;
  int64_t copyBytes;
};

/// x, which is copied to the beginning of a stage of `shared`, bytes. Rows
/// beyond its end are its last one again, or zeros in tiles of few rows.
TileOperand getInputOperand(KernelBuilder &b, const InputRows &x,
                            const PackedWeight &weight,
                            const TileCopier &copier, Value shared);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_INPUTTILES_H
