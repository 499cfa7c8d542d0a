//===- quant-audit.cpp - what the machine code of kernels can reach -------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Target/SASS.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/ToolOutputFile.h"

#include <array>
#include <map>
#include <optional>

using namespace llvm;
using namespace mlir::quantmlir;

static cl::OptionCategory category("quant-audit options");
static cl::list<std::string>
    inputs(cl::Positional, cl::OneOrMore, cl::cat(category),
           cl::desc("<folder of quant-translate --quant-to-cubin, or cubin>…"));
static cl::opt<std::string>
    chipName("chip", cl::init("sm_80"), cl::cat(category),
             cl::desc("GPU of cubins that no folder's index.tsv describes"));
static cl::opt<int64_t> threads("block", cl::init(256), cl::cat(category),
                                cl::desc("Threads of a block of such cubins"));
static cl::opt<int64_t>
    sharedBytes("shared", cl::init(0), cl::cat(category),
                cl::desc("Shared memory of a block of such cubins, in bytes"));
static cl::opt<int64_t>
    registers("registers", cl::init(0), cl::cat(category),
              cl::desc("Registers of a thread of such cubins, where nvdisasm "
                       "does not tell"));
static cl::opt<std::string>
    jsonPath("json", cl::value_desc("file"), cl::cat(category),
             cl::desc("Also write the report as JSON (- for standard output, "
                      "instead of the table)"));
static cl::opt<std::string>
    nvdisasmPath("nvdisasm", cl::value_desc("file"), cl::cat(category),
                 cl::desc("nvdisasm to use; by default the one on PATH or in "
                          ".venv"));

static bool fail(const Twine &message) {
  errs() << "quant-audit: error: " << message << "\n";
  return false;
}

namespace {
/// How a cubin's kernels are launched.
struct Launch {
  const Chip *chip;
  int64_t threads, sharedBytes;
  /// 0: as the disassembly tells.
  int64_t registers;
};

struct Report {
  std::string kernel;
  Launch launch;
  int64_t registers;
  int64_t spillInstructions = 0;
  Occupancy occupancy;
  /// Instructions of the main loop by class; none without a main loop.
  std::array<int64_t, numSassClasses> counts = {};
  int64_t loopInstructions = 0;
  std::optional<TileCopies> copies;
  std::optional<LoopCycles> cycles;

  double getTensorShare() const {
    return double(counts[unsigned(SassClass::Tensor)]) / loopInstructions;
  }
};
} // namespace

//===----------------------------------------------------------------------===//
// Input
//===----------------------------------------------------------------------===//

static bool audit(const SassKernel &kernel, const Launch &launch,
                  std::vector<Report> &reports) {
  if (launch.sharedBytes > launch.chip->maxBlockSharedBytes)
    return fail(kernel.name + " needs " + Twine(launch.sharedBytes) +
                " bytes of shared memory, and " + launch.chip->name +
                " allows a block " + Twine(launch.chip->maxBlockSharedBytes));
  Report report;
  report.kernel = kernel.name;
  report.launch = launch;
  report.registers = launch.registers ? launch.registers : kernel.registers;
  if (report.registers == 0)
    return fail("nvdisasm does not tell the registers of " + kernel.name +
                ": give them with --registers, or the folder that "
                "quant-translate wrote");
  for (const SassInstruction &instruction : kernel.instructions)
    report.spillInstructions +=
        instruction.getClass() == SassClass::LocalAccess;
  report.occupancy = {static_cast<int64_t>(divideCeil(launch.threads, 32)),
                      getResidentBlocks(*launch.chip, launch.threads,
                                        report.registers, launch.sharedBytes)};
  if (report.occupancy.blocks == 0)
    return fail("a block of " + Twine(launch.threads) + " threads of " +
                kernel.name + " does not fit on " + launch.chip->name);
  if (const SassLoop *loop = kernel.getMainLoop()) {
    SmallVector<const SassInstruction *> body = kernel.getBody(*loop);
    for (const SassInstruction *instruction : body)
      ++report.counts[unsigned(instruction->getClass())];
    report.loopInstructions = body.size();
    Expected<std::optional<TileCopies>> copies = getTileCopies(
        kernel, *loop, report.occupancy.warps, launch.sharedBytes);
    if (!copies)
      return fail(kernel.name + ": " + toString(copies.takeError()));
    report.copies = *copies;
    if (report.copies)
      report.occupancy.warps = 4 * report.copies->groups;
    Expected<LoopCycles> cycles =
        simulateLoop(body, report.occupancy, *launch.chip, report.copies);
    if (!cycles)
      return fail(kernel.name + ": " + toString(cycles.takeError()));
    report.cycles = *cycles;
  }
  reports.push_back(std::move(report));
  return true;
}

/// Audits the kernel of that name, or all kernels if `name` is empty.
static bool auditFile(StringRef path, StringRef name, const Launch &launch,
                      StringRef executable, std::vector<Report> &reports) {
  if (!sys::fs::exists(path))
    return fail("there is no file '" + path + "'");
  Expected<std::string> text = disassemble(path, nvdisasmPath, executable);
  if (!text)
    return fail(toString(text.takeError()));
  Expected<std::vector<SassKernel>> kernels = parseDisassembly(*text);
  if (!kernels)
    return fail("'" + path + "': " + toString(kernels.takeError()));
  bool isFound = name.empty();
  for (const SassKernel &kernel : *kernels) {
    if (!name.empty() && kernel.name != name)
      continue;
    isFound = true;
    if (!audit(kernel, launch, reports))
      return false;
  }
  return isFound || fail("'" + path + "' has no kernel '" + name + "'");
}

/// Audits what the index of quant-translate lists.
static bool auditFolder(StringRef folder, StringRef executable,
                        std::vector<Report> &reports) {
  SmallString<128> path(folder);
  sys::path::append(path, "index.tsv");
  ErrorOr<std::unique_ptr<MemoryBuffer>> index = MemoryBuffer::getFile(path);
  if (!index)
    return fail("cannot read '" + path + "': " + index.getError().message() +
                "; expected a folder that quant-translate --quant-to-cubin "
                "wrote");
  SmallVector<StringRef> lines;
  (*index)->getBuffer().split(lines, '\n', -1, /*KeepEmpty=*/false);
  if (lines.empty())
    return fail("'" + path + "' is empty");
  std::map<StringRef, unsigned> columns;
  for (StringRef name : split(lines.front(), '\t'))
    columns.try_emplace(name, columns.size());
  for (StringRef line : ArrayRef<StringRef>(lines).drop_front()) {
    SmallVector<StringRef> fields;
    line.split(fields, '\t');
    auto get = [&](StringRef name) {
      auto it = columns.find(name);
      return it == columns.end() || it->second >= fields.size()
                 ? StringRef()
                 : fields[it->second];
    };
    Launch launch;
    launch.chip = lookupChip(get("chip"));
    if (!launch.chip || get("threads").getAsInteger(10, launch.threads) ||
        get("shared_bytes").getAsInteger(10, launch.sharedBytes) ||
        get("registers").getAsInteger(10, launch.registers) ||
        launch.threads < 1)
      return fail("'" + path +
                  "': expected chip, threads, shared_bytes and registers in '" +
                  line +
                  "'; write cubins with quant-translate "
                  "--quant-to-cubin");
    SmallString<128> file(folder);
    sys::path::append(file, get("file"));
    if (!auditFile(file, get("kernel"), launch, executable, reports))
      return false;
  }
  return true;
}

//===----------------------------------------------------------------------===//
// Output
//===----------------------------------------------------------------------===//

static void printTable(raw_ostream &os, ArrayRef<Report> reports) {
  os << "kernel\n  chip    regs spills  shared blocks | instr";
  for (unsigned c = 0; c < numSassClasses; ++c)
    os << format(" %8s", getName(SassClass(c)).str().c_str());
  os << " tensor% | cycles: tensor    issue   shared       l2 simulated  "
        "tensor pipe\n";
  for (const Report &report : reports) {
    os << report.kernel << "\n"
       << format("  %-7s %4lld %6lld %7lld %6lld | ",
                 report.launch.chip->name.str().c_str(),
                 (long long)report.registers,
                 (long long)report.spillInstructions,
                 (long long)report.launch.sharedBytes,
                 (long long)report.occupancy.blocks);
    if (!report.cycles) {
      os << "no loop with tensor instructions\n";
      continue;
    }
    os << format("%5lld", (long long)report.loopInstructions);
    for (int64_t count : report.counts)
      os << format(" %8lld", (long long)count);
    const LoopCycles &cycles = *report.cycles;
    os << format(" %7.1f | %14.0f %8.0f %8.0f %8.0f %9.0f %11.1f%%\n",
                 100 * report.getTensorShare(), cycles.tensor, cycles.issue,
                 cycles.shared, cycles.l2, cycles.simulated,
                 100 * cycles.getTensorUtilization());
  }
}

static json::Value toJSON(const Report &report) {
  json::Object object{
      {"kernel", report.kernel},
      {"chip", report.launch.chip->name},
      {"threads", report.launch.threads},
      {"registers", report.registers},
      {"spill_instructions", report.spillInstructions},
      {"shared_bytes", report.launch.sharedBytes},
      {"max_shared_bytes", report.launch.chip->maxBlockSharedBytes},
      {"resident_blocks", report.occupancy.blocks}};
  if (!report.cycles)
    return object;
  json::Object loop{{"instructions", report.loopInstructions},
                    {"tensor_share", report.getTensorShare()}};
  for (unsigned c = 0; c < numSassClasses; ++c)
    loop[getName(SassClass(c))] = report.counts[c];
  if (report.copies) {
    loop["warp_groups"] = report.copies->groups;
    loop["copied_bytes"] = report.copies->bytes;
    loop["stages"] = report.copies->stages;
  }
  object["main_loop"] = std::move(loop);
  const LoopCycles &cycles = *report.cycles;
  object["cycles"] =
      json::Object{{"tensor", cycles.tensor},
                   {"issue", cycles.issue},
                   {"shared", cycles.shared},
                   {"l2", cycles.l2},
                   {"simulated", cycles.simulated},
                   {"tensor_utilization", cycles.getTensorUtilization()}};
  return object;
}

static bool writeJSON(ArrayRef<Report> reports) {
  std::error_code code;
  ToolOutputFile file(jsonPath, code, sys::fs::OF_Text);
  if (code)
    return fail("cannot write '" + jsonPath + "': " + code.message());
  json::Array array;
  for (const Report &report : reports)
    array.push_back(toJSON(report));
  file.os() << formatv("{0:2}\n", json::Value(std::move(array)));
  file.keep();
  return true;
}

//===----------------------------------------------------------------------===//
// Driver
//===----------------------------------------------------------------------===//

static bool run(StringRef executable) {
  const Chip *chip = lookupChip(chipName);
  if (!chip)
    return fail(getUnsupportedChipMessage(chipName));
  if (threads < 1 || threads > 1024)
    return fail("--block=" + Twine(threads) + ": a block has 1 to 1024");
  if (sharedBytes < 0)
    return fail("--shared=" + Twine(sharedBytes) + " is negative");
  std::vector<Report> reports;
  for (const std::string &input : inputs)
    if (!(sys::fs::is_directory(input)
              ? auditFolder(input, executable, reports)
              : auditFile(input, /*name=*/"",
                          {chip, threads, sharedBytes, registers}, executable,
                          reports)))
      return false;
  if (jsonPath != "-")
    printTable(outs(), reports);
  return jsonPath.empty() || writeJSON(reports);
}

int main(int argc, char **argv) {
  InitLLVM init(argc, argv);
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(
      argc, argv,
      "What the machine code of kernels can reach\n\n"
      "Reads cubins by nvdisasm and prints, for each kernel, its registers,\n"
      "spills, shared memory and resident blocks, the instructions of its "
      "main\n"
      "loop by class, and the cycles that one pass of all warps through the\n"
      "loop takes a multiprocessor: what each resource alone would take, and\n"
      "what a simulation of stalls, scoreboards and latencies takes.\n");
  return run(sys::fs::getMainExecutable(argv[0],
                                        reinterpret_cast<void *>(&run)))
             ? 0
             : 1;
}
