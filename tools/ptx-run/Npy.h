//===- Npy.h - NumPy's .npy files -------------------------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Format:
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
//
//===----------------------------------------------------------------------===//

#ifndef QUANTMLIR_TOOLS_PTXRUN_NPY_H
#define QUANTMLIR_TOOLS_PTXRUN_NPY_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdint>
#include <string>
#include <vector>

namespace quantmlir::ptx {

struct Array {
  /// NumPy's type string without the byte order: f4, i1, u2, ...
  std::string type;
  std::vector<uint64_t> shape;
  std::vector<uint8_t> data;
};

/// Bytes of one element of a NumPy type string, 0 if it is not supported.
unsigned elementBytes(llvm::StringRef type);

/// Reads a little-endian array in C order; a damaged file is an error.
llvm::Expected<Array> readNpy(llvm::StringRef path);

void writeNpy(llvm::raw_ostream &out, const Array &array);

} // namespace quantmlir::ptx

#endif // QUANTMLIR_TOOLS_PTXRUN_NPY_H
