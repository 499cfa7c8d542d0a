//===- Disassembly.cpp - read the output of nvdisasm ----------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Target/SASS.h"
#include "quant-mlir/Target/Tools.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"

#include <array>

using namespace llvm;
using namespace mlir::quantmlir;

static constexpr int64_t warpSize = 32;

static Error makeError(const Twine &message) {
  return createStringError(inconvertibleErrorCode(), message);
}

StringRef mlir::quantmlir::getName(SassClass c) {
  static constexpr StringLiteral names[numSassClasses] = {
      "tensor", "ldmatrix", "shared", "copy",
      "global", "local",    "wait",   "other"};
  return names[unsigned(c)];
}

SassClass SassInstruction::getClass() const {
  return StringSwitch<SassClass>(getBase())
      .Cases(
          {"IMMA", "HMMA", "BMMA", "DMMA", "QMMA", "IGMMA", "HGMMA", "QGMMA"},
          SassClass::Tensor)
      .Cases({"LDSM"}, SassClass::Ldmatrix)
      .Cases({"LDS", "STS", "STSM", "ATOMS"}, SassClass::SharedAccess)
      .Cases({"LDGSTS", "UTMALDG", "UBLKCP"}, SassClass::AsyncCopy)
      .Cases({"LDG", "STG", "LD", "ST", "RED", "ATOMG"},
             SassClass::GlobalAccess)
      .Cases({"LDL", "STL"}, SassClass::LocalAccess)
      .Cases({"BAR", "DEPBAR", "LDGDEPBAR", "SYNCS", "WARPSYNC", "WARPGROUP"},
             SassClass::Wait)
      .Default(SassClass::Other);
}

bool SassInstruction::isWarpGroupProduct() const {
  return StringSwitch<bool>(getBase())
      .Cases({"IGMMA", "HGMMA", "QGMMA"}, true)
      .Default(false);
}

/// m, n and k of IGMMA.64x256x32.S8.S8; zeros if it is written otherwise.
static std::array<int64_t, 3> getWarpGroupShape(StringRef opcode) {
  std::array<int64_t, 3> shape = {};
  StringRef rest = opcode.split('.').second.split('.').first;
  for (int64_t &size : shape) {
    auto [number, next] = rest.split('x');
    if (number.getAsInteger(10, size))
      return {};
    rest = next;
  }
  return shape;
}

// The shape stands in the opcode without separators: IMMA.16832 is m16n8k32.
int64_t SassInstruction::getProducts() const {
  if (getClass() != SassClass::Tensor)
    return 0;
  if (isWarpGroupProduct()) {
    constexpr int64_t warpsOfGroup = 4;
    auto [m, n, k] = getWarpGroupShape(getOpcode());
    return m * n * k / warpsOfGroup;
  }
  return StringSwitch<int64_t>(getOpcode().split('.').second.split('.').first)
      .Case("8816", 8 * 8 * 16)
      .Case("8832", 8 * 8 * 32)
      .Case("1688", 16 * 8 * 8)
      .Case("16816", 16 * 8 * 16)
      .Case("16832", 16 * 8 * 32)
      .Case("16864", 16 * 8 * 64)
      .Default(0);
}

/// The bits of each lane's access, which an opcode's parts tell: LDG.E.128.
static int64_t getAccessBits(StringRef opcode) {
  for (StringRef part : split(opcode, '.')) {
    auto bits = StringSwitch<int64_t>(part)
                    .Cases({"U8", "S8", "8"}, 8)
                    .Cases({"U16", "S16", "16"}, 16)
                    .Case("64", 64)
                    .Case("128", 128)
                    .Default(0);
    if (bits)
      return bits;
  }
  return 32;
}

std::pair<int64_t, int64_t> SassInstruction::getMatrixBytes() const {
  if (!isWarpGroupProduct())
    return {0, 0};
  auto [m, n, k] = getWarpGroupShape(getOpcode());
  int64_t bytes = getBase() == "HGMMA" ? 2 : 1;
  if (getOpcode().contains(".TF32"))
    bytes = 4;
  // The second operand is a descriptor of both, or the rows' registers.
  StringRef rows = StringRef(text).split(", ").second;
  bool areShared = rows.starts_with("gdesc");
  return {areShared ? m * k * bytes : 0, n * k * bytes};
}

int64_t SassInstruction::getBytes() const {
  if (getBase().starts_with("U"))
    return 0;
  switch (getClass()) {
  case SassClass::Ldmatrix: {
    // LDSM.16.M88.4: matrices of 8 rows of 16 bytes.
    StringRef count = getOpcode().rsplit('.').second;
    int64_t matrices;
    return 128 * (count.getAsInteger(10, matrices) ? 1 : matrices);
  }
  case SassClass::SharedAccess:
  case SassClass::AsyncCopy:
  case SassClass::GlobalAccess:
  case SassClass::LocalAccess:
    return warpSize * getAccessBits(getOpcode()) / 8;
  default:
    return 0;
  }
}

/// CUTLASS tests an mbarrier twice: the second time only where the first one
/// says that the tile is not there, which a branch between them skips.
static bool isSecondTest(ArrayRef<const SassInstruction *> body) {
  auto isTest = [](const SassInstruction *instruction) {
    return instruction->getOpcode().starts_with("SYNCS.PHASECHK");
  };
  auto isBranch = [](const SassInstruction *instruction) {
    return instruction->getBase() == "BRA";
  };
  return body.size() >= 4 && isTest(body[body.size() - 4]) &&
         isBranch(body[body.size() - 3]) && isTest(body[body.size() - 2]) &&
         isBranch(body.back());
}

/// Where a pass goes on that comes to an instruction: kernels that work on one
/// part of the result after the other, as MARLIN, store each from within their
/// loop.
static size_t skipStores(const SassKernel &kernel, const SassLoop &loop,
                         size_t at) {
  for (const SassLoop &skip : kernel.skips) {
    if (skip.begin != at || skip.end >= loop.end)
      continue;
    auto code = ArrayRef(kernel.instructions).slice(at, skip.end - at);
    bool stores = any_of(code, [](const SassInstruction &instruction) {
      return instruction.getBase() == "STG" || instruction.getBase() == "RED";
    });
    bool multiplies = any_of(code, [](const SassInstruction &instruction) {
      return instruction.getClass() == SassClass::Tensor;
    });
    if (stores && !multiplies)
      return skip.end;
  }
  return at;
}

SmallVector<const SassInstruction *>
SassKernel::getBody(const SassLoop &loop) const {
  SmallVector<const SassInstruction *> body;
  for (size_t i = loop.begin; i < loop.end; ++i) {
    i = skipStores(*this, loop, i);
    if (instructions[i].isDummy)
      continue;
    body.push_back(&instructions[i]);
    if (isSecondTest(body))
      body.pop_back_n(2);
  }
  return body;
}

const SassLoop *SassKernel::getMainLoop() const {
  const SassLoop *best = nullptr;
  double bestShare = 0;
  for (const SassLoop &loop : loops) {
    SmallVector<const SassInstruction *> body = getBody(loop);
    double tensor = count_if(body, [](const SassInstruction *instruction) {
      return instruction->getClass() == SassClass::Tensor;
    });
    if (tensor / body.size() > bestShare) {
      bestShare = tensor / body.size();
      best = &loop;
    }
  }
  return best;
}

/// The waits for, or arrivals at, mbarriers in a loop.
static int64_t countBarriers(ArrayRef<const SassInstruction *> body,
                             StringRef kind) {
  return count_if(body, [&](const SassInstruction *instruction) {
    return instruction->getOpcode().starts_with(kind);
  });
}

Expected<std::optional<TileCopies>>
mlir::quantmlir::getTileCopies(const SassKernel &kernel, const SassLoop &loop,
                               int64_t warps, int64_t sharedBytes) {
  auto isTensorCopy = [](const SassInstruction &instruction) {
    return instruction.getBase() == "UTMALDG";
  };
  SmallVector<const SassInstruction *> body = kernel.getBody(loop);
  bool multiplies = any_of(body, [](const SassInstruction *instruction) {
    return instruction->isWarpGroupProduct();
  });
  bool copies = any_of(body, [&](const SassInstruction *instruction) {
    return isTensorCopy(*instruction);
  });
  if (!multiplies || copies || none_of(kernel.instructions, isTensorCopy))
    return std::nullopt;
  int64_t waits = countBarriers(body, "SYNCS.PHASECHK");
  int64_t arrivals = countBarriers(body, "SYNCS.ARRIVE");
  if (waits == 0 || waits != arrivals)
    return makeError(
        "the barriers of the loop are not understood: " + Twine(waits) +
        " waits and " + Twine(arrivals) + " arrivals");
  TileCopies result = {(warps - 1) / 4, 0, waits, 0};
  for (const SassInstruction *instruction : body) {
    auto [rows, columns] = instruction->getMatrixBytes();
    result.bytes += result.groups * rows + columns;
  }
  if (result.bytes > 0)
    result.stages = int64_t(double(sharedBytes) / result.getTileBytes());
  if (result.groups == 0 || result.stages == 0)
    return makeError("shared memory of " + Twine(sharedBytes) + " bytes and " +
                     Twine(warps) +
                     " warps hold no tile of the loop and no group for it");
  return result;
}

//===----------------------------------------------------------------------===//
// Parsing
//===----------------------------------------------------------------------===//

// Lines of `nvdisasm -c -hex`:
//
//     .section .text.NAME,"ax",@progbits
//     .sectioninfo @"SHI_REGISTERS=240"
//   .L_x_1:
//     /*0000*/   @P0 IMMA.16832… ;   /* 0x…low 64 bits… */
//                                    /* 0x…high 64 bits… */
namespace {
class Parser {
public:
  Expected<std::vector<SassKernel>> parse(StringRef text);

private:
  Error parseLine(StringRef line);
  Error parseInstruction(StringRef line);
  void setControl(uint64_t highBits);

  void resolveBranches();

  std::vector<SassKernel> kernels;
  StringMap<size_t> labels;
  /// Branches to labels that are still to come: where they stand.
  std::vector<std::pair<size_t, std::string>> forward;
  /// The second line of an instruction is to come.
  bool expectsHighBits = false;
};
} // namespace

/// The number in `/* 0x… */` at the end of a line.
static std::optional<uint64_t> getEncoding(StringRef line) {
  StringRef digits = line.rsplit("/* 0x").second;
  digits = digits.take_until([](char c) { return c == ' '; });
  uint64_t bits;
  return digits.empty() || digits.getAsInteger(16, bits)
             ? std::nullopt
             : std::optional<uint64_t>(bits);
}

void Parser::setControl(uint64_t highBits) {
  SassInstruction &instruction = kernels.back().instructions.back();
  uint64_t control = highBits >> 41;
  instruction.stall = control & 15;
  instruction.writeScoreboard = control >> 5 & 7;
  instruction.readScoreboard = control >> 8 & 7;
  instruction.waitMask = control >> 11 & 63;
}

Error Parser::parseInstruction(StringRef line) {
  SassKernel &kernel = kernels.back();
  StringRef text = line.split("*/").second.split(';').first.trim();
  text = text.ltrim("{ ").rtrim(" }");
  SassInstruction instruction;
  if (text.starts_with("@")) {
    auto [predicate, rest] = text.split(' ');
    instruction.isDummy = predicate == "@!PT" || predicate == "@!UPT";
    text = rest.ltrim();
  }
  instruction.text = text.str();
  if (!getEncoding(line))
    return makeError("an instruction has no encoding: is this the output of "
                     "nvdisasm -c -hex?");
  if (instruction.getBase() == "BRA") {
    StringRef label = text.split("`(").second.split(')').first;
    auto target = labels.find(label);
    // A branch to itself is the padding behind the last instruction.
    if (target == labels.end())
      forward.emplace_back(kernel.instructions.size(), label.str());
    else if (target->second < kernel.instructions.size())
      kernel.loops.push_back({target->second, kernel.instructions.size() + 1});
  }
  kernel.instructions.push_back(std::move(instruction));
  expectsHighBits = true;
  return Error::success();
}

/// At the end of a kernel all of its labels are known.
void Parser::resolveBranches() {
  for (const auto &[index, label] : forward)
    if (auto target = labels.find(label); target != labels.end())
      kernels.back().skips.push_back({index + 1, target->second});
  forward.clear();
  labels.clear();
}

Error Parser::parseLine(StringRef line) {
  StringRef trimmed = line.trim();
  auto [directive, operands] = trimmed.split('\t');
  if (directive == ".section" && operands.consume_front(".text.")) {
    resolveBranches();
    kernels.emplace_back();
    kernels.back().name = operands.split(',').first.str();
    return Error::success();
  }
  if (kernels.empty())
    return Error::success();
  SassKernel &kernel = kernels.back();
  if (directive == ".sectioninfo") {
    StringRef count = line.split("SHI_REGISTERS=").second.split('"').first;
    (void)count.getAsInteger(10, kernel.registers);
  } else if (trimmed.starts_with(".L") && trimmed.ends_with(":")) {
    labels[trimmed.drop_back()] = kernel.instructions.size();
  } else if (trimmed.starts_with("/*") && expectsHighBits) {
    std::optional<uint64_t> bits = getEncoding(line);
    if (!bits)
      return makeError("an instruction has no control bits: is it for compute "
                       "capability 7.0 or later?");
    setControl(*bits);
    expectsHighBits = false;
  } else if (trimmed.starts_with("/*") && line.contains(';')) {
    return parseInstruction(trimmed);
  }
  return Error::success();
}

Expected<std::vector<SassKernel>> Parser::parse(StringRef text) {
  for (StringRef line : split(text, '\n'))
    if (Error error = parseLine(line))
      return error;
  if (kernels.empty())
    return makeError("found no kernel in the disassembly");
  resolveBranches();
  return std::move(kernels);
}

Expected<std::vector<SassKernel>>
mlir::quantmlir::parseDisassembly(StringRef text) {
  return Parser().parse(text);
}

Expected<std::string> mlir::quantmlir::disassemble(StringRef cubin,
                                                   StringRef path,
                                                   StringRef executable) {
  Expected<std::string> program = findCudaTool(
      "nvdisasm", "nvidia-cuda-nvdisasm", "--nvdisasm", path, executable);
  if (!program)
    return program.takeError();
  SmallString<128> output;
  if (std::error_code code =
          sys::fs::createTemporaryFile("nvdisasm", "txt", output))
    return makeError("no temporary file for nvdisasm's output: " +
                     code.message());
  scope_exit cleanUp([&] { (void)sys::fs::remove(output); });
  std::string message;
  int status = sys::ExecuteAndWait(
      *program, {*program, "-c", "-hex", cubin}, std::nullopt,
      {StringRef(), StringRef(output), StringRef(output)}, 0, 0, &message);
  ErrorOr<std::unique_ptr<MemoryBuffer>> text = MemoryBuffer::getFile(output);
  if (!text)
    return makeError("cannot read nvdisasm's output: " +
                     text.getError().message());
  if (status != 0)
    return makeError(
        *program + " rejects '" + cubin + "': " +
        (message.empty() ? (*text)->getBuffer().trim() : StringRef(message)));
  return (*text)->getBuffer().str();
}
