//===- DeviceRuntime.cpp - printf, assert, malloc and free ----------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Functions that the driver defines ("PTX Writer's Guide to Interoperability",
// "System Calls"). A call of one stays in the body, where it is an instruction.
//
//===----------------------------------------------------------------------===//

#include "Checker.h"
#include "Cluster.h"
#include "Lanes.h"

#include "llvm/ADT/StringExtras.h"

#include <cstdio>
#include <cstring>
#include <optional>

using namespace llvm;

namespace quantmlir::ptx {

/// Reads or writes parameter `index` of the lanes in `mask`: the result first
/// if there is one. False after a fault.
template <typename T>
static bool access(Warp &warp, const Inst &inst, uint32_t mask, unsigned index,
                   Access kind, T (&values)[warpSize]) {
  uint64_t address[warpSize];
  uint8_t *pointer[warpSize];
  Ref place = warp.cta.grid.code.pool[inst.list + index];
  std::copy_n(warp.reg<uint64_t>(place), warpSize, address);
  if (!warp.resolve(inst, Space::Local, kind, mask, sizeof(T), address,
                    pointer))
    return false;
  for (; mask; mask &= mask - 1) {
    auto lane = unsigned(llvm::countr_zero(mask));
    if (kind == Access::Read)
      std::memcpy(&values[lane], pointer[lane], sizeof(T));
    else
      std::memcpy(pointer[lane], &values[lane], sizeof(T));
  }
  return true;
}

/// Value at a generic address, of the lane alone.
template <typename T>
static bool load(Warp &warp, const Inst &inst, unsigned lane, uint64_t at,
                 T &value) {
  uint64_t address[warpSize] = {};
  uint8_t *pointer[warpSize];
  address[lane] = at;
  if (!warp.resolve(inst, Space::Generic, Access::Read, 1u << lane, sizeof(T),
                    address, pointer))
    return false;
  std::memcpy(&value, pointer[lane], sizeof(T));
  return true;
}

/// Up to its zero, or `most` characters.
static bool loadString(Warp &warp, const Inst &inst, unsigned lane,
                       uint64_t address, std::string &text,
                       size_t most = std::string::npos) {
  while (text.size() < most) {
    char c;
    if (!load(warp, inst, lane, address++, c))
      return false;
    if (!c)
      return true;
    text += c;
  }
  return true;
}

//===----------------------------------------------------------------------===//
// printf
//===----------------------------------------------------------------------===//

namespace {

/// Formats what one lane prints. Arguments are in memory one after the other,
/// each aligned to its size, as C promotes them.
class Formatter {
public:
  Formatter(Warp &warp, const Inst &inst, unsigned lane, uint64_t arguments)
      : warp(warp), inst(inst), lane(lane), next(arguments) {}

  /// False after a fault.
  bool format(StringRef text);

  std::string output;
  int32_t count = 0;

private:
  /// A conversion's width, which is negative to the left, and precision.
  struct Field {
    std::string flags;
    std::optional<int> width, precision;
  };

  bool convert(StringRef &text);
  bool takeNumber(StringRef &text, std::optional<int> &number);
  bool convertInteger(const Field &field, unsigned longs, unsigned shorts,
                      char conversion);
  bool fault(const Twine &message) {
    warp.fault(inst, 1u << lane, "printf", message);
    return false;
  }

  template <typename T>
  bool take(T &value) {
    next = (next + sizeof(T) - 1) / sizeof(T) * sizeof(T);
    ++count;
    next += sizeof(T);
    return load(warp, inst, lane, next - sizeof(T), value);
  }
  template <typename T>
  bool print(const Field &field, const std::string &conversion, T value) {
    std::string spec = "%" + field.flags + "*.*" + conversion;
    auto write = [&](char *to, size_t bytes) {
      // A negative precision is as good as none.
      return std::snprintf(to, bytes, spec.c_str(), field.width.value_or(0),
                           field.precision.value_or(-1), value);
    };
    int size = write(nullptr, 0);
    if (size < 0)
      return fault("the host cannot print this");
    std::vector<char> buffer(size_t(size) + 1);
    write(buffer.data(), buffer.size());
    output.append(buffer.data(), size_t(size));
    return true;
  }

  Warp &warp;
  const Inst &inst;
  unsigned lane;
  uint64_t next;
};

} // namespace

bool Formatter::format(StringRef text) {
  while (!text.empty()) {
    size_t percent = std::min(text.find('%'), text.size());
    output += text.take_front(percent);
    text = text.drop_front(percent);
    if (text.consume_front("%%"))
      output += '%';
    else if (!text.empty() && !convert(text))
      return false;
  }
  return true;
}

// Digits, or * for an argument.
bool Formatter::takeNumber(StringRef &text, std::optional<int> &number) {
  constexpr int64_t most = 4096;
  int64_t value = 0;
  if (text.consume_front("*")) {
    int32_t argument;
    if (!take(argument))
      return false;
    value = argument;
  } else {
    StringRef digits = text.take_while([](char c) { return llvm::isDigit(c); });
    if (digits.empty())
      return true;
    text = text.drop_front(digits.size());
    if (digits.getAsInteger(10, value))
      value = most + 1;
  }
  if (value > most || value < -most)
    return fault("a width or precision of more than " + Twine(most) +
                 " characters");
  number = int(value);
  return true;
}

bool Formatter::convertInteger(const Field &field, unsigned longs,
                               unsigned shorts, char conversion) {
  int64_t value;
  int32_t narrow = 0;
  if (longs ? !take(value) : !take(narrow))
    return false;
  bool isSigned = conversion == 'd' || conversion == 'i';
  if (!longs)
    value = isSigned ? int64_t(narrow) : int64_t(uint32_t(narrow));
  if (shorts == 1)
    value = isSigned ? int64_t(int16_t(value)) : int64_t(uint16_t(value));
  if (shorts >= 2)
    value = isSigned ? int64_t(int8_t(value)) : int64_t(uint8_t(value));
  return print(field, std::string("ll") + conversion,
               static_cast<long long>(value));
}

// %[flags][width][.precision][length]conversion
bool Formatter::convert(StringRef &text) {
  StringRef whole = text;
  Field field;
  text = text.drop_front();
  while (!text.empty() && StringRef("-+ #0").contains(text.front())) {
    field.flags += text.front();
    text = text.drop_front();
  }
  if (!takeNumber(text, field.width))
    return false;
  if (text.consume_front(".")) {
    field.precision = 0;
    if (!takeNumber(text, field.precision))
      return false;
  }
  unsigned longs = 0, shorts = 0;
  while (!text.empty() && StringRef("hljztL").contains(text.front())) {
    (text.front() == 'h' ? shorts : longs) += 1;
    text = text.drop_front();
  }
  char conversion = text.empty() ? '\0' : text.front();
  text = text.drop_front(text.empty() ? 0 : 1);
  if (conversion && StringRef("diouxX").contains(conversion))
    return convertInteger(field, longs, shorts, conversion);
  if (conversion && StringRef("eEfFgGaA").contains(conversion)) {
    double value;
    return take(value) && print(field, {conversion}, value);
  }
  if (conversion == 'c') {
    int32_t value;
    return take(value) && print(field, {conversion}, value);
  }
  uint64_t address;
  if (conversion == 'p')
    return take(address) &&
           print(field, {conversion}, reinterpret_cast<void *>(address));
  std::string argument;
  if (conversion == 's') {
    // What lies beyond the precision need not be there.
    size_t most = field.precision.value_or(-1) < 0 ? std::string::npos
                                                   : size_t(*field.precision);
    return take(address) &&
           loadString(warp, inst, lane, address, argument, most) &&
           print(field, {conversion}, argument.c_str());
  }
  return fault("'" + whole.drop_back(text.size()) +
               "' is no conversion of printf on a device");
}

static Step execPrintf(Warp &warp, const Inst &inst, uint32_t mask) {
  uint64_t formats[warpSize], arguments[warpSize];
  int32_t counts[warpSize] = {};
  if (!access(warp, inst, mask, 1, Access::Read, formats) ||
      !access(warp, inst, mask, 2, Access::Read, arguments))
    return Step::Fault;
  for (uint32_t rest = mask; rest; rest &= rest - 1) {
    auto lane = unsigned(llvm::countr_zero(rest));
    std::string text;
    Formatter formatter(warp, inst, lane, arguments[lane]);
    if (!loadString(warp, inst, lane, formats[lane], text) ||
        !formatter.format(text))
      return Step::Fault;
    counts[lane] = formatter.count;
    warp.cta.grid.print(formatter.output);
  }
  return access(warp, inst, mask, 0, Access::Write, counts) ? Step::Next
                                                            : Step::Fault;
}

//===----------------------------------------------------------------------===//
// Assertions and the heap
//===----------------------------------------------------------------------===//

// __assertfail(message, file, line, function, bytes of a character)
static Step execAssert(Warp &warp, const Inst &inst, uint32_t mask) {
  uint64_t message[warpSize], file[warpSize], function[warpSize];
  uint32_t line[warpSize];
  if (!access(warp, inst, mask, 0, Access::Read, message) ||
      !access(warp, inst, mask, 1, Access::Read, file) ||
      !access(warp, inst, mask, 2, Access::Read, line) ||
      !access(warp, inst, mask, 3, Access::Read, function))
    return Step::Fault;
  auto lane = unsigned(llvm::countr_zero(mask));
  std::string texts[3];
  uint64_t places[] = {message[lane], file[lane], function[lane]};
  for (unsigned i = 0; i < 3; ++i)
    if (!loadString(warp, inst, lane, places[i], texts[i]))
      return Step::Fault;
  return warp.fault(inst, mask, "assert",
                    "'" + texts[0] + "' does not hold at " + texts[1] + ":" +
                        Twine(line[lane]) + " in " + texts[2]);
}

static Step execMalloc(Warp &warp, const Inst &inst, uint32_t mask) {
  uint64_t sizes[warpSize], addresses[warpSize] = {};
  if (!access(warp, inst, mask, 1, Access::Read, sizes))
    return Step::Fault;
  for (uint32_t rest = mask; rest; rest &= rest - 1) {
    auto lane = unsigned(llvm::countr_zero(rest));
    addresses[lane] = warp.cta.grid.program.memory().allocateOnHeap(
        sizes[lane], "malloc in line " + std::to_string(inst.loc.line));
  }
  return access(warp, inst, mask, 0, Access::Write, addresses) ? Step::Next
                                                               : Step::Fault;
}

/// In checked mode, reports what is not ordered before the free.
static Step release(Warp &warp, const Inst &inst, unsigned lane,
                    Allocation &allocation) {
  Grid &grid = warp.cta.grid;
  const Loc *copy = nullptr;
  for (const Cluster *cluster : grid.heapUsers)
    copy = copy ? copy : cluster->findCopy(allocation);
  Checker *checker = warp.cta.checker.get();
  if (copy && checker)
    warp.report(inst, 1u << lane, "not-arrived",
                "free of '" + allocation.name + "', which the copy in line " +
                    Twine(copy->line) + " uses and has not been waited for");
  bool goesOn = !checker || checker->freed(warp, inst, lane, allocation,
                                           copy ? copy->line : 0);
  grid.program.memory().freeOnHeap(allocation, copy != nullptr);
  return goesOn ? Step::Next : Step::Fault;
}

static Step execFree(Warp &warp, const Inst &inst, uint32_t mask) {
  uint64_t addresses[warpSize];
  if (!access(warp, inst, mask, 0, Access::Read, addresses))
    return Step::Fault;
  for (uint32_t rest = mask; rest; rest &= rest - 1) {
    auto lane = unsigned(llvm::countr_zero(rest));
    uint64_t address = addresses[lane];
    if (!address)
      continue;
    Allocation *allocation = warp.cta.grid.program.memory().findOnHeap(address);
    if (!allocation)
      return warp.fault(inst, 1u << lane, "free",
                        "0x" + Twine::utohexstr(address) +
                            " was not allocated by malloc, or was freed "
                            "before");
    if (release(warp, inst, lane, *allocation) == Step::Fault)
      return Step::Fault;
  }
  return Step::Next;
}

//===----------------------------------------------------------------------===//
// Decoding
//===----------------------------------------------------------------------===//

namespace {
struct RuntimeFunction {
  const char *name;
  ExecFn fn;
  /// Bytes of the result, or 0, and of the parameters.
  unsigned result;
  std::initializer_list<unsigned> parameters;
};
} // namespace

static const RuntimeFunction functions[] = {
    {"vprintf", execPrintf, 4, {8, 8}},
    {"__assertfail", execAssert, 0, {8, 8, 4, 8, 8}},
    {"malloc", execMalloc, 8, {8}},
    {"free", execFree, 0, {8}},
};

static const RuntimeFunction *findFunction(StringRef name) {
  const auto *found = llvm::find_if(
      functions, [&](const RuntimeFunction &f) { return name == f.name; });
  return found == std::end(functions) ? nullptr : found;
}

bool isRuntimeFunction(StringRef name) { return findFunction(name); }

// Results and arguments are .param variables of the body by now.
static bool decodeCall(Decoder &d) {
  const Function &callee = *d.operand(0).callee;
  const RuntimeFunction &function = *findFunction(callee.name);
  d.take("uni");
  SmallVector<const Operand *> actual;
  SmallVector<unsigned> sizes;
  for (const Operand &result : d.operand(1).elements)
    actual.push_back(&result);
  if (function.result)
    sizes.push_back(function.result);
  for (const Operand &argument : d.operand(2).elements)
    actual.push_back(&argument);
  sizes.append(function.parameters);
  auto fits = [](const Operand *operand, unsigned bytes) {
    return operand->var->bytes == bytes;
  };
  if (!llvm::equal(actual, sizes, fits))
    return d.error("call of '" + callee.name +
                   "' does not match the function of CUDA's device runtime");
  for (const Operand *operand : actual) {
    uint64_t address;
    Space space;
    if (!d.variableAddress(*operand, address, space))
      return false;
    d.appendRefs(d.constant(address, 8));
  }
  if (function.fn == execMalloc || function.fn == execFree)
    d.usesHeap();
  return d.emit(function.fn);
}

ArrayRef<OpcodeEntry> runtimeOpcodes() {
  static const OpcodeEntry table[] = {{"call", decodeCall}};
  return table;
}

} // namespace quantmlir::ptx
