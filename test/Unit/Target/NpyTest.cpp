//===- NpyTest.cpp - reading and writing .npy files -----------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Target/Npy.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace mlir::quantmlir;

namespace {
class NpyTest : public ::testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(sys::fs::createUniqueDirectory("npy", directory));
    path = (directory + "/a.npy").str();
  }
  void TearDown() override { (void)sys::fs::remove_directories(directory); }

  Expected<std::shared_ptr<const NpyFile>> readBytes(StringRef bytes) {
    cantFail(writeFileAtomically(path, [&](raw_ostream &os) {
      os << bytes;
      return Error::success();
    }));
    return NpyFile::open(path);
  }
  /// A version 1.0 file with this dictionary.
  Expected<std::shared_ptr<const NpyFile>> read(StringRef dict,
                                                StringRef data) {
    char length[2] = {char(dict.size() & 0xff), char(dict.size() >> 8)};
    return readBytes(
        (StringRef("\x93NUMPY\x01\x00", 8) + StringRef(length, 2) + dict + data)
            .str());
  }
  std::string message(Expected<std::shared_ptr<const NpyFile>> file) {
    if (file)
      return "no error";
    std::string text = toString(file.takeError());
    StringRef rest = text;
    EXPECT_TRUE(rest.consume_front("'" + path + "': "));
    return rest.str();
  }

  SmallString<128> directory;
  std::string path;
};

TEST_F(NpyTest, RoundTrip) {
  const SmallVector<int64_t> shapes[] = {{2, 3}, {6}, {2, 0}, {}};
  for (ArrayRef<int64_t> shape : shapes) {
    TensorSpec spec;
    spec.dtype = DType::I16;
    spec.shape.assign(shape.begin(), shape.end());
    std::string data(spec.getBytes(), 'x');
    ASSERT_EQ(toString(writeNpy(path, spec, data)), "");
    auto file = NpyFile::open(path);
    ASSERT_EQ(toString(file.takeError()), "");
    EXPECT_EQ(describe((*file)->getTensor()), describe(spec));
    EXPECT_EQ((*file)->getTensor().data, ArrayRef<char>(data));
    EXPECT_EQ(cantFail(getNpyHeader(spec)).size() % 64, 0u);
  }
}

/// As numpy 2.3 writes numpy.array([[1, 2]], dtype='<f4').
TEST_F(NpyTest, ReadsNumPy) {
  std::string bytes("\x93NUMPY\x01\x00v\x00", 10);
  bytes += "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }";
  bytes.resize(127, ' ');
  bytes += std::string("\n\x00\x00\x80\x3f\x00\x00\x00\x40", 9);
  auto file = readBytes(bytes);
  ASSERT_EQ(toString(file.takeError()), "");
  const StoredTensor &tensor = (*file)->getTensor();
  EXPECT_EQ(describe(tensor), "F32 [1, 2]");
  float values[2];
  std::memcpy(values, tensor.data.data(), sizeof(values));
  EXPECT_EQ(values[0], 1.0f);
  EXPECT_EQ(values[1], 2.0f);
}

TEST_F(NpyTest, Errors) {
  EXPECT_EQ(message(readBytes("PK")),
            "not a .npy file, or truncated in its header");
  EXPECT_EQ(message(readBytes(StringRef("\x93NUMPY\x01\x00\xff\xff{", 11))),
            "not a .npy file, or truncated in its header");
  EXPECT_EQ(message(read("{'descr': [('a', '<f4')]}", "")),
            "the .npy header cannot be read: {'descr': [('a', '<f4')]}");
  EXPECT_EQ(message(read(
                "{'descr': '>f4', 'fortran_order': False, 'shape': ()}", "")),
            "element type '>f4' is not supported; save booleans or "
            "little-endian numbers");
  EXPECT_EQ(
      message(read("{'descr': '<f4', 'fortran_order': True, 'shape': (1, 1)}",
                   "1234")),
      "the array is in Fortran order; save numpy.ascontiguousarray of it");
  EXPECT_EQ(
      message(read("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}",
                   "1234567")),
      "truncated: F32 [2] does not fit into the 7 bytes after the header; copy "
      "the file again");
  TensorSpec bf16;
  bf16.dtype = DType::BF16;
  EXPECT_EQ(toString(writeNpy(path, bf16, StringRef("ab"))),
            "'" + path + "': BF16 has no .npy form; write a safetensors file");
}
} // namespace
