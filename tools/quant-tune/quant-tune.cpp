//===- quant-tune.cpp - seeks the tile of each product --------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Problem.h"
#include "Trial.h"

#include "quant-mlir/Execution/Executor.h"
#include "quant-mlir/InitAll.h"
#include "quant-mlir/Target/FileTransaction.h"
#include "quant-mlir/Target/Tensor.h"

#include "mlir/IR/AsmState.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"

#include <set>

using namespace mlir;
using namespace mlir::quantmlir;
namespace cl = llvm::cl;

namespace {
enum class Device { None, PTX, CUDA };

/// Made in main, where LLVM's own options, which share the name space and some
/// names, are out of the way.
struct Options {
  cl::OptionCategory category{"quant-tune options"};
  cl::opt<std::string> module{cl::Positional, cl::Required,
                              cl::desc("MODULE.mlir"), cl::cat(category)};
  cl::opt<std::string> output{
      "o", cl::value_desc("FILE.mlir"),
      cl::desc("Write the module with the best tile of each matmul as its "
               "attribute quant.tile (- for standard output; the table then "
               "goes to standard error)"),
      cl::cat(category)};
  cl::opt<std::string> chip{"chip", cl::init("sm_80"), cl::value_desc("CHIP"),
                            cl::desc("GPU to tune for (sm_80)"),
                            cl::cat(category)};
  cl::list<int64_t> rows{
      "rows", cl::CommaSeparated, cl::value_desc("N,…"),
      cl::desc("What dynamic numbers of rows are taken to be, one after the "
               "other (16); with -o, one"),
      cl::cat(category)};
  cl::list<int64_t> tile{
      "tile", cl::CommaSeparated, cl::value_desc("m,n,…"),
      cl::desc("Try this tile alone, besides the compiler's choice"),
      cl::cat(category)};
  cl::opt<Device> device{
      "device", cl::init(Device::None),
      cl::desc("Run the best candidates, too:"),
      cl::values(clEnumValN(Device::PTX, "ptx",
                            "on the emulator, which adds bank conflicts and "
                            "the bytes that are moved"),
                 clEnumValN(Device::CUDA, "cuda",
                            "on the first GPU of NVIDIA's driver; its times "
                            "then rank them")),
      cl::cat(category)};
  cl::opt<unsigned> best{
      "best", cl::init(8), cl::value_desc("N"),
      cl::desc("How many candidates of a product are printed, and with "
               "--device run (8)"),
      cl::cat(category)};
  cl::opt<int64_t> launches{
      "launches", cl::init(20), cl::value_desc("N"),
      cl::desc("Launches with --device=cuda, of which the fastest counts (20)"),
      cl::cat(category)};
  cl::opt<std::string> json{"json", cl::value_desc("FILE"),
                            cl::desc("Also write all candidates as JSON (- as "
                                     "for -o)"),
                            cl::cat(category)};
  cl::opt<std::string> ptxas{
      "ptxas", cl::value_desc("FILE"),
      cl::desc("ptxas to use; by default the one on PATH or in .venv"),
      cl::cat(category)};
  cl::opt<std::string> nvdisasm{
      "nvdisasm", cl::value_desc("FILE"),
      cl::desc("nvdisasm to use; by default the one on PATH or in .venv"),
      cl::cat(category)};
};

Options *options;
} // namespace

static LogicalResult fail(const Twine &message) {
  llvm::errs() << "quant-tune: error: " << message << "\n";
  return failure();
}

static std::string toText(ArrayRef<int64_t> numbers, StringRef separator) {
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::interleave(numbers, os, separator);
  return text;
}

//===----------------------------------------------------------------------===//
// Search
//===----------------------------------------------------------------------===//

static double getMicroseconds(const Candidate &candidate, const Chip &chip) {
  return candidate.seconds
             ? *candidate.seconds * 1e6
             : candidate.getCycles(chip) / static_cast<double>(chip.megahertz);
}

/// What was measured comes before what was not.
static void rank(std::vector<Candidate> &candidates, const Chip &chip) {
  llvm::sort(candidates, [&](const Candidate &a, const Candidate &b) {
    auto getKey = [&](const Candidate &c) {
      return std::tuple(!c.seconds, getMicroseconds(c, chip), c.kernel);
    };
    return getKey(a) < getKey(b);
  });
}

static LogicalResult estimateAll(Trial &trial, const Chip &chip,
                                 Problem &problem) {
  std::vector<SmallVector<int64_t>> tiles = {{}};
  if (options->tile.empty())
    llvm::append_range(tiles, getTiles(problem.op, chip));
  else
    tiles.push_back(llvm::to_vector(options->tile));
  std::set<std::string> seen;
  for (const SmallVector<int64_t> &tile : tiles) {
    Candidate candidate;
    candidate.tile = tile;
    std::string whyNot;
    FailureOr<Kernel> kernel = trial.getKernel(problem, candidate, whyNot);
    if (failed(kernel) && !options->tile.empty() && !tile.empty())
      return fail("--tile=" + toText(tile, ",") + ": " + chip.name +
                  " has no kernel of that tile for " +
                  toText(problem.sizes, "x") + ": " + whyNot);
    // There are others.
    if (failed(kernel))
      continue;
    candidate.kernel = getKernelName(*kernel);
    if (!seen.insert(candidate.kernel).second)
      continue;
    if (llvm::Error error = trial.estimate(problem, *kernel, candidate))
      return fail(toString(std::move(error)));
    problem.candidates.push_back(std::move(candidate));
  }
  rank(problem.candidates, chip);
  return success();
}

static llvm::Expected<std::unique_ptr<GPU>> makeGPU(const Chip &chip) {
  return options->device == Device::PTX
             ? createEmulatedGPU({chip.name.str(), /*check=*/false,
                                  /*threads=*/0, /*record=*/true})
             : createCUDAGPU("libcuda.so.1", /*record=*/true);
}

/// Runs the best candidates, and the compiler's choice.
static LogicalResult runBest(const Trial &trial, const Chip &chip,
                             Problem &problem) {
  bool isEmulated = options->device == Device::PTX;
  int64_t launches = isEmulated ? 1 : int64_t(options->launches);
  for (auto [i, candidate] : llvm::enumerate(problem.candidates)) {
    if (i >= options->best && !candidate.tile.empty())
      continue;
    std::string whyNot;
    FailureOr<Kernel> kernel = trial.getKernel(problem, candidate, whyNot);
    if (llvm::Error error = trial.run(problem, *kernel, candidate, launches,
                                      [&] { return makeGPU(chip); }))
      return fail(toString(std::move(error)));
  }
  rank(problem.candidates, chip);
  return success();
}

//===----------------------------------------------------------------------===//
// Output
//===----------------------------------------------------------------------===//

static void printTable(const Problem &problem, const Chip &chip) {
  // Standard output may carry a file.
  bool isTaken = options->output == "-" || options->json == "-";
  llvm::raw_ostream &os = isTaken ? llvm::errs() : llvm::outs();
  os << llvm::formatv("{0} {1} on {2}, {3} op(s)\n", problem.op->getName(),
                      toText(problem.sizes, "x"), chip.name,
                      problem.uses.size());
  os << "  tile                 regs spilled blocks waves tensor pipe    cycles"
        "        us    TOPS";
  if (options->device == Device::PTX)
    os << " conflicts  moved";
  if (options->device == Device::CUDA)
    os << "  measured us";
  os << "\n";
  double operations = 2;
  for (int64_t size : problem.sizes)
    operations *= static_cast<double>(size);
  for (auto [i, candidate] : llvm::enumerate(problem.candidates)) {
    if (i >= options->best && !candidate.tile.empty())
      continue;
    double cycles = candidate.getCycles(chip);
    double microseconds = cycles / static_cast<double>(chip.megahertz);
    std::string tile = candidate.tile.empty() ? "(compiler's choice)"
                                              : toText(candidate.tile, ",");
    os << llvm::formatv(
        "  {0,-20} {1,4} {2,7} {3,6} {4,5:f2} {5,10:f1}% {6,9:f0} {7,9:f1} "
        "{8,7:f1}",
        tile, candidate.registers, candidate.spillBytes,
        candidate.residentBlocks, candidate.launch.waves,
        100 * candidate.tensorUtilization, cycles, microseconds,
        1e-6 * operations / microseconds);
    if (candidate.conflictCycles)
      os << llvm::formatv(" {0,9:f0} {1,5:f1}%", *candidate.conflictCycles,
                          100 * *candidate.movedBytes);
    if (candidate.seconds)
      os << llvm::formatv(" {0,12:f1}", 1e6 * *candidate.seconds);
    os << "\n";
  }
}

static llvm::json::Object toJSON(const Candidate &candidate, const Chip &chip) {
  double cycles = candidate.getCycles(chip);
  llvm::json::Object object{
      {"tile", llvm::json::Array(candidate.tile)},
      {"kernel", candidate.kernel},
      {"registers", candidate.registers},
      {"spill_bytes", candidate.spillBytes},
      {"resident_blocks", candidate.residentBlocks},
      {"blocks", candidate.launch.blocks},
      {"waves", candidate.launch.waves},
      {"tensor_utilization", candidate.tensorUtilization},
      {"cycles", cycles},
      {"microseconds", cycles / static_cast<double>(chip.megahertz)}};
  if (candidate.conflictCycles) {
    object["conflict_cycles"] = *candidate.conflictCycles;
    object["moved_bytes"] = *candidate.movedBytes;
  }
  if (candidate.seconds)
    object["measured_microseconds"] = 1e6 * *candidate.seconds;
  return object;
}

/// Fails unless files of that name can be written, before all the work.
static LogicalResult checkWritable(StringRef path) {
  if (llvm::sys::fs::is_directory(path))
    return fail("cannot write '" + path + "': it is a folder");
  bool isDevice =
      llvm::sys::fs::exists(path) && !llvm::sys::fs::is_regular_file(path);
  if (path.empty() || path == "-" || isDevice)
    return success();
  auto file = llvm::sys::fs::TempFile::create(path + ".%%%%%%%%.tmp");
  llvm::Error error = file ? file->discard() : file.takeError();
  return error ? fail("cannot write '" + path +
                      "': " + toString(std::move(error)))
               : success();
}

static LogicalResult
writeFile(StringRef path, llvm::function_ref<void(llvm::raw_ostream &)> write) {
  llvm::Error error = writeOutput(path, [&](llvm::raw_ostream &os) {
    write(os);
    return llvm::Error::success();
  });
  return error ? fail(toString(std::move(error))) : success();
}

static LogicalResult writeJSON(ArrayRef<Problem> problems, const Chip &chip) {
  llvm::json::Array array;
  for (const Problem &problem : problems) {
    llvm::json::Array candidates;
    for (const Candidate &candidate : problem.candidates)
      candidates.push_back(toJSON(candidate, chip));
    array.push_back(
        llvm::json::Object{{"op", problem.op->getName().getStringRef()},
                           {"sizes", llvm::json::Array(problem.sizes)},
                           {"chip", chip.name},
                           {"uses", int64_t(problem.uses.size())},
                           {"candidates", std::move(candidates)}});
  }
  return writeFile(options->json, [&](llvm::raw_ostream &os) {
    os << llvm::formatv("{0:2}\n", llvm::json::Value(std::move(array)));
  });
}

/// Gives each op its best tile, where that is not the compiler's choice.
static LogicalResult writeModule(ModuleOp module, ArrayRef<Problem> problems) {
  for (const Problem &problem : problems)
    for (Operation *op : problem.uses) {
      op->removeAttr(tileAttrName);
      ArrayRef<int64_t> tile = problem.candidates.front().tile;
      if (!tile.empty())
        op->setAttr(tileAttrName,
                    DenseI64ArrayAttr::get(op->getContext(), tile));
    }
  return writeFile(options->output,
                   [&](llvm::raw_ostream &os) { module.print(os); });
}

//===----------------------------------------------------------------------===//
// Driver
//===----------------------------------------------------------------------===//

/// Whether both name one file.
static bool isSameFile(StringRef a, StringRef b) {
  auto simplify = [](StringRef path) {
    SmallString<128> simple(path);
    (void)llvm::sys::fs::make_absolute(simple);
    llvm::sys::path::remove_dots(simple, /*remove_dot_dot=*/true);
    return simple;
  };
  return simplify(a) == simplify(b) || llvm::sys::fs::equivalent(a, b);
}

/// Fails on options that contradict each other, or that nothing would use.
static LogicalResult checkOptions(ArrayRef<int64_t> rows) {
  if (*llvm::min_element(rows) < 1 || options->launches < 1 ||
      options->best < 1)
    return fail("--rows, --launches and --best are 1 or more");
  if (rows.size() > 1 && !options->output.empty())
    return fail(
        "-o writes one tile for each matmul: give one number of --rows");
  if (options->launches.getNumOccurrences() > 0 &&
      options->device != Device::CUDA)
    return fail("--launches is for --device=cuda: without it nothing is timed");
  for (StringRef path : {StringRef(options->output), StringRef(options->json)})
    if (failed(checkWritable(path)))
      return failure();
  if (!options->output.empty() && !options->json.empty() &&
      isSameFile(options->output, options->json))
    return fail("-o and --json both name '" + options->json +
                "': give two files");
  return success();
}

static LogicalResult tune(MLIRContext &context, StringRef executable) {
  const Chip *chip = lookupChip(options->chip);
  if (!chip)
    return fail(getUnsupportedChipMessage(options->chip));
  SmallVector<int64_t> rows(options->rows.begin(), options->rows.end());
  if (rows.empty())
    rows.push_back(16);
  if (failed(checkOptions(rows)))
    return failure();
  if (options->device != Device::None)
    if (auto gpu = makeGPU(*chip); !gpu)
      return fail(toString(gpu.takeError()));
  auto assembler = Assembler::find(options->ptxas, executable);
  if (!assembler)
    return fail(toString(assembler.takeError()));
  OwningOpRef<ModuleOp> module =
      parseSourceFile<ModuleOp>(options->module, ParserConfig(&context));
  if (!module)
    return failure();
  FailureOr<std::vector<Problem>> collected = collectProblems(*module, rows);
  if (failed(collected))
    return failure();
  std::vector<Problem> &problems = *collected;
  if (problems.empty())
    return fail("'" + options->module +
                "' has no quant.matmul or quant.group_matmul on tensors with a "
                "GPU kernel; quantize the module first (for example with "
                "quant-quantize)");
  bool areRowsUsed = llvm::any_of(problems, [](const Problem &problem) {
    return llvm::any_of(problem.uses, [](Operation *op) {
      return ShapedType::isDynamic(getKernelSizes(op).front());
    });
  });
  if (options->rows.getNumOccurrences() > 0 && !areRowsUsed)
    return fail("--rows is for dynamic numbers of rows, and the products of '" +
                options->module + "' have none");
  Trial trial(*chip, *assembler, options->nvdisasm, executable);
  for (Problem &problem : problems) {
    if (failed(estimateAll(trial, *chip, problem)))
      return failure();
    if (options->device != Device::None &&
        failed(runBest(trial, *chip, problem)))
      return failure();
    printTable(problem, *chip);
  }
  FileTransaction files;
  if (!options->json.empty() && failed(writeJSON(problems, *chip)))
    return failure();
  if (!options->output.empty() && failed(writeModule(*module, problems)))
    return failure();
  if (llvm::Error error = files.commit())
    return fail(toString(std::move(error)));
  return success();
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::ResetCommandLineParser();
  Options parsed;
  options = &parsed;
  cl::ParseCommandLineOptions(
      argc, argv,
      "Seeks the tile of each quantized matmul of a module\n\n"
      "Compiles kernels of many tiles, estimates from their machine code what "
      "a\nlaunch takes (see quant-audit), and ranks them. On a GPU the times "
      "rank them.\nEach kernel is that of the matmul alone, without the "
      "epilogue that quant-run and\nquant-translate may give it.\n");
  DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  mlir::quantmlir::registerAllDialects(registry);
  registerExecutionDialects(registry);
  registerPTXTarget(registry);
  MLIRContext context(registry);
  context.loadAllAvailableDialects();
  llvm::SourceMgr sources;
  SourceMgrDiagnosticHandler diagnostics(sources, &context);
  std::string executable = llvm::sys::fs::getMainExecutable(
      argv[0], reinterpret_cast<void *>(&tune));
  return succeeded(tune(context, executable)) ? EXIT_SUCCESS : EXIT_FAILURE;
}
