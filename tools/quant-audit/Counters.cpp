//===- Counters.cpp - what the emulator counted ---------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Counters.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace mlir::quantmlir;

static constexpr int64_t sectorBytes = 32;

namespace {
/// Numbers of an object; what is missing makes it no record.
class Reader {
public:
  explicit Reader(const json::Object *object) : object(object) {}

  int64_t get(StringRef key) {
    std::optional<int64_t> number =
        object ? object->getInteger(key) : std::nullopt;
    isComplete &= number.has_value();
    return number.value_or(0);
  }
  Reader getObject(StringRef key) const {
    return Reader(object ? object->getObject(key) : nullptr);
  }
  /// The requests of one of the opcodes: "cp." of "cp.shared", cp.async.
  template <typename Function>
  void forEachLine(ArrayRef<StringRef> opcodes, Function visit) {
    const json::Array *lines = object ? object->getArray("lines") : nullptr;
    isComplete &= lines != nullptr;
    for (const json::Value &line : lines ? *lines : json::Array()) {
      Reader reader(line.getAsObject());
      StringRef name = reader.getName("instruction");
      if (any_of(opcodes,
                 [&](StringRef code) { return name.starts_with(code); }))
        visit(reader);
      isComplete &= reader.isComplete;
    }
  }
  StringRef getName(StringRef key) {
    std::optional<StringRef> name =
        object ? object->getString(key) : std::nullopt;
    isComplete &= name.has_value();
    return name.value_or("");
  }

  bool isComplete = true;

private:
  const json::Object *object;
};
} // namespace

/// False if the value is no record of a kernel's launches.
static bool add(const json::Value &value, CounterTable &table) {
  const json::Object *object = value.getAsObject();
  const json::Array *grid = object ? object->getArray("grid") : nullptr;
  if (!grid || grid->size() != 3)
    return false;
  Reader record(object);
  KernelCounters &sum = table[record.getName("kernel").str()];
  int64_t launches = record.get("launches");
  sum.launches += launches;
  sum.grids[{(*grid)[0].getAsInteger().value_or(0),
             (*grid)[1].getAsInteger().value_or(0)}] += launches;

  Reader shared = record.getObject("shared");
  sum.sharedCycles += shared.get("cycles");
  sum.conflictCycles += shared.get("conflict_cycles");
  shared.forEachLine({"ldmatrix", "cp."}, [&](Reader &line) {
    sum.copyConflictCycles += line.get("cycles") - line.get("ideal");
  });
  Reader global = record.getObject("global");
  global.forEachLine({"cp."}, [&](Reader &line) {
    sum.copyRequests += line.get("requests");
    sum.copySectors += line.get("sectors");
    sum.copyIdealSectors += line.get("ideal");
  });
  Reader bulk = record.getObject("bulk");
  sum.movedBytes += global.get("sectors") * sectorBytes + bulk.get("bytes");
  return record.isComplete && shared.isComplete && global.isComplete &&
         bulk.isComplete;
}

/// Reads a file, which may be empty of counters if it is one of several.
static Error readFile(StringRef path, bool mayBeEmpty, CounterTable &table) {
  ErrorOr<std::unique_ptr<MemoryBuffer>> file = MemoryBuffer::getFile(path);
  if (!file)
    return createStringError("cannot read '" + path +
                             "': " + file.getError().message());
  auto fail = [&](const Twine &reason) {
    return createStringError("'" + path + "': " + reason +
                             "; expected what quant-run --device=ptx "
                             "--counters or ptx-run --counters wrote");
  };
  Expected<json::Value> value = json::parse((*file)->getBuffer());
  if (!value)
    return fail(toString(value.takeError()));
  if (const json::Array *array = value->getAsArray()) {
    if (array->empty() && !mayBeEmpty)
      return fail("no counters of a kernel");
    for (const json::Value &element : *array)
      if (!add(element, table))
        return fail("no counters of a kernel");
    return Error::success();
  }
  return add(*value, table) ? Error::success()
                            : fail("no counters of a kernel");
}

Error mlir::quantmlir::readCounters(StringRef path, CounterTable &table) {
  if (!sys::fs::is_directory(path))
    return readFile(path, /*mayBeEmpty=*/false, table);
  std::error_code code;
  for (sys::fs::directory_iterator it(path, code), end; it != end && !code;
       it.increment(code))
    if (sys::path::extension(it->path()) == ".json")
      if (Error error = readFile(it->path(), /*mayBeEmpty=*/true, table))
        return error;
  if (code)
    return createStringError("cannot read '" + path + "': " + code.message());
  if (table.empty())
    return createStringError("'" + path + "' has no counters of a kernel");
  return Error::success();
}
