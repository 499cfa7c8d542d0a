//===- OutputFiles.cpp - files that appear together -----------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OutputFiles.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Path.h"

using namespace llvm;

namespace quantmlir::ptx {

OutputFiles::~OutputFiles() {
  for (Pending &one : pending)
    consumeError(one.file.discard());
}

static Error fail(StringRef path, const std::error_code &error) {
  return createStringError(error, path + ": " + error.message());
}

static Error writeTo(int descriptor, bool close, StringRef path,
                     function_ref<void(raw_ostream &)> write) {
  raw_fd_ostream out(descriptor, close);
  write(out);
  out.flush();
  if (!out.has_error())
    return Error::success();
  std::error_code error = out.error();
  out.clear_error();
  return fail(path, error);
}

/// The file itself, not a link to it; one that is not there yet, in its folder.
static SmallString<128> resolve(StringRef path) {
  SmallString<128> place;
  if (!sys::fs::real_path(path, place))
    return place;
  StringRef folder = sys::path::parent_path(path);
  if (sys::fs::real_path(folder.empty() ? "." : folder, place))
    return path;
  sys::path::append(place, sys::path::filename(path));
  return place;
}

Error OutputFiles::checkDistinct(ArrayRef<StringRef> paths,
                                 ArrayRef<StringRef> inputs) {
  StringSet<> seen, read;
  for (StringRef path : inputs)
    read.insert(resolve(path));
  for (StringRef path : paths) {
    SmallString<128> place = resolve(path);
    if (sys::fs::exists(place) && !sys::fs::is_regular_file(place))
      continue;
    if (!seen.insert(place).second)
      return createStringError(inconvertibleErrorCode(),
                               path + ": two results would be written there; "
                                      "give each a file of its own");
    if (read.contains(place))
      return createStringError(
          inconvertibleErrorCode(),
          path + ": a result would overwrite this input; give it a file of its "
                 "own, or one inout: argument in place of both");
  }
  return Error::success();
}

Error OutputFiles::add(StringRef path,
                       function_ref<void(raw_ostream &)> write) {
  // A link stays a link, and a device has nothing to lose.
  SmallString<128> place = resolve(path);
  if (sys::fs::exists(place) && !sys::fs::is_regular_file(place)) {
    int descriptor;
    if (std::error_code error = sys::fs::openFileForWrite(
            place, descriptor, sys::fs::CD_OpenExisting))
      return fail(path, error);
    return writeTo(descriptor, /*close=*/true, path, write);
  }
  Expected<sys::fs::TempFile> file =
      sys::fs::TempFile::create(place + ".%%%%%%.tmp");
  if (!file)
    return fail(path, errorToErrorCode(file.takeError()));
  Error error = writeTo(file->FD, /*close=*/false, path, write);
  pending.push_back({place.str().str(), std::move(*file)});
  return error;
}

Error OutputFiles::keep() {
  for (Pending &one : pending)
    if (Error error = one.file.keep(one.path))
      return fail(one.path, errorToErrorCode(std::move(error)));
  pending.clear();
  return Error::success();
}

} // namespace quantmlir::ptx
