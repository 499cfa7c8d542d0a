//===- File.h - bytes as a file -------------------------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_TEST_FUZZ_FILE_H
#define QUANT_MLIR_TEST_FUZZ_FILE_H

#include <cstdlib>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

namespace mlir::quantmlir {

/// A file in memory, for readers that map files.
class File {
public:
  File(const uint8_t *data, size_t size)
      : descriptor(memfd_create("input", 0)) {
    if (descriptor < 0 || write(descriptor, data, size) != ssize_t(size))
      std::abort();
  }
  ~File() { close(descriptor); }
  File(const File &) = delete;
  File &operator=(const File &) = delete;

  std::string getPath() const {
    return "/proc/self/fd/" + std::to_string(descriptor);
  }

private:
  int descriptor;
};

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_TEST_FUZZ_FILE_H
