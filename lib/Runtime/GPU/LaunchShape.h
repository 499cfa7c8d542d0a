//===- LaunchShape.h - which launches are recorded together -----*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_RUNTIME_GPU_LAUNCHSHAPE_H
#define QUANT_MLIR_LIB_RUNTIME_GPU_LAUNCHSHAPE_H

#include "llvm/Support/JSON.h"

#include <array>
#include <string>
#include <tuple>

namespace mlir::quantmlir {

/// The kernel of a launch, its blocks and their threads.
struct LaunchShape {
  std::string kernel;
  std::array<uint32_t, 3> grid, block;

  LaunchShape(std::string kernel, const uint32_t (&grid)[3],
              const uint32_t (&block)[3])
      : kernel(std::move(kernel)), grid{grid[0], grid[1], grid[2]},
        block{block[0], block[1], block[2]} {}

  bool operator<(const LaunchShape &other) const {
    return std::tie(kernel, grid, block) <
           std::tie(other.kernel, other.grid, other.block);
  }

  llvm::json::Object toJSON(int64_t launches) const {
    return llvm::json::Object{{"kernel", kernel},
                              {"grid", llvm::json::Array(grid)},
                              {"block", llvm::json::Array(block)},
                              {"launches", launches}};
  }
};

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_RUNTIME_GPU_LAUNCHSHAPE_H
