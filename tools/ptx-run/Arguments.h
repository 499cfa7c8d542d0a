//===- Arguments.h - kernel arguments from the command line -----*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTMLIR_TOOLS_PTXRUN_ARGUMENTS_H
#define QUANTMLIR_TOOLS_PTXRUN_ARGUMENTS_H

#include "Npy.h"
#include "OutputFiles.h"

#include "quant-mlir/PTX/Emulator.h"
#include "quant-mlir/PTX/TensorMap.h"

namespace quantmlir::ptx {

/// The arguments of one launch: scalars, and buffers in device memory.
class Arguments {
public:
  explicit Arguments(DeviceMemory &memory) : memory(memory) {}

  /// Adds an argument such as i32:7, in:a.npy, out:c.npy:f32:128,64,
  /// tensormap:64,64:128:in:a.npy, hex:00ff or bytes:structure.bin.
  llvm::Error add(llvm::StringRef text);
  /// Lays the arguments out as the kernel's parameters.
  llvm::Expected<std::vector<uint8_t>> layOut(const Kernel &kernel) const;
  /// The files of the inout and out arrays.
  std::vector<llvm::StringRef> outputs() const;
  /// The files that are only read.
  std::vector<llvm::StringRef> inputs() const;
  /// Descriptions of the results of which something was not written, as far as
  /// the device memory knows.
  std::vector<std::string> unwritten() const;
  /// Adds the inout and out arrays to what is to be written.
  llvm::Error writeResults(OutputFiles &files);

private:
  struct Argument {
    std::string text;
    /// Scalars: their bits. Buffers: the device address.
    uint64_t value = 0;
    uint64_t bytes = 8;
    bool isBuffer = false, isOutput = false, isFloat = false;
    std::string path;
    Array array;
    /// The array's data are there only when it is read or written.
    uint64_t bufferBytes = 0;
    /// The bytes of a structure or tensor map, and the latter's copy in device
    /// memory.
    std::vector<uint8_t> object;
    bool isStructure = false;
    uint64_t objectAddress = 0;
  };

  llvm::Error addScalar(Argument &argument, llvm::StringRef kind,
                        llvm::StringRef value);
  llvm::Error addBuffer(Argument &argument, llvm::StringRef kind,
                        llvm::StringRef rest);
  llvm::Error addStructure(Argument &argument, llvm::StringRef kind,
                           llvm::StringRef rest);
  /// Fills in `map` from the argument's array; `box` and `extents` are in the
  /// order of its shape.
  static llvm::Error describeMap(const Argument &argument,
                                 llvm::StringRef swizzle,
                                 llvm::ArrayRef<uint64_t> box,
                                 llvm::ArrayRef<uint64_t> extents,
                                 TensorMap &map);
  llvm::Error addTensorMap(Argument &argument, llvm::StringRef rest);

  DeviceMemory &memory;
  std::vector<Argument> arguments;
};

} // namespace quantmlir::ptx

#endif // QUANTMLIR_TOOLS_PTXRUN_ARGUMENTS_H
