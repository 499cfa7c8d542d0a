//===- Index.h - which kernels a folder has ---------------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_TOOLS_QUANT_AUDIT_INDEX_H
#define QUANT_MLIR_TOOLS_QUANT_AUDIT_INDEX_H

#include "quant-mlir/Conversion/QuantToNVGPU/Chips.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace mlir::quantmlir {

/// A product that the kernel is used for.
struct ShapeUse {
  /// As the index has it: 512x1536x576.
  std::string text;
  /// {M, N, K}, or {M, K} of a quantization; empty if one is dynamic.
  llvm::SmallVector<int64_t> sizes;
  int64_t uses = 0;
  /// MinimumBytes; 0 where the index does not tell.
  int64_t blockBytes = 0, operandBytes = 0;

  size_t countSizes() const { return llvm::StringRef(text).count('x') + 1; }
};

/// Registers that an instruction can name.
constexpr int64_t maxRegisters = 255;

/// How a cubin's kernel is launched.
struct Launch {
  const Chip *chip;
  int64_t threads, sharedBytes;
  /// 0: as the disassembly tells.
  int64_t registers;
  /// The part of the result that a block makes; 0 where it is not known.
  int64_t blockRows = 0, blockColumns = 0;
  /// Blocks that divide K.
  int64_t splits = 1;
  std::vector<ShapeUse> shapes;
  /// The file that tells all this; empty where options do.
  std::string index;
};

/// A row of an index.
struct IndexedKernel {
  std::string name, file;
  Launch launch;
};

/// Reads the index.tsv of a folder that quant-translate wrote. The columns
/// kernel, chip, file, threads, shared_bytes and registers are needed; those of
/// blocks and shapes may be missing. Fails on an index of no kernels.
llvm::Expected<std::vector<IndexedKernel>> readIndex(llvm::StringRef folder);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_TOOLS_QUANT_AUDIT_INDEX_H
