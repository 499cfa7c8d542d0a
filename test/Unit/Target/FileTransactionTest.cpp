//===- FileTransactionTest.cpp - files that appear together ---------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Target/FileTransaction.h"
#include "quant-mlir/Target/Tensor.h"

#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace mlir::quantmlir;

namespace {

class FileTransactionTest : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(sys::fs::createUniqueDirectory("FileTransactionTest", root));
  }
  void TearDown() override { ASSERT_FALSE(sys::fs::remove_directories(root)); }

  std::string at(StringRef name) const {
    SmallString<128> path(root);
    sys::path::append(path, name);
    return path.str().str();
  }
  std::string read(StringRef name) const {
    auto buffer = MemoryBuffer::getFile(at(name));
    return buffer ? (*buffer)->getBuffer().str() : "none";
  }
  Error write(StringRef name, StringRef text) const {
    return writeFileAtomically(at(name), [&](raw_ostream &os) {
      os << text;
      return Error::success();
    });
  }
  /// What a program that wants a name for its output leaves, for `path`.
  Error addTo(FileTransaction &files, StringRef path) const {
    auto file = sys::fs::TempFile::create(at("made.%%%%%%%%.tmp"));
    return file ? files.add(path, std::move(*file)) : file.takeError();
  }
  /// Names of what the folder has.
  std::vector<std::string> list() const {
    std::vector<std::string> names;
    std::error_code code;
    for (sys::fs::directory_iterator it(root, code), end; it != end && !code;
         it.increment(code))
      names.push_back(sys::path::filename(it->path()).str());
    llvm::sort(names);
    return names;
  }

  SmallString<128> root;
};

using Names = std::vector<std::string>;

TEST_F(FileTransactionTest, AppearsOnCommit) {
  FileTransaction files;
  ASSERT_FALSE(errorToBool(write("a", "first")));
  ASSERT_FALSE(errorToBool(write("a", "second")));
  EXPECT_EQ(read("a"), "none");
  ASSERT_FALSE(errorToBool(files.commit()));
  EXPECT_EQ(list(), Names{"a"});
  EXPECT_EQ(read("a"), "second");
}

TEST_F(FileTransactionTest, CommitsInTheOrderOfAdding) {
  {
    FileTransaction files;
    ASSERT_FALSE(errorToBool(write("c", "")));
    ASSERT_FALSE(errorToBool(write("b", "early")));
    ASSERT_FALSE(errorToBool(addTo(files, at("none/x"))));
    ASSERT_FALSE(errorToBool(write("a", "")));
    // Adding it again makes it the last one.
    ASSERT_FALSE(errorToBool(write("b", "late")));
    EXPECT_TRUE(errorToBool(files.commit()));
  }
  EXPECT_EQ(list(), Names{"c"});
}

TEST_F(FileTransactionTest, ChangesNothingWhereANameIsAFolders) {
  ASSERT_FALSE(errorToBool(write("a", "old")));
  ASSERT_FALSE(sys::fs::create_directory(at("b")));
  {
    FileTransaction files;
    ASSERT_FALSE(errorToBool(write("a", "new")));
    ASSERT_FALSE(errorToBool(addTo(files, at("b"))));
    EXPECT_TRUE(errorToBool(files.commit()));
  }
  EXPECT_EQ(list(), (Names{"a", "b"}));
  EXPECT_EQ(read("a"), "old");
}

TEST_F(FileTransactionTest, LeavesNoNewFolder) {
  ASSERT_FALSE(sys::fs::create_directory(at("a")));
  {
    FileTransaction files;
    ASSERT_FALSE(errorToBool(files.makeFolder(at("a/b/c"))));
    ASSERT_FALSE(errorToBool(write("a/b/c/d", "")));
  }
  EXPECT_TRUE(sys::fs::exists(at("a")));
  EXPECT_FALSE(sys::fs::exists(at("a/b")));
}

TEST_F(FileTransactionTest, KeepsTheFoldersOfItsFiles) {
  {
    FileTransaction files;
    ASSERT_FALSE(errorToBool(files.makeFolder(at("a/b"))));
    ASSERT_FALSE(errorToBool(write("a/b/c", "text")));
    ASSERT_FALSE(errorToBool(files.commit()));
  }
  EXPECT_EQ(read("a/b/c"), "text");
}

TEST_F(FileTransactionTest, MakesNoFolderBelowAFile) {
  ASSERT_FALSE(errorToBool(write("a", "")));
  FileTransaction files;
  EXPECT_TRUE(errorToBool(files.makeFolder(at("a/b"))));
}

} // namespace
