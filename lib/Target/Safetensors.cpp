//===- Safetensors.cpp - safetensors files --------------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Target/Safetensors.h"
#include "quant-mlir/Target/FileTransaction.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <numeric>

using namespace llvm;
using namespace mlir::quantmlir;

static constexpr uint64_t lengthBytes = 8;
static constexpr uint64_t headerAlignment = 64;
/// Readers of this format refuse longer headers.
static constexpr uint64_t maxHeaderBytes = 100'000'000;
static constexpr StringLiteral metadataKey = "__metadata__";

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

/// The JSON parser recurses, so a hostile header must not nest deeply. The
/// format needs three levels.
static bool nestsDeeply(StringRef text) {
  constexpr int maxDepth = 8;
  int depth = 0;
  bool inString = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (inString && c == '\\')
      ++i;
    else if (c == '"')
      inString = !inString;
    else if (!inString && (c == '{' || c == '['))
      ++depth;
    else if (!inString && (c == '}' || c == ']'))
      --depth;
    if (depth > maxDepth)
      return true;
  }
  return false;
}

/// Reads a list of integers that are not negative.
static bool readIntegers(const json::Value *value,
                         SmallVectorImpl<int64_t> &result) {
  const json::Array *array = value ? value->getAsArray() : nullptr;
  if (!array)
    return false;
  for (const json::Value &entry : *array) {
    std::optional<int64_t> integer = entry.getAsInteger();
    if (!integer || *integer < 0)
      return false;
    result.push_back(*integer);
  }
  return true;
}

namespace {
/// Checks the entries of one header against the bytes that follow it.
class HeaderReader {
public:
  HeaderReader(StringRef path, uint64_t headerEnd, StringRef data)
      : path(path), headerEnd(headerEnd), data(data) {}

  Expected<StoredTensor> readTensor(StringRef name, const json::Value &value);
  Error readMetadata(const json::Value &value, SafetensorsMetadata &metadata);
  /// Tensors must follow each other, from the first to the last byte.
  Error checkCoverage(ArrayRef<StoredTensor> tensors);

  template <typename... Args>
  Error error(const char *format, Args &&...args) {
    return createStringError(
        "'" + path +
        "': " + formatv(format, std::forward<Args>(args)...).str());
  }

private:
  StringRef path;
  uint64_t headerEnd;
  StringRef data;
};
} // namespace

Expected<StoredTensor> HeaderReader::readTensor(StringRef name,
                                                const json::Value &value) {
  const json::Object *entry = value.getAsObject();
  std::optional<StringRef> typeName =
      entry ? entry->getString("dtype") : std::nullopt;
  if (!typeName)
    return error("tensor '{0}' has no dtype in the header", name);
  std::optional<DType> dtype = parseDType(*typeName);
  if (!dtype)
    return error("tensor '{0}' has dtype '{1}', which is not supported", name,
                 *typeName);

  StoredTensor tensor;
  tensor.name = name.str();
  tensor.dtype = *dtype;
  SmallVector<int64_t, 2> offsets;
  if (!readIntegers(entry->get("shape"), tensor.shape))
    return error("tensor '{0}' has no valid shape in the header", name);
  if (!readIntegers(entry->get("data_offsets"), offsets) ||
      offsets.size() != 2 || offsets[0] > offsets[1])
    return error("tensor '{0}' has no valid data_offsets in the header", name);

  uint64_t begin = offsets[0], end = offsets[1];
  std::optional<uint64_t> bytes = checkedBytes(tensor.shape, *dtype);
  if (!bytes || *bytes != end - begin)
    return error("tensor '{0}' of {1} has data_offsets of {2} bytes", name,
                 describe(tensor), end - begin);
  if (end > data.size())
    return error("truncated: tensor '{0}' ends at byte {1} of a file of {2} "
                 "bytes; copy the file again",
                 name, headerEnd + end, headerEnd + data.size());
  tensor.data = ArrayRef<char>(data.data() + begin, *bytes);
  return tensor;
}

Error HeaderReader::readMetadata(const json::Value &value,
                                 SafetensorsMetadata &metadata) {
  const json::Object *object = value.getAsObject();
  if (!object)
    return error("{0} is not an object", metadataKey);
  for (const auto &[key, entry] : *object) {
    std::optional<StringRef> text = entry.getAsString();
    if (!text)
      return error("{0} entry '{1}' is not a string", metadataKey,
                   StringRef(key));
    metadata.emplace(StringRef(key).str(), text->str());
  }
  return Error::success();
}

Error HeaderReader::checkCoverage(ArrayRef<StoredTensor> tensors) {
  const char *cursor = data.begin();
  StringRef previous;
  for (const StoredTensor &tensor : tensors) {
    if (tensor.data.begin() < cursor)
      return error("tensor '{0}' overlaps tensor '{1}'", tensor.name, previous);
    if (tensor.data.begin() > cursor)
      return error("{0} bytes in front of tensor '{1}' belong to no tensor",
                   tensor.data.begin() - cursor, tensor.name);
    cursor = tensor.data.end();
    previous = tensor.name;
  }
  if (cursor != data.end())
    return error("{0} bytes at the end belong to no tensor",
                 data.end() - cursor);
  return Error::success();
}

Error SafetensorsFile::parse() {
  StringRef bytes = buffer->getBuffer();
  uint64_t headerBytes =
      bytes.size() < lengthBytes ? 0 : support::endian::read64le(bytes.data());
  bool plausible = headerBytes >= 2 && headerBytes <= maxHeaderBytes;
  HeaderReader reader(path, lengthBytes + headerBytes,
                      plausible ? bytes.drop_front(std::min<uint64_t>(
                                      bytes.size(), lengthBytes + headerBytes))
                                : StringRef());
  if (!plausible)
    return reader.error(
        "not a safetensors file: no header length at its start");
  if (bytes.size() < lengthBytes + headerBytes)
    return reader.error("truncated: the header has {0} bytes but the file has "
                        "{1}; copy the file again",
                        headerBytes, bytes.size());

  StringRef text = bytes.substr(lengthBytes, headerBytes);
  if (nestsDeeply(text))
    return reader.error("the header is not that of a safetensors file");
  Expected<json::Value> header = json::parse(text.rtrim('\0'));
  if (!header)
    return reader.error("the header is not valid JSON: {0}",
                        toString(header.takeError()));
  const json::Object *object = header->getAsObject();
  if (!object)
    return reader.error("the header is not a JSON object");

  // By name, so that the same file always gives the same message.
  std::map<StringRef, const json::Value *> entries;
  for (const auto &[key, value] : *object)
    entries[key] = &value;
  for (auto [name, value] : entries) {
    if (name == metadataKey) {
      if (Error error = reader.readMetadata(*value, metadata))
        return error;
      continue;
    }
    Expected<StoredTensor> tensor = reader.readTensor(name, *value);
    if (!tensor)
      return tensor.takeError();
    tensors.push_back(std::move(*tensor));
  }
  llvm::sort(tensors, [](const StoredTensor &a, const StoredTensor &b) {
    return std::make_tuple(a.data.begin(), a.data.end(), StringRef(a.name)) <
           std::make_tuple(b.data.begin(), b.data.end(), StringRef(b.name));
  });
  for (auto [index, tensor] : enumerate(tensors))
    indices[tensor.name] = index;
  return reader.checkCoverage(tensors);
}

Expected<std::shared_ptr<const SafetensorsFile>>
SafetensorsFile::open(StringRef path) {
  std::string source = path.str();
  if (FileTransaction *transaction = FileTransaction::getCurrent())
    source = transaction->resolve(path);
  ErrorOr<std::unique_ptr<MemoryBuffer>> buffer = MemoryBuffer::getFile(
      source, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer)
    return createFileError(path, buffer.getError());
  std::shared_ptr<SafetensorsFile> file(new SafetensorsFile());
  file->path = path.str();
  file->buffer = std::move(*buffer);
  if (Error error = file->parse())
    return std::move(error);
  return std::shared_ptr<const SafetensorsFile>(std::move(file));
}

const StoredTensor *SafetensorsFile::lookup(StringRef name) const {
  auto it = indices.find(name);
  return it == indices.end() ? nullptr : &tensors[it->second];
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

/// Indices of `specs` in file order.
static std::vector<size_t> getFileOrder(ArrayRef<TensorSpec> specs) {
  std::vector<size_t> order(specs.size());
  std::iota(order.begin(), order.end(), 0);
  llvm::sort(order, [&](size_t a, size_t b) {
    return std::make_pair(getDTypeBytes(specs[b].dtype), a) <
           std::make_pair(getDTypeBytes(specs[a].dtype), b);
  });
  return order;
}

Expected<SafetensorsLayout>
SafetensorsLayout::create(ArrayRef<TensorSpec> specs,
                          const SafetensorsMetadata &metadata) {
  SafetensorsLayout layout;
  layout.offsets.resize(specs.size());
  std::string text;
  raw_string_ostream os(text);
  json::OStream json(os);
  StringSet<> names;
  uint64_t end = 0;

  json.objectBegin();
  if (!metadata.empty())
    json.attributeObject(metadataKey, [&] {
      for (const auto &[key, value] : metadata)
        json.attribute(key, value);
    });
  for (size_t index : getFileOrder(specs)) {
    const TensorSpec &spec = specs[index];
    if (!names.insert(spec.name).second)
      return createStringError("two tensors are named '%s'", spec.name.c_str());
    uint64_t begin = layout.offsets[index] = end;
    end += spec.getBytes();
    json.attributeObject(spec.name, [&] {
      json.attribute("dtype", getDTypeName(spec.dtype));
      json.attributeArray("shape", [&] {
        for (int64_t dim : spec.shape)
          json.value(dim);
      });
      json.attributeArray("data_offsets", [&] {
        json.value(static_cast<int64_t>(begin));
        json.value(static_cast<int64_t>(end));
      });
    });
  }
  json.objectEnd();
  os.flush();

  uint64_t headerEnd = alignTo(lengthBytes + text.size(), headerAlignment);
  text.resize(headerEnd - lengthBytes, ' ');
  char length[lengthBytes];
  support::endian::write64le(length, text.size());
  layout.header = std::string(length, lengthBytes) + text;
  for (uint64_t &offset : layout.offsets)
    offset += headerEnd;
  layout.fileBytes = headerEnd + end;
  return layout;
}

void SafetensorsWriter::setMetadata(StringRef key, StringRef value) {
  metadata[key.str()] = value.str();
}

void SafetensorsWriter::add(TensorSpec spec, Producer producer) {
  specs.push_back(std::move(spec));
  producers.push_back(std::move(producer));
}

void SafetensorsWriter::add(TensorSpec spec, ArrayRef<char> data) {
  add(std::move(spec), [data](raw_ostream &os) {
    os.write(data.data(), data.size());
    return Error::success();
  });
}

Error SafetensorsWriter::write(StringRef path) const {
  Expected<SafetensorsLayout> layout =
      SafetensorsLayout::create(specs, metadata);
  if (!layout)
    return createFileError(path, layout.takeError());
  return writeFileAtomically(path, [&](raw_ostream &os) -> Error {
    os << layout->header;
    for (size_t index : getFileOrder(specs)) {
      uint64_t start = os.tell();
      if (Error error = producers[index](os))
        return error;
      if (os.tell() - start != specs[index].getBytes())
        return createStringError("'" + path + "': tensor '" +
                                 specs[index].name + "' of " +
                                 describe(specs[index]) + " was given " +
                                 Twine(os.tell() - start) + " bytes");
    }
    return Error::success();
  });
}
