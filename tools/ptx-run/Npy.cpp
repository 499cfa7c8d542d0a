//===- Npy.cpp - NumPy's .npy files ---------------------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Npy.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <cstring>

using namespace llvm;

namespace quantmlir::ptx {

static constexpr StringRef magic("\x93NUMPY", 6);

unsigned elementBytes(StringRef type) {
  static const char *const types[] = {"b1", "i1", "u1", "i2", "u2", "f2",
                                      "i4", "u4", "f4", "i8", "u8", "f8"};
  for (StringRef known : types)
    if (type == known)
      return unsigned(known[1] - '0');
  return 0;
}

static Error fail(StringRef path, const Twine &message) {
  return createStringError(inconvertibleErrorCode(), path + ": " + message);
}

// The value after 'key': in the header's Python dictionary.
static StringRef valueOf(StringRef header, StringRef key) {
  size_t at = header.find(("'" + key + "'").str());
  if (at == StringRef::npos)
    return "";
  StringRef rest = header.substr(at + key.size() + 2).ltrim();
  rest.consume_front(":");
  return rest.ltrim();
}

static Error parseHeader(StringRef path, StringRef header, Array &array) {
  StringRef descr = valueOf(header, "descr");
  if (!descr.consume_front("'"))
    return fail(path, "the header has no simple 'descr'");
  descr = descr.take_until([](char c) { return c == '\''; });
  if (descr.starts_with(">"))
    return fail(path, "big-endian arrays are not supported");
  descr = descr.ltrim("<|=");
  if (!elementBytes(descr))
    return fail(path, "element type '" + descr + "' is not supported");
  array.type = descr.str();
  if (!valueOf(header, "fortran_order").starts_with("False"))
    return fail(path, "only arrays in C order are supported");
  StringRef shape = valueOf(header, "shape");
  if (!shape.consume_front("("))
    return fail(path, "the header has no 'shape'");
  shape = shape.take_until([](char c) { return c == ')'; });
  SmallVector<StringRef> parts;
  shape.split(parts, ',', -1, false);
  for (StringRef part : parts) {
    uint64_t extent;
    if (part.trim().empty())
      continue;
    if (part.trim().getAsInteger(10, extent))
      return fail(path, "the shape is malformed");
    array.shape.push_back(extent);
  }
  return Error::success();
}

Expected<Array> readNpy(StringRef path) {
  ErrorOr<std::unique_ptr<MemoryBuffer>> file =
      MemoryBuffer::getFile(path, false, false);
  if (!file)
    return fail(path, file.getError().message());
  StringRef text = (*file)->getBuffer();
  if (!text.starts_with(magic) || text.size() < 12)
    return fail(path, "not a .npy file");
  unsigned version = uint8_t(text[6]);
  uint32_t length = 0;
  size_t begin = version == 1 ? 10 : 12;
  std::memcpy(&length, text.data() + 8, version == 1 ? 2 : 4);
  if (version < 1 || version > 3 || length > text.size() - begin)
    return fail(path, "the header is damaged");
  Array array;
  if (Error error = parseHeader(path, text.substr(begin, length), array))
    return std::move(error);
  uint64_t bytes = elementBytes(array.type);
  for (uint64_t extent : array.shape) {
    if (extent && bytes > (uint64_t(1) << 48) / extent)
      return fail(path, "the array is too large");
    bytes *= extent;
  }
  StringRef data = text.substr(begin + length);
  if (data.size() != bytes)
    return fail(path, "the shape needs " + Twine(bytes) +
                          " bytes of data, the file has " + Twine(data.size()));
  array.data.assign(data.bytes_begin(), data.bytes_end());
  return array;
}

void writeNpy(raw_ostream &out, const Array &array) {
  std::string header = "{'descr': '";
  header += elementBytes(array.type) == 1 ? "|" : "<";
  header += array.type + "', 'fortran_order': False, 'shape': (";
  for (uint64_t extent : array.shape)
    header += std::to_string(extent) + ", ";
  header += "), }";
  // The data begins at a multiple of 64 bytes.
  while ((10 + header.size() + 1) % 64)
    header += ' ';
  header += '\n';
  auto length = uint16_t(header.size());
  out << magic << '\x01' << '\0' << char(length & 0xff) << char(length >> 8)
      << header;
  out.write(reinterpret_cast<const char *>(array.data.data()),
            array.data.size());
}

} // namespace quantmlir::ptx
