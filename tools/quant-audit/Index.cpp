//===- Index.cpp - which kernels a folder has -----------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Index.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <map>

using namespace llvm;
using namespace mlir::quantmlir;

namespace {
/// A line of a table whose first line has the columns' names.
class Row {
public:
  Row(const std::map<StringRef, unsigned> &columns, StringRef line)
      : columns(columns) {
    line.split(fields, '\t');
  }
  StringRef get(StringRef name) const {
    auto it = columns.find(name);
    return it == columns.end() || it->second >= fields.size()
               ? StringRef()
               : fields[it->second];
  }

private:
  const std::map<StringRef, unsigned> &columns;
  SmallVector<StringRef> fields;
};
} // namespace

/// Parses "512x1536x576*60"; a size may be "?".
static bool parseShape(StringRef part, ShapeUse &use) {
  auto [text, count] = part.split('*');
  use.text = text.str();
  if (count.getAsInteger(10, use.uses) || use.uses < 1)
    return false;
  bool isDynamic = false;
  for (StringRef size : split(text, 'x')) {
    isDynamic |= size == "?";
    if (size != "?" && (size.getAsInteger(10, use.sizes.emplace_back()) ||
                        use.sizes.back() < 0))
      return false;
  }
  // M, N and K, or M and K.
  if (use.countSizes() < 2 || use.countSizes() > 3)
    return false;
  if (isDynamic)
    use.sizes.clear();
  return true;
}

/// The shapes of a kernel, `512x1536x576*60,?x576x576*2`, with the bytes of
/// each, `1769472,-`.
static Error parseShapes(const Row &row, std::vector<ShapeUse> &uses) {
  if (row.get("shapes").empty())
    return Error::success();
  for (StringRef part : split(row.get("shapes"), ','))
    if (!parseShape(part, uses.emplace_back()))
      return createStringError("'" + part +
                               "' is no shape such as 512x1536x576*60");
  auto addBytes = [&](StringRef column, int64_t ShapeUse::*bytes) -> Error {
    StringRef text = row.get(column);
    if (text.empty())
      return Error::success();
    SmallVector<StringRef> parts(split(text, ','));
    bool isRight = parts.size() == uses.size();
    for (auto [use, part] : zip(uses, parts))
      isRight &= part == "-" || !part.getAsInteger(10, use.*bytes);
    if (!isRight)
      return createStringError("'" + text + "' is no " + column + " of " +
                               Twine(uses.size()) + " shape(s)");
    return Error::success();
  };
  if (Error error = addBytes("block_bytes", &ShapeUse::blockBytes))
    return error;
  return addBytes("operand_bytes", &ShapeUse::operandBytes);
}

/// Parses a number of at least `least`, which stays what it is where the column
/// is missing.
static Error parseNumber(const Row &row, StringRef column, int64_t least,
                         int64_t &number) {
  StringRef text = row.get(column);
  if (text.empty() || (!text.getAsInteger(10, number) && number >= least))
    return Error::success();
  return createStringError("'" + text + "' is no " + column);
}

static Expected<IndexedKernel> parseRow(const Row &row, StringRef folder) {
  IndexedKernel kernel;
  Launch &launch = kernel.launch;
  launch.chip = lookupChip(row.get("chip"));
  if (!launch.chip || row.get("threads").getAsInteger(10, launch.threads) ||
      row.get("shared_bytes").getAsInteger(10, launch.sharedBytes) ||
      row.get("registers").getAsInteger(10, launch.registers) ||
      launch.threads < 1 || launch.threads > 1024 || launch.sharedBytes < 0 ||
      launch.registers < 0 || launch.registers > maxRegisters)
    return createStringError(
        "expected chip, threads, shared_bytes and registers");
  kernel.name = row.get("kernel").str();
  SmallString<128> file(folder);
  sys::path::append(file, row.get("file"));
  kernel.file = file.str().str();
  if (Error error = parseNumber(row, "rows_per_block", 0, launch.blockRows))
    return std::move(error);
  if (Error error =
          parseNumber(row, "columns_per_block", 0, launch.blockColumns))
    return std::move(error);
  if (Error error = parseNumber(row, "splits", 1, launch.splits))
    return std::move(error);
  if (Error error = parseShapes(row, launch.shapes))
    return std::move(error);
  return kernel;
}

Expected<std::vector<IndexedKernel>>
mlir::quantmlir::readIndex(StringRef folder) {
  SmallString<128> path(folder);
  sys::path::append(path, "index.tsv");
  ErrorOr<std::unique_ptr<MemoryBuffer>> index = MemoryBuffer::getFile(path);
  if (!index)
    return createStringError(
        "cannot read '" + path + "': " + index.getError().message() +
        "; expected a folder that quant-translate --quant-to-cubin wrote");
  SmallVector<StringRef> lines;
  (*index)->getBuffer().split(lines, '\n', -1, /*KeepEmpty=*/false);
  if (lines.empty())
    return createStringError("'" + path + "' is empty");
  std::map<StringRef, unsigned> columns;
  for (StringRef name : split(lines.front(), '\t'))
    columns.try_emplace(name, columns.size());
  std::vector<IndexedKernel> kernels;
  for (StringRef line : ArrayRef<StringRef>(lines).drop_front()) {
    Expected<IndexedKernel> kernel = parseRow(Row(columns, line), folder);
    if (!kernel)
      return createStringError(
          "'" + path + "': " + toString(kernel.takeError()) + " in '" + line +
          "'; write cubins with quant-translate --quant-to-cubin");
    kernel->launch.index = path.str().str();
    kernels.push_back(std::move(*kernel));
  }
  if (kernels.empty())
    return createStringError("'" + path + "' lists no kernel");
  return kernels;
}
