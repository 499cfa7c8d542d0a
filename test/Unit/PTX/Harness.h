//===- Harness.h - running PTX text in tests --------------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTMLIR_TEST_UNIT_PTX_HARNESS_H
#define QUANTMLIR_TEST_UNIT_PTX_HARNESS_H

#include "quant-mlir/PTX/Emulator.h"

#include "gtest/gtest.h"

#include <cstring>

namespace quantmlir::ptx::test {

/// One kernel with its arguments. Buffers hold their content until the launch
/// and the kernel's results after it.
class Launch {
public:
  /// A module, to which the header is added if it has none, and one of its
  /// entries, the first if no name is given.
  explicit Launch(const std::string &text, std::string entry = "") {
    std::string whole = text;
    if (text.find(".version") == std::string::npos)
      whole = std::string(".version 8.8\n.target ") +
              // No later chip has wgmma.
              (text.find("wgmma") == std::string::npos ? "sm_100a" : "sm_90a") +
              "\n.address_size 64\n" + text;
    llvm::Expected<std::unique_ptr<Module>> module = parseModule(whole);
    if (!module) {
      error = llvm::toString(module.takeError());
      return;
    }
    for (const Function &function : (*module)->functions)
      if (function.entry && entry.empty())
        entry = function.name;
    auto loaded = Program::load(std::move(*module), memory);
    if (!loaded) {
      error = llvm::toString(loaded.takeError());
      return;
    }
    program = std::move(*loaded);
    auto decoded = program->kernel(entry);
    if (!decoded) {
      error = llvm::toString(decoded.takeError());
      return;
    }
    kernel = std::move(*decoded);
  }

  template <typename T>
  Launch &buffer(const std::vector<T> &content) {
    uint64_t bytes = content.size() * sizeof(T);
    uint64_t address = memory.allocate(bytes, "buffer");
    cantFail(memory.copyToDevice(address, content.data(), bytes));
    return addBuffer(address);
  }
  /// A buffer that is no parameter; its address.
  template <typename T>
  uint64_t allocate(const std::vector<T> &content) {
    uint64_t bytes = content.size() * sizeof(T);
    extra.push_back(memory.allocate(bytes, "tensor"));
    cantFail(memory.copyToDevice(extra.back(), content.data(), bytes));
    return extra.back();
  }
  /// A buffer that nobody has written.
  Launch &output(uint64_t bytes) {
    return addBuffer(memory.allocate(bytes, "output"));
  }
  template <typename T>
  Launch &scalar(T value) {
    size_t offset =
        (options.parameters.size() + sizeof(T) - 1) / sizeof(T) * sizeof(T);
    options.parameters.resize(offset + sizeof(T));
    std::memcpy(options.parameters.data() + offset, &value, sizeof(T));
    return *this;
  }
  Launch &grid(unsigned x, unsigned y = 1, unsigned z = 1) {
    unsigned values[] = {x, y, z};
    std::copy(values, values + 3, options.grid);
    return *this;
  }
  Launch &block(unsigned x, unsigned y = 1, unsigned z = 1) {
    unsigned values[] = {x, y, z};
    std::copy(values, values + 3, options.block);
    return *this;
  }
  Launch &shared(uint64_t bytes) {
    options.dynamicShared = bytes;
    return *this;
  }

  /// Runs; returns the findings, one to a line, or the error.
  std::string launch() {
    if (!error.empty())
      return error;
    llvm::Expected<LaunchResult> launched =
        ptx::launch(*program, *kernel, options);
    if (!launched)
      return error = llvm::toString(launched.takeError());
    result = std::move(*launched);
    std::string text;
    for (const Finding &finding : result.findings)
      text += finding.str() + "\n";
    for (const std::string &damage : memory.damagedGuards())
      text += damage + "\n";
    return text;
  }

  template <typename T>
  std::vector<T> read(unsigned index, size_t count) {
    return readAt<T>(buffers[index], count);
  }

  template <typename T>
  std::vector<T> readAt(uint64_t address, size_t count) {
    std::vector<T> content(count);
    cantFail(memory.copyToHost(content.data(), address, count * sizeof(T)));
    return content;
  }

  std::vector<uint64_t> extra;
  LaunchOptions options;
  LaunchResult result;
  std::string error;

private:
  Launch &addBuffer(uint64_t address) {
    buffers.push_back(address);
    return scalar(address);
  }

  std::unique_ptr<DeviceMemory> memoryOwner = std::make_unique<DeviceMemory>();
  DeviceMemory &memory = *memoryOwner;
  std::unique_ptr<Program> program;
  std::unique_ptr<Kernel> kernel;
  std::vector<uint64_t> buffers;
};

} // namespace quantmlir::ptx::test

#endif // QUANTMLIR_TEST_UNIT_PTX_HARNESS_H
