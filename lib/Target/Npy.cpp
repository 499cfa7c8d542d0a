//===- Npy.cpp - NumPy's array files --------------------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Target/Npy.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace mlir::quantmlir;

static constexpr StringLiteral magic = "\x93NUMPY";
static constexpr uint64_t headerAlignment = 64;

/// NumPy's type codes of the element types that both sides have.
static constexpr std::pair<StringLiteral, DType> typeCodes[] = {
    {"b1", DType::Bool}, {"u1", DType::U8},  {"i1", DType::I8},
    {"u2", DType::U16},  {"i2", DType::I16}, {"f2", DType::F16},
    {"u4", DType::U32},  {"i4", DType::I32}, {"f4", DType::F32},
    {"u8", DType::U64},  {"i8", DType::I64}, {"f8", DType::F64},
};

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

namespace {
/// Reads the header's text, a Python dictionary of three known entries.
class DictReader {
public:
  explicit DictReader(StringRef text) : text(text) {}

  /// False if the text is anything else.
  bool read();

  StringRef descr;
  StringRef fortranOrder;
  SmallVector<int64_t, 4> shape;

private:
  bool consume(StringRef token) {
    text = text.ltrim();
    return text.consume_front(token);
  }
  bool readString(StringRef &result);
  bool readShape();

  StringRef text;
};
} // namespace

bool DictReader::readString(StringRef &result) {
  text = text.ltrim();
  if (text.empty() || (text.front() != '\'' && text.front() != '"'))
    return false;
  size_t end = text.find(text.front(), 1);
  if (end == StringRef::npos)
    return false;
  result = text.slice(1, end);
  text = text.drop_front(end + 1);
  return true;
}

bool DictReader::readShape() {
  if (!consume("("))
    return false;
  while (!consume(")")) {
    int64_t dim;
    text = text.ltrim();
    if (text.consumeInteger(10, dim) || dim < 0)
      return false;
    shape.push_back(dim);
    if (!consume(",") && !text.ltrim().starts_with(")"))
      return false;
  }
  return true;
}

bool DictReader::read() {
  if (!consume("{"))
    return false;
  while (!consume("}")) {
    StringRef key;
    if (!readString(key) || !consume(":"))
      return false;
    if (key == "descr") {
      if (!readString(descr))
        return false;
    } else if (key == "fortran_order") {
      text = text.ltrim();
      fortranOrder = text.take_while(isAlpha);
      text = text.drop_front(fortranOrder.size());
    } else if (key != "shape" || !readShape()) {
      return false;
    }
    if (!consume(",") && !text.ltrim().starts_with("}"))
      return false;
  }
  return !descr.empty() && !fortranOrder.empty();
}

static std::optional<DType> parseTypeCode(StringRef descr) {
  // Single bytes have no order ('|'); '=' would mean the writer's own.
  if (!descr.consume_front("<") && !descr.consume_front("|"))
    return std::nullopt;
  for (auto [code, dtype] : typeCodes)
    if (code == descr)
      return dtype;
  return std::nullopt;
}

/// The header's text and where the elements start.
static std::optional<std::pair<StringRef, uint64_t>>
splitHeader(StringRef bytes) {
  if (!bytes.starts_with(magic) || bytes.size() < magic.size() + 6)
    return std::nullopt;
  unsigned major = static_cast<unsigned char>(bytes[magic.size()]);
  if (major < 1 || major > 3)
    return std::nullopt;
  const char *length = bytes.data() + magic.size() + 2;
  uint64_t start = magic.size() + 2 + (major == 1 ? 2 : 4);
  uint64_t size = major == 1 ? support::endian::read16le(length)
                             : support::endian::read32le(length);
  if (start + size > bytes.size())
    return std::nullopt;
  return std::make_pair(bytes.substr(start, size), start + size);
}

Expected<std::shared_ptr<const NpyFile>> NpyFile::open(StringRef path) {
  ErrorOr<std::unique_ptr<MemoryBuffer>> buffer = MemoryBuffer::getFile(
      path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer)
    return createFileError(path, buffer.getError());
  StringRef bytes = (*buffer)->getBuffer();
  auto error = [&](const Twine &message) {
    return createStringError("'" + path + "': " + message);
  };

  auto header = splitHeader(bytes);
  if (!header)
    return error("not a .npy file, or truncated in its header");
  DictReader dict(header->first);
  if (!dict.read())
    return error("the .npy header cannot be read: " + header->first.rtrim());
  std::optional<DType> dtype = parseTypeCode(dict.descr);
  if (!dtype)
    return error("element type '" + dict.descr +
                 "' is not supported; save booleans or little-endian numbers");
  if (dict.fortranOrder != "False" && dict.shape.size() > 1)
    return error("the array is in Fortran order; save "
                 "numpy.ascontiguousarray of it");

  std::shared_ptr<NpyFile> file(new NpyFile());
  file->tensor.dtype = *dtype;
  file->tensor.shape = dict.shape;
  std::optional<uint64_t> size = checkedBytes(dict.shape, *dtype);
  StringRef data = bytes.drop_front(header->second);
  if (!size || *size > data.size())
    return error("truncated: " + describe(file->tensor) +
                 " does not fit into the " + Twine(data.size()) +
                 " bytes after the header; copy the file again");
  file->tensor.data = ArrayRef<char>(data.data(), *size);
  file->buffer = std::move(*buffer);
  return std::shared_ptr<const NpyFile>(std::move(file));
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

Expected<std::string> mlir::quantmlir::getNpyHeader(const TensorSpec &spec) {
  const auto *code = find_if(
      typeCodes, [&](const auto &entry) { return entry.second == spec.dtype; });
  if (code == std::end(typeCodes))
    return createStringError(getDTypeName(spec.dtype) +
                             " has no .npy form; write a safetensors file");

  std::string dict;
  raw_string_ostream os(dict);
  os << "{'descr': '" << (getDTypeBytes(spec.dtype) == 1 ? '|' : '<')
     << code->first << "', 'fortran_order': False, 'shape': (";
  for (int64_t dim : spec.shape)
    os << dim << ", ";
  os << "), }";
  os.flush();

  uint64_t prefix = magic.size() + 2 + 2;
  dict.resize(alignTo(prefix + dict.size() + 1, headerAlignment) - prefix - 1,
              ' ');
  dict += '\n';
  if (dict.size() > UINT16_MAX)
    return createStringError("the array has too many dimensions");
  char length[2];
  support::endian::write16le(length, dict.size());
  return (magic + StringRef("\x01\x00", 2) + StringRef(length, 2) + dict).str();
}

Error mlir::quantmlir::writeNpy(StringRef path, const TensorSpec &spec,
                                ArrayRef<char> data) {
  Expected<std::string> header = getNpyHeader(spec);
  if (!header)
    return createFileError(path, header.takeError());
  return writeFileAtomically(path, [&](raw_ostream &os) {
    os << *header;
    os.write(data.data(), data.size());
    return Error::success();
  });
}
