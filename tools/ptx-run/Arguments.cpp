//===- Arguments.cpp - kernel arguments from the command line -------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Arguments.h"

#include "quant-mlir/PTX/TensorMap.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cstring>

using namespace llvm;

namespace quantmlir::ptx {

static Error fail(const Twine &message) {
  return createStringError(inconvertibleErrorCode(), message);
}

namespace {
struct ScalarKind {
  const char *name;
  unsigned bytes;
  bool isFloat, isSigned;
};
struct ElementKind {
  const char *name, *numpy;
};
} // namespace

static const ScalarKind scalarKinds[] = {
    {"i8", 1, false, true},  {"i16", 2, false, true}, {"i32", 4, false, true},
    {"i64", 8, false, true}, {"f32", 4, true, true},  {"f64", 8, true, true}};

// bf16 has no NumPy type of its own; its bits travel as u2.
static const ElementKind elementKinds[] = {
    {"i8", "i1"},  {"u8", "u1"},   {"i16", "i2"}, {"u16", "u2"},
    {"f16", "f2"}, {"bf16", "u2"}, {"i32", "i4"}, {"u32", "u4"},
    {"f32", "f4"}, {"i64", "i8"},  {"u64", "u8"}, {"f64", "f8"}};

Error Arguments::addScalar(Argument &argument, StringRef kind,
                           StringRef value) {
  for (const ScalarKind &scalar : scalarKinds) {
    if (kind != scalar.name)
      continue;
    argument.bytes = scalar.bytes;
    argument.isFloat = scalar.isFloat;
    if (scalar.isFloat) {
      double number;
      if (value.getAsDouble(number))
        return fail("argument '" + argument.text + "': '" + value +
                    "' is not a number");
      float narrow = float(number);
      if (scalar.bytes == 4)
        std::memcpy(&argument.value, &narrow, 4);
      else
        std::memcpy(&argument.value, &number, 8);
      return Error::success();
    }
    int64_t integer;
    uint64_t natural;
    unsigned bits = 8 * scalar.bytes;
    // Both -1 and 0xffffffff are fine for an i32.
    if (!value.getAsInteger(0, integer) && isIntN(bits, integer))
      argument.value = uint64_t(integer);
    else if (!value.getAsInteger(0, natural) && isUIntN(bits, natural))
      argument.value = natural;
    else
      return fail("argument '" + argument.text + "': '" + value +
                  "' is not a number of " + Twine(bits) + " bits");
    return Error::success();
  }
  return fail("argument '" + argument.text +
              "': expected i8, i16, i32, i64, f32, f64, in, inout, out, "
              "tensormap, hex or bytes before the colon");
}

static Error parseShape(StringRef text, Array &array) {
  SmallVector<StringRef> parts;
  text.split(parts, ',');
  for (StringRef part : parts) {
    uint64_t extent;
    if (part.getAsInteger(10, extent) || extent > (uint64_t(1) << 32))
      return fail("'" + text + "' is not a shape such as 128,64");
    array.shape.push_back(extent);
  }
  return Error::success();
}

Error Arguments::addBuffer(Argument &argument, StringRef kind, StringRef rest) {
  argument.isBuffer = true;
  argument.isOutput = kind != "in";
  if (kind != "out") {
    argument.path = rest.str();
    Expected<Array> array = readNpy(rest);
    if (!array)
      return array.takeError();
    argument.array = std::move(*array);
    argument.bufferBytes = argument.array.data.size();
  } else {
    auto [front, shape] = rest.rsplit(':');
    auto [path, type] = front.rsplit(':');
    if (path.empty() || type.empty())
      return fail("argument '" + argument.text +
                  "': expected out:FILE.npy:DTYPE:SHAPE");
    argument.path = path.str();
    for (const ElementKind &element : elementKinds)
      if (type == element.name)
        argument.array.type = element.numpy;
    if (argument.array.type.empty())
      return fail("argument '" + argument.text + "': element type '" + type +
                  "' is not supported");
    if (Error error = parseShape(shape, argument.array))
      return error;
    argument.bufferBytes = elementBytes(argument.array.type);
    for (uint64_t extent : argument.array.shape)
      argument.bufferBytes = SaturatingMultiply(argument.bufferBytes, extent);
  }
  uint64_t bytes = argument.bufferBytes;
  argument.value = memory.allocate(bytes, argument.path);
  if (!argument.value)
    return fail("argument '" + argument.text + "': no memory for " +
                Twine(bytes) + " bytes");
  if (kind == "out")
    return Error::success();
  return memory.copyToDevice(argument.value, argument.array.data.data(), bytes);
}

static bool elementOf(StringRef numpy, TensorMap::Element &element) {
  using Element = TensorMap::Element;
  static const std::pair<const char *, Element> elements[] = {
      {"i1", Element::U8},  {"u1", Element::U8},  {"i2", Element::U16},
      {"u2", Element::U16}, {"f2", Element::F16}, {"i4", Element::S32},
      {"u4", Element::U32}, {"f4", Element::F32}, {"i8", Element::S64},
      {"u8", Element::U64}, {"f8", Element::F64}};
  for (auto &[name, value] : elements)
    if (numpy == name) {
      element = value;
      return true;
    }
  return false;
}

Error Arguments::describeMap(const Argument &argument, StringRef swizzle,
                             ArrayRef<uint64_t> box, ArrayRef<uint64_t> extents,
                             TensorMap &map) {
  static const char *const swizzles[] = {"none", "32", "64", "128"};
  const auto *found = llvm::find(swizzles, swizzle);
  if (found == std::end(swizzles))
    return fail("argument '" + argument.text +
                "': the swizzle must be none, 32, 64 or 128");
  map.swizzle = TensorMap::Swizzle(found - swizzles);
  if (!elementOf(argument.array.type, map.element))
    return fail("argument '" + argument.text +
                "': no tensor map has elements "
                "of type " +
                argument.array.type);
  const std::vector<uint64_t> &shape = argument.array.shape;
  map.rank = unsigned(shape.size());
  map.address = argument.value;
  uint64_t stride = map.elementBytes();
  for (unsigned i = 0; i < map.rank; ++i) {
    unsigned axis = map.rank - 1 - i;
    map.extents[i] = extents[axis];
    map.box[i] = uint32_t(std::min<uint64_t>(box[axis], UINT32_MAX));
    stride *= shape[axis];
    if (i + 1 < map.rank)
      map.strides[i] = stride;
  }
  if (Error error = map.verify())
    return fail("argument '" + argument.text +
                "': " + toString(std::move(error)));
  return Error::success();
}

// BOX[/EXTENTS]:SWIZZLE:BUFFER, with the box, and what of the array the map
// covers, in the order of the array's shape.
Error Arguments::addTensorMap(Argument &argument, StringRef rest) {
  auto [sizes, front] = rest.split(':');
  auto [boxText, extentsText] = sizes.split('/');
  auto [swizzle, buffer] = front.split(':');
  auto [kind, file] = buffer.split(':');
  if (kind != "in" && kind != "inout" && kind != "out")
    return fail(
        "argument '" + argument.text +
        "': expected tensormap:BOX[/EXTENTS]:SWIZZLE: and in:, inout: or out:");
  Array box;
  if (Error error = parseShape(boxText, box))
    return error;
  if (Error error = addBuffer(argument, kind, file))
    return error;
  const std::vector<uint64_t> &shape = argument.array.shape;
  if (box.shape.size() != shape.size() || shape.size() > TensorMap::maxRank)
    return fail("argument '" + argument.text +
                "': the box has not the array's rank, from 1 to 5");
  Array extents;
  extents.shape = shape;
  if (!extentsText.empty()) {
    extents.shape.clear();
    if (Error error = parseShape(extentsText, extents))
      return error;
    if (extents.shape.size() != shape.size() ||
        !std::equal(shape.begin(), shape.end(), extents.shape.begin(),
                    std::greater_equal<>()))
      return fail("argument '" + argument.text +
                  "': the extents are not within the array's shape");
  }
  TensorMap map;
  if (Error error =
          describeMap(argument, swizzle, box.shape, extents.shape, map))
    return error;
  TensorMap::Object object = map.encode();
  argument.object.assign(object.begin(), object.end());
  argument.bytes = TensorMap::bytes;
  argument.objectAddress =
      memory.allocate(TensorMap::bytes, argument.path + "'s map");
  if (!argument.objectAddress)
    return fail("argument '" + argument.text + "': no memory for its map");
  return memory.copyToDevice(argument.objectAddress, object.data(),
                             TensorMap::bytes);
}

// The bytes of a parameter that is a structure: hex:00FF.. or bytes:FILE.
Error Arguments::addStructure(Argument &argument, StringRef kind,
                              StringRef rest) {
  argument.isStructure = true;
  std::string content;
  if (kind == "hex") {
    if (rest.size() % 2 || !tryGetFromHex(rest, content))
      return fail("argument '" + argument.text +
                  "': expected two hexadecimal digits for each byte");
  } else {
    ErrorOr<std::unique_ptr<MemoryBuffer>> file = MemoryBuffer::getFile(
        rest, /*IsText=*/false, /*RequiresNullTerminator=*/false);
    if (!file)
      return fail(rest + ": " + file.getError().message());
    content = (*file)->getBuffer().str();
    argument.path = rest.str();
  }
  argument.object.assign(content.begin(), content.end());
  argument.bytes = content.size();
  return Error::success();
}

Error Arguments::add(StringRef text) {
  Argument argument;
  argument.text = text.str();
  auto [kind, rest] = text.split(':');
  bool buffer = kind == "in" || kind == "inout" || kind == "out";
  Error error = buffer                ? addBuffer(argument, kind, rest)
                : kind == "tensormap" ? addTensorMap(argument, rest)
                : kind == "hex" || kind == "bytes"
                    ? addStructure(argument, kind, rest)
                    : addScalar(argument, kind, rest);
  if (error)
    return error;
  arguments.push_back(std::move(argument));
  return Error::success();
}

// Bits take anything of their size.
static bool fits(bool isFloat, Type type) {
  switch (typeKind(type)) {
  case TypeKind::Float:
    return isFloat;
  case TypeKind::Signed:
  case TypeKind::Unsigned:
    return !isFloat;
  default:
    return true;
  }
}

Expected<std::vector<uint8_t>> Arguments::layOut(const Kernel &kernel) const {
  const std::vector<Parameter> &parameters = kernel.parameters();
  if (arguments.size() != parameters.size()) {
    std::string list;
    for (const Parameter &parameter : parameters)
      list +=
          ("\n  " + parameter.name + ": " + Twine(parameter.bytes) + " bytes")
              .str();
    return fail("the kernel has " + Twine(parameters.size()) + " parameters, " +
                Twine(arguments.size()) +
                " arguments are given; the parameters are" + list);
  }
  std::vector<uint8_t> result(kernel.parameterBytes());
  for (size_t i = 0; i < arguments.size(); ++i) {
    const Argument &argument = arguments[i];
    const Parameter &parameter = parameters[i];
    // The parameter may be a tensor map, or a pointer to one.
    if (argument.objectAddress && parameter.bytes == 8) {
      std::memcpy(result.data() + parameter.offset, &argument.objectAddress, 8);
      continue;
    }
    if (argument.bytes != parameter.bytes)
      return fail("argument '" + argument.text + "' has " +
                  Twine(argument.bytes) + " bytes, parameter '" +
                  parameter.name + "' has " + Twine(parameter.bytes));
    if (!argument.isStructure && !fits(argument.isFloat, parameter.type))
      return fail("argument '" + argument.text + "' does not fit parameter '" +
                  parameter.name + "' of type ." + typeName(parameter.type));
    if (argument.object.empty())
      std::memcpy(result.data() + parameter.offset, &argument.value,
                  argument.bytes);
    else
      llvm::copy(argument.object, result.begin() + long(parameter.offset));
  }
  return result;
}

std::vector<StringRef> Arguments::outputs() const {
  std::vector<StringRef> files;
  for (const Argument &argument : arguments)
    if (argument.isOutput)
      files.push_back(argument.path);
  return files;
}

std::vector<StringRef> Arguments::inputs() const {
  std::vector<StringRef> files;
  for (const Argument &argument : arguments)
    if (!argument.isOutput && !argument.path.empty())
      files.push_back(argument.path);
  return files;
}

std::vector<std::string> Arguments::unwritten() const {
  std::vector<std::string> result;
  for (const Argument &argument : arguments) {
    if (!argument.isOutput || !argument.bufferBytes)
      continue;
    const Allocation *buffer =
        memory.find(argument.value, argument.bufferBytes);
    if (!buffer || buffer->written.empty())
      continue;
    uint64_t missing = 0, first = 0;
    for (uint64_t i = argument.bufferBytes; i-- > 0;)
      if (!(buffer->written[i / 8] >> (i % 8) & 1)) {
        ++missing;
        first = i;
      }
    if (missing)
      result.push_back((argument.path + ": " + Twine(missing) + " of " +
                        Twine(argument.bufferBytes) +
                        " bytes were never written, first byte " +
                        Twine(first) + "; give an inout array to keep some")
                           .str());
  }
  return result;
}

Error Arguments::writeResults(OutputFiles &files) {
  for (Argument &argument : arguments) {
    if (!argument.isOutput)
      continue;
    std::vector<uint8_t> &data = argument.array.data;
    data.resize(argument.bufferBytes);
    if (Error error =
            memory.copyToHost(data.data(), argument.value, data.size()))
      return error;
    if (Error error = files.add(argument.path, [&](raw_ostream &out) {
          writeNpy(out, argument.array);
        }))
      return error;
  }
  return Error::success();
}

} // namespace quantmlir::ptx
