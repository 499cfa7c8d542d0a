//===- SafetensorsTest.cpp - reading and writing safetensors --------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Target/Safetensors.h"

#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace mlir::quantmlir;

namespace {
class SafetensorsTest : public ::testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(sys::fs::createUniqueDirectory("safetensors", directory));
    path = (directory + "/t.safetensors").str();
  }
  void TearDown() override { (void)sys::fs::remove_directories(directory); }

  /// Writes a file of this header and these data bytes, read back.
  Expected<std::shared_ptr<const SafetensorsFile>> read(StringRef header,
                                                        StringRef data) {
    char length[8];
    support::endian::write64le(length, header.size());
    return readBytes((StringRef(length, 8) + header + data).str());
  }
  Expected<std::shared_ptr<const SafetensorsFile>> readBytes(StringRef bytes) {
    cantFail(writeFileAtomically(path, [&](raw_ostream &os) {
      os << bytes;
      return Error::success();
    }));
    return SafetensorsFile::open(path);
  }
  /// The message of the error that reading gives, without the path.
  std::string message(StringRef header, StringRef data) {
    return strip(read(header, data));
  }
  std::string strip(Expected<std::shared_ptr<const SafetensorsFile>> file) {
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

TensorSpec makeSpec(StringRef name, DType dtype, ArrayRef<int64_t> shape) {
  TensorSpec spec;
  spec.name = name.str();
  spec.dtype = dtype;
  spec.shape.assign(shape.begin(), shape.end());
  return spec;
}

TEST_F(SafetensorsTest, RoundTrip) {
  float floats[] = {1.5f, -2, 0, 4, 5, 6};
  int8_t codes[] = {1, -1, 127};
  int64_t ids[] = {-7};
  auto bytes = [](auto &array) {
    return ArrayRef<char>(reinterpret_cast<const char *>(array), sizeof(array));
  };
  SafetensorsWriter writer;
  writer.add(makeSpec("codes", DType::I8, {3}), bytes(codes));
  writer.add(makeSpec("a \"quoted\" näme", DType::F32, {2, 3}), bytes(floats));
  writer.add(makeSpec("empty", DType::BF16, {0, 4}), ArrayRef<char>());
  writer.add(makeSpec("ids", DType::I64, {}), bytes(ids));
  writer.setMetadata("format", "pt");
  ASSERT_EQ(toString(writer.write(path)), "");

  auto file = SafetensorsFile::open(path);
  ASSERT_EQ(toString(file.takeError()), "");
  EXPECT_EQ((*file)->getTensors().size(), 4u);
  EXPECT_EQ((*file)->getMetadata().at("format"), "pt");
  const StoredTensor *stored = (*file)->lookup("a \"quoted\" näme");
  ASSERT_TRUE(stored);
  EXPECT_EQ(describe(*stored), "F32 [2, 3]");
  EXPECT_EQ(stored->data, bytes(floats));
  EXPECT_EQ((*file)->lookup("codes")->data, bytes(codes));
  EXPECT_EQ((*file)->lookup("ids")->data, bytes(ids));
  EXPECT_TRUE((*file)->lookup("ids")->shape.empty());
  EXPECT_EQ((*file)->lookup("empty")->data.size(), 0u);
  EXPECT_EQ((*file)->lookup("nothing"), nullptr);
}

TEST_F(SafetensorsTest, DataIsAligned) {
  std::vector<TensorSpec> specs = {
      makeSpec("a", DType::I8, {3}), makeSpec("b", DType::F32, {5}),
      makeSpec("c", DType::F64, {1}), makeSpec("d", DType::F16, {7})};
  auto layout = SafetensorsLayout::create(specs, {});
  ASSERT_EQ(toString(layout.takeError()), "");
  EXPECT_EQ(layout->header.size() % 64, 0u);
  for (auto [spec, offset] : llvm::zip(specs, layout->offsets))
    EXPECT_EQ(offset % getDTypeBytes(spec.dtype), 0u) << spec.name;
  EXPECT_EQ(layout->fileBytes, layout->header.size() + 3 + 20 + 8 + 14);
}

TEST_F(SafetensorsTest, WriterChecks) {
  SafetensorsWriter twice;
  twice.add(makeSpec("x", DType::I8, {0}), ArrayRef<char>());
  twice.add(makeSpec("x", DType::I8, {0}), ArrayRef<char>());
  EXPECT_EQ(toString(twice.write(path)),
            "'" + path + "': two tensors are named 'x'");

  SafetensorsWriter tooShort;
  tooShort.add(makeSpec("x", DType::F32, {2}), ArrayRef<char>("abc", 3));
  EXPECT_EQ(toString(tooShort.write(path)),
            "'" + path + "': tensor 'x' of F32 [2] was given 3 bytes");
  // A failed write leaves nothing, not even its temporary file.
  std::error_code code;
  sys::fs::directory_iterator entry(directory, code), end;
  EXPECT_TRUE(entry == end);
}

TEST_F(SafetensorsTest, FailedWriteKeepsTheOldFile) {
  SafetensorsWriter good;
  good.add(makeSpec("x", DType::I8, {1}), ArrayRef<char>("a", 1));
  ASSERT_EQ(toString(good.write(path)), "");
  SafetensorsWriter bad;
  bad.add(makeSpec("x", DType::I8, {1}), [](raw_ostream &os) {
    os << 'b';
    return createStringError("no data");
  });
  EXPECT_EQ(toString(bad.write(path)), "no data");
  auto file = SafetensorsFile::open(path);
  ASSERT_EQ(toString(file.takeError()), "");
  EXPECT_EQ((*file)->lookup("x")->data.front(), 'a');
}

TEST_F(SafetensorsTest, Truncation) {
  StringRef header =
      R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
  EXPECT_EQ(message(header, "12345678"), "no error");
  EXPECT_EQ(message(header, "1234567"),
            "truncated: tensor 'x' ends at byte 70 of a file of 69 bytes; copy "
            "the file again");
  EXPECT_EQ(strip(readBytes(StringRef("\x40\0\0\0\0\0\0\0{}", 10))),
            "truncated: the header has 64 bytes but the file has 10; copy the "
            "file again");
  EXPECT_EQ(strip(readBytes("abc")),
            "not a safetensors file: no header length at its start");
  EXPECT_EQ(strip(readBytes("version https://git-lfs.github.com/spec/v1")),
            "not a safetensors file: no header length at its start");
}

TEST_F(SafetensorsTest, HeaderChecks) {
  EXPECT_EQ(message("[]", ""), "the header is not a JSON object");
  EXPECT_EQ(message("{]", "").substr(0, 28), "the header is not valid JSON");
  EXPECT_EQ(message(std::string(100000, '['), ""),
            "the header is not that of a safetensors file");
  EXPECT_EQ(message(R"({"x":[]})", ""),
            "tensor 'x' has no dtype in the header");
  EXPECT_EQ(
      message(R"({"x":{"dtype":"F4","shape":[2],"data_offsets":[0,1]}})", "1"),
      "tensor 'x' has dtype 'F4', which is not supported");
  EXPECT_EQ(
      message(R"({"x":{"dtype":"I8","shape":[-2],"data_offsets":[0,1]}})", "1"),
      "tensor 'x' has no valid shape in the header");
  EXPECT_EQ(
      message(R"({"x":{"dtype":"I8","shape":[1],"data_offsets":[1,0]}})", "1"),
      "tensor 'x' has no valid data_offsets in the header");
  EXPECT_EQ(message(R"({"x":{"dtype":"F16","shape":[2],"data_offsets":[0,3]}})",
                    "123"),
            "tensor 'x' of F16 [2] has data_offsets of 3 bytes");
  // 2^32 * 2^32 elements wrap to none.
  EXPECT_EQ(message(R"({"x":{"dtype":"I8","shape":[4294967296,4294967296],)"
                    R"("data_offsets":[0,0]}})",
                    ""),
            "tensor 'x' of I8 [4294967296, 4294967296] has data_offsets of 0 "
            "bytes");
  EXPECT_EQ(message(R"({"__metadata__":{"a":1}})", ""),
            "__metadata__ entry 'a' is not a string");
}

TEST_F(SafetensorsTest, Coverage) {
  EXPECT_EQ(message(R"({"a":{"dtype":"I8","shape":[2],"data_offsets":[0,2]},)"
                    R"("b":{"dtype":"I8","shape":[2],"data_offsets":[1,3]}})",
                    "123"),
            "tensor 'b' overlaps tensor 'a'");
  EXPECT_EQ(
      message(R"({"a":{"dtype":"I8","shape":[1],"data_offsets":[1,2]}})", "12"),
      "1 bytes in front of tensor 'a' belong to no tensor");
  EXPECT_EQ(
      message(R"({"a":{"dtype":"I8","shape":[1],"data_offsets":[0,1]}})", "12"),
      "1 bytes at the end belong to no tensor");
}

TEST_F(SafetensorsTest, MissingFile) {
  auto file = SafetensorsFile::open(path);
  EXPECT_EQ(toString(file.takeError()),
            "'" + path + "': No such file or directory");
}
} // namespace
