//===- quant-audit.cpp - what the machine code of kernels can reach -------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Report.h"

#include "quant-mlir/Target/Tensor.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace mlir::quantmlir;

static cl::OptionCategory category("quant-audit options");
static cl::list<std::string>
    inputs(cl::Positional, cl::OneOrMore, cl::cat(category),
           cl::desc("<folder of quant-translate --quant-to-cubin, or cubin>…"));
static cl::opt<std::string>
    chipName("chip", cl::init("sm_80"), cl::cat(category),
             cl::desc("GPU of cubins that no folder's index.tsv describes"));
static cl::opt<int64_t> threads("block", cl::init(0), cl::cat(category),
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
static cl::list<std::string> counterPaths(
    "counters", cl::value_desc("file or folder"), cl::cat(category),
    cl::desc("What quant-run --device=ptx --counters or ptx-run --counters "
             "wrote, to be shown beside; of a folder all *.json"));
static cl::opt<std::string>
    nvdisasmPath("nvdisasm", cl::value_desc("file"), cl::cat(category),
                 cl::desc("nvdisasm to use; by default the one on PATH or in "
                          ".venv"));

static bool fail(const Twine &message) {
  errs() << "quant-audit: error: " << message << "\n";
  return false;
}

//===----------------------------------------------------------------------===//
// Input
//===----------------------------------------------------------------------===//

static Error auditLoop(const SassKernel &kernel, const SassLoop &loop,
                       Report &report) {
  SmallVector<const SassInstruction *> body = kernel.getBody(loop);
  for (const SassInstruction *instruction : body) {
    ++report.counts[unsigned(instruction->getClass())];
    report.stallCycles += instruction->stall;
    report.scoreboardWaits += instruction->waitMask != 0;
  }
  report.loopInstructions = body.size();
  const Launch &launch = report.launch;
  Expected<std::optional<TileCopies>> copies =
      getTileCopies(kernel, loop, report.occupancy.warps, launch.sharedBytes);
  if (!copies)
    return copies.takeError();
  report.copies = *copies;
  if (report.copies)
    report.occupancy.warps = 4 * report.copies->groups;
  if (launch.blockRows > 0 && launch.blockColumns > 0)
    report.passDepth = getPassDepth(body, report.occupancy.warps,
                                    launch.blockRows, launch.blockColumns);
  Expected<LoopCycles> cycles =
      simulateLoop(body, report.occupancy, *launch.chip, report.copies);
  if (!cycles)
    return cycles.takeError();
  report.cycles = *cycles;
  return Error::success();
}

/// What the shapes of the index take, as far as it tells them.
static Error estimateLaunches(const SassKernel &kernel, const SassLoop &loop,
                              Report &report) {
  const Launch &launch = report.launch;
  for (const ShapeUse &use : launch.shapes) {
    if (report.passDepth > 0 && use.countSizes() != 3)
      return createStringError("'" + launch.index + "' has the shape '" +
                               use.text +
                               "' of a product, which needs three sizes");
    if (use.sizes.empty() || use.operandBytes == 0 || report.passDepth == 0)
      continue;
    ProductShape shape = {use.sizes[0],     use.sizes[1],        use.sizes[2],
                          launch.blockRows, launch.blockColumns, launch.splits};
    Expected<LaunchCycles> cycles =
        estimateLaunch(kernel, loop, report.occupancy, *launch.chip,
                       report.copies, shape, use.operandBytes);
    if (!cycles)
      return cycles.takeError();
    report.launches.emplace_back(use, *cycles);
  }
  return Error::success();
}

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
    if (Error error = auditLoop(kernel, *loop, report))
      return fail(kernel.name + ": " + toString(std::move(error)));
    if (Error error = estimateLaunches(kernel, *loop, report))
      return fail(kernel.name + ": " + toString(std::move(error)));
  }
  reports.push_back(std::move(report));
  return true;
}

/// Fails if code that nvdisasm says is for another chip does not run on `chip`:
/// it runs on later ones of the same generation, with the suffix a on that chip
/// alone (CUDA C++ Programming Guide, "Binary Compatibility").
static bool checkTarget(StringRef path, StringRef disassembly,
                        const Chip &chip) {
  StringRef target =
      disassembly.split(".target").second.split('\n').first.trim();
  auto getNumber = [](StringRef name) {
    unsigned number = 0;
    name.consume_front("sm_");
    name.consumeInteger(10, number);
    return number;
  };
  unsigned needed = getNumber(target), number = getNumber(chip.name);
  bool runs = target.ends_with("a")
                  ? target == chip.name
                  : needed / 10 == number / 10 && needed <= number;
  return target.empty() || runs ||
         fail("'" + path + "' is for " + target + " and does not run on " +
              chip.name + ": give its chip with --chip");
}

/// Audits the kernel of that name, or all kernels if `name` is empty.
static bool auditFile(StringRef path, StringRef name, const Launch &launch,
                      StringRef executable, std::vector<Report> &reports) {
  if (!sys::fs::exists(path))
    return fail("there is no file '" + path + "'");
  Expected<std::string> text = disassemble(path, nvdisasmPath, executable);
  if (!text)
    return fail(toString(text.takeError()));
  if (!checkTarget(path, *text, *launch.chip))
    return false;
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
  Expected<std::vector<IndexedKernel>> kernels = readIndex(folder);
  if (!kernels)
    return fail(toString(kernels.takeError()));
  return all_of(*kernels, [&](const IndexedKernel &kernel) {
    return auditFile(kernel.file, kernel.name, kernel.launch, executable,
                     reports);
  });
}

/// Gives each report what was counted of its kernel.
static bool addCounters(std::vector<Report> &reports) {
  CounterTable table;
  for (const std::string &path : counterPaths)
    if (Error error = readCounters(path, table))
      return fail(toString(std::move(error)));
  for (Report &report : reports)
    if (auto it = table.find(report.kernel); it != table.end())
      report.counters = it->second;
  if (table.empty() || any_of(reports, [](const Report &report) {
        return report.counters.has_value();
      }))
    return true;
  return fail("--counters: none of the audited kernels was counted, but " +
              table.begin()->first +
              "; run the module that the kernels were made of, for the same "
              "chip and with the same tile");
}

static bool writeJSON(ArrayRef<Report> reports) {
  Error error = writeOutput(jsonPath, [&](raw_ostream &os) {
    os << formatv("{0:2}\n", toJSON(reports));
    return Error::success();
  });
  return !error || fail(toString(std::move(error)));
}

//===----------------------------------------------------------------------===//
// Driver
//===----------------------------------------------------------------------===//

/// Checks what is given of launches, and that it is given where it is needed.
static bool checkLaunch() {
  if (threads.getNumOccurrences() > 0 && (threads < 1 || threads > 1024))
    return fail("--block=" + Twine(threads) + ": a block has 1 to 1024");
  if (sharedBytes < 0)
    return fail("--shared=" + Twine(sharedBytes) + " is negative");
  if (registers.getNumOccurrences() > 0 &&
      (registers < 1 || registers > maxRegisters))
    return fail("--registers=" + Twine(registers) + ": a thread has 1 to " +
                Twine(maxRegisters));
  bool areFolders = all_of(inputs, [](const std::string &input) {
    return sys::fs::is_directory(input);
  });
  for (const cl::Option *option : std::initializer_list<const cl::Option *>{
           &chipName, &threads, &sharedBytes, &registers})
    if (areFolders && option->getNumOccurrences() > 0)
      return fail("--" + option->ArgStr +
                  " is for cubins: the index.tsv of a folder tells it");
  for (const std::string &input : inputs)
    if (!sys::fs::is_directory(input) && (threads.getNumOccurrences() == 0 ||
                                          sharedBytes.getNumOccurrences() == 0))
      return fail("a cubin does not tell how '" + input +
                  "' is launched: give --block=THREADS and --shared=BYTES, or "
                  "the folder that quant-translate wrote");
  return true;
}

static bool run(StringRef executable) {
  const Chip *chip = lookupChip(chipName);
  if (!chip)
    return fail(getUnsupportedChipMessage(chipName));
  if (!checkLaunch())
    return false;
  Launch launch = {chip, threads, sharedBytes, registers, 0, 0, 1, {}, ""};
  std::vector<Report> reports;
  for (const std::string &input : inputs)
    if (!(sys::fs::is_directory(input)
              ? auditFolder(input, executable, reports)
              : auditFile(input, /*name=*/"", launch, executable, reports)))
      return false;
  if (!addCounters(reports))
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
      "what a simulation of stalls, scoreboards and latencies takes. For each\n"
      "static shape of the index it estimates what the whole launch takes, "
      "and\nwith --counters it shows what the emulator counted.\n");
  return run(sys::fs::getMainExecutable(argv[0],
                                        reinterpret_cast<void *>(&run)))
             ? 0
             : 1;
}
