//===- quant-translate.cpp - modules to the code of a GPU -----------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Execution/DeviceFusionOption.h"
#include "quant-mlir/InitAll.h"
#include "quant-mlir/Target/FileTransaction.h"
#include "quant-mlir/Target/PTX.h"
#include "quant-mlir/Target/Tensor.h"

#include "mlir/IR/AsmState.h"
#include "mlir/InitAllDialects.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"

#include <set>

using namespace mlir;
using namespace mlir::quantmlir;
namespace cl = llvm::cl;

enum class Action { None, PTX, Cubin };

static cl::OptionCategory category("quant-translate options");
static cl::opt<std::string> inputFile(cl::Positional, cl::init("-"),
                                      cl::desc("<module>"), cl::cat(category));
static cl::opt<Action>
    action(cl::desc("What to make:"), cl::init(Action::None), cl::cat(category),
           cl::values(clEnumValN(Action::PTX, "quant-to-ptx",
                                 "PTX of the module's quantized ops"),
                      clEnumValN(Action::Cubin, "quant-to-cubin",
                                 "machine code of that PTX, by ptxas")));
static cl::opt<std::string>
    outputPath("o", cl::init("-"), cl::value_desc("path"),
               cl::desc("A folder, which gets one file a kernel (a cubin and "
                        "its PTX with --quant-to-cubin) and index.tsv, in "
                        "place of those that its index.tsv lists; or one file "
                        "for all kernels (*.ptx, *.cubin, -)"),
               cl::cat(category));
static cl::opt<std::string> chipName("chip", cl::init("sm_80"),
                                     cl::desc("GPU to make code for"),
                                     cl::cat(category));
static cl::list<int64_t>
    tileSizes("tile", cl::CommaSeparated,
              cl::value_desc("m,n,wm,wn,stages[,splits]"),
              cl::desc("Tile of all matmuls: rows and columns of the result, "
                       "warps along both, stages, blocks that divide K (or, on "
                       "sm_90a, rows, columns, warp groups, stages, or "
                       "rows, columns, warp groups, 0, stages, blocks that "
                       "divide K); by default chosen by chip, M, N and K"),
              cl::cat(category));
static cl::list<int64_t> groupTileSizes(
    "group-tile", cl::CommaSeparated,
    cl::value_desc("m,n,wm,wn,wk,stages[,splits]"),
    cl::desc("The same of all group matmuls, with warps along K"),
    cl::cat(category));
static cl::opt<DeviceFusion> fusion(
    "fuse", cl::init(DeviceFusion::Epilogues),
    cl::desc("What kernels compute besides, as in quant-run (epilogues):"),
    getDeviceFusionValues(), cl::cat(category));
static cl::opt<std::string>
    ptxasPath("ptxas",
              cl::desc("ptxas to use; by default the one on PATH or "
                       "in .venv"),
              cl::value_desc("file"), cl::cat(category));

static LogicalResult fail(const Twine &message) {
  llvm::errs() << "quant-translate: error: " << message << "\n";
  return failure();
}

static LogicalResult fail(llvm::Error error) {
  return fail(llvm::toString(std::move(error)));
}

static LogicalResult writeFile(StringRef path, StringRef text) {
  llvm::Error error = writeOutput(path, [&](llvm::raw_ostream &os) {
    os << text;
    return llvm::Error::success();
  });
  return error ? fail(std::move(error)) : success();
}

namespace {
/// What index.tsv says of one kernel besides what the kernel itself tells.
struct Compiled {
  std::string file;
  std::optional<KernelResources> resources;
};
} // namespace

//===----------------------------------------------------------------------===//
// The index
//===----------------------------------------------------------------------===//

/// "512x1536x576*60,512x576x1536*30": M, N, K of matmuls or M, K of
/// quantizations, times their number.
static std::string printShapes(const KernelUses &uses) {
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::interleave(
      uses.shapes, os,
      [&](const auto &shape) {
        llvm::interleave(
            shape.first, os,
            [&](int64_t size) {
              ShapedType::isDynamic(size) ? os << "?" : os << size;
            },
            "x");
        os << "*" << shape.second;
      },
      ",");
  return text;
}

/// One of the minima of each shape: "1769472,-".
static std::string printBytes(const KernelUses &uses,
                              int64_t MinimumBytes::*minimum) {
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::interleave(
      uses.shapes, os,
      [&](const auto &shape) {
        auto bytes = getMinimumBytes(uses.kernel, shape.first);
        bytes ? os << (*bytes).*minimum : os << "-";
      },
      ",");
  return text;
}

static std::string printIndex(const KernelInventory &inventory,
                              const std::map<std::string, Compiled> &compiled) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "kernel\tfile\tchip\tthreads\trows_per_block\tcolumns_per_block\t"
        "splits\tshared_bytes\tregisters\tspill_bytes\tuses\tshapes\t"
        "block_bytes\toperand_bytes\n";
  for (const auto &[name, uses] : inventory.kernels) {
    const Compiled &result = compiled.at(name);
    LaunchGeometry geometry = getLaunchGeometry(uses.kernel);
    int64_t count = 0;
    for (const auto &shape : uses.shapes)
      count += shape.second;
    os << name << "\t" << result.file << "\t" << chipName << "\t"
       << geometry.threads << "\t" << geometry.rowsPerBlock << "\t"
       << geometry.columnsPerBlock << "\t" << geometry.splits << "\t"
       << geometry.sharedBytes << "\t";
    if (result.resources)
      os << result.resources->registers << "\t" << result.resources->spillBytes;
    else
      os << "-\t-";
    os << "\t" << count << "\t" << printShapes(uses) << "\t"
       << printBytes(uses, &MinimumBytes::ofBlocks) << "\t"
       << printBytes(uses, &MinimumBytes::ofOperands) << "\n";
  }
  return text;
}

//===----------------------------------------------------------------------===//
// Output
//===----------------------------------------------------------------------===//

/// The text with the file's name in place of the one that it has meanwhile.
static std::string showName(StringRef text, StringRef from, StringRef path) {
  return llvm::join(llvm::split(text, from), llvm::sys::path::filename(path));
}

/// Assembles PTX that the transaction has to a cubin.
static FailureOr<std::map<std::string, KernelResources>>
assemble(const Assembler &assembler, FileTransaction &files, StringRef ptxPath,
         StringRef cubinPath, const Chip &chip) {
  auto cubin = llvm::sys::fs::TempFile::create(cubinPath + ".%%%%%%%%.tmp");
  if (!cubin)
    return fail(llvm::createFileError(cubinPath, cubin.takeError()));
  // What ptxas does not write must not seem to be there.
  (void)llvm::sys::fs::remove(cubin->TmpName);
  std::string source = files.resolve(ptxPath), result = cubin->TmpName;
  auto resources = assembler.assemble(source, result, chip);
  if (!resources) {
    llvm::consumeError(cubin->discard());
    std::string text = llvm::toString(resources.takeError());
    SmallString<128> shown(cubinPath);
    llvm::sys::path::replace_extension(shown, "ptx");
    text = showName(showName(text, source, shown), result, cubinPath);
    return fail(text + "; --quant-to-ptx writes its input");
  }
  if (llvm::Error error = files.add(cubinPath, std::move(*cubin)))
    return fail(std::move(error));
  for (const auto &[name, used] : *resources) {
    if (used.spillBytes > 0)
      llvm::errs() << "quant-translate: warning: " << name << " spills "
                   << used.spillBytes << " bytes\n";
    for (const std::string &text : used.serializations)
      llvm::errs() << "quant-translate: warning: " << name << ": " << text
                   << "\n";
  }
  return *resources;
}

static LogicalResult writeOneFile(Location loc,
                                  const KernelInventory &inventory,
                                  const Chip &chip,
                                  const std::optional<Assembler> &assembler,
                                  FileTransaction &files) {
  SmallVector<Kernel> kernels;
  for (const auto &entry : inventory.kernels)
    kernels.push_back(entry.second.kernel);
  FailureOr<std::string> ptx = compileToPTX(loc, kernels, chip);
  if (failed(ptx))
    return failure();
  if (llvm::Error error =
          files.makeFolder(llvm::sys::path::parent_path(outputPath)))
    return fail(std::move(error));
  if (!assembler)
    return writeFile(outputPath, *ptx);
  // Whatever is there under a usual name was not asked for.
  std::string ptxPath = outputPath + ".staged.ptx";
  if (failed(writeFile(ptxPath, *ptx)) ||
      failed(assemble(*assembler, files, ptxPath, outputPath, chip)))
    return failure();
  llvm::Error error = files.drop(ptxPath);
  return error ? fail(std::move(error)) : success();
}

/// Files that an earlier run has written to the folder, as its index says.
static std::set<std::string> getEarlierFiles(StringRef folder) {
  std::set<std::string> files;
  SmallString<128> path(folder);
  llvm::sys::path::append(path, "index.tsv");
  auto index = llvm::MemoryBuffer::getFile(path);
  if (!index)
    return files;
  auto [header, lines] = (*index)->getBuffer().split('\n');
  if (!header.starts_with("kernel\tfile\tchip\t"))
    return files;
  for (StringRef line : llvm::split(lines, '\n')) {
    SmallString<128> file(line.split('\t').second.split('\t').first);
    StringRef extension = llvm::sys::path::extension(file);
    // Others are not this tool's, whatever the index says.
    if (llvm::sys::path::filename(file) != file ||
        (extension != ".ptx" && extension != ".cubin"))
      continue;
    files.insert(file.str().str());
    llvm::sys::path::replace_extension(file, "ptx");
    files.insert(file.str().str());
  }
  return files;
}

/// Writes index.tsv and the files that it lists. Removes from `earlier` what is
/// written.
static LogicalResult writeFolder(Location loc, const KernelInventory &inventory,
                                 const Chip &chip,
                                 const std::optional<Assembler> &assembler,
                                 FileTransaction &files,
                                 std::set<std::string> &earlier) {
  if (llvm::Error error = files.makeFolder(outputPath))
    return fail(std::move(error));
  auto getPath = [](StringRef file) {
    SmallString<128> path(outputPath);
    llvm::sys::path::append(path, file);
    return path;
  };
  std::map<std::string, Compiled> compiled;
  for (const auto &[name, uses] : inventory.kernels) {
    FailureOr<std::string> ptx = compileToPTX(loc, uses.kernel, chip);
    std::string ptxFile = name + ".ptx";
    if (failed(ptx) || failed(writeFile(getPath(ptxFile), *ptx)))
      return failure();
    earlier.erase(ptxFile);
    Compiled &result = compiled[name];
    result.file = name + (assembler ? ".cubin" : ".ptx");
    if (!assembler)
      continue;
    earlier.erase(result.file);
    auto resources = assemble(*assembler, files, getPath(ptxFile),
                              getPath(result.file), chip);
    if (failed(resources))
      return failure();
    result.resources = (*resources)[name];
  }
  // The last one, so that it lists no file that is not there.
  return writeFile(getPath("index.tsv"), printIndex(inventory, compiled));
}

static LogicalResult writeKernels(Location loc,
                                  const KernelInventory &inventory,
                                  const Chip &chip,
                                  const std::optional<Assembler> &assembler) {
  StringRef extension = llvm::sys::path::extension(outputPath);
  bool isOneFile =
      outputPath == "-" || extension == ".ptx" || extension == ".cubin";
  std::set<std::string> earlier;
  if (!isOneFile)
    earlier = getEarlierFiles(outputPath);
  FileTransaction files;
  if (failed(isOneFile ? writeOneFile(loc, inventory, chip, assembler, files)
                       : writeFolder(loc, inventory, chip, assembler, files,
                                     earlier)))
    return failure();
  if (llvm::Error error = files.commit())
    return fail(std::move(error));
  for (const std::string &file : earlier) {
    SmallString<128> path(outputPath);
    llvm::sys::path::append(path, file);
    if (llvm::sys::fs::is_directory(path))
      continue;
    if (std::error_code code = llvm::sys::fs::remove(path))
      return fail("cannot remove '" + path + "': " + code.message());
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Driver
//===----------------------------------------------------------------------===//

/// Fails if an option, or the output's name, says that it is for what the
/// action does not make.
static LogicalResult checkOptions() {
  if (action == Action::None)
    return fail("say what to make: --quant-to-ptx or --quant-to-cubin");
  StringRef extension = llvm::sys::path::extension(outputPath);
  if (action == Action::PTX && extension == ".cubin")
    return fail("-o " + outputPath +
                ": --quant-to-ptx makes no cubin; --quant-to-cubin does");
  if (action == Action::PTX && ptxasPath.getNumOccurrences() > 0)
    return fail("--ptxas=" + ptxasPath +
                ": --quant-to-ptx calls no ptxas; --quant-to-cubin does");
  if (action == Action::Cubin && outputPath == "-")
    return fail("a cubin is no text: give a folder or a file with -o");
  if (action == Action::Cubin && extension == ".ptx")
    return fail("-o " + outputPath +
                ": --quant-to-cubin makes a cubin: name it *.cubin");
  return success();
}

/// Fails if a tile is given that no kernel has.
static LogicalResult checkTiles(const KernelInventory &inventory,
                                const KernelTarget &target) {
  bool isUsed = !target.tile, isGroupUsed = !target.groupTile;
  for (const auto &[name, uses] : inventory.kernels) {
    if (const auto *matmul = std::get_if<MatmulKernel>(&uses.kernel))
      isUsed |= target.tile == matmul->tile;
    if (const auto *matmul = std::get_if<GroupMatmulKernel>(&uses.kernel))
      isGroupUsed |= target.groupTile == matmul->tile;
    if (const auto *matmul =
            std::get_if<IntegerGroupMatmulKernel>(&uses.kernel))
      isGroupUsed |= target.groupTile == matmul->tile;
  }
  if (!isUsed)
    return fail("--tile: the module has no quant.matmul with a GPU kernel that "
                "takes it");
  if (!isGroupUsed)
    return fail("--group-tile: the module has no quant.group_matmul with a GPU "
                "kernel that takes it");
  return success();
}

/// Finds ptxas first, so that its absence costs no time.
static LogicalResult findAssembler(std::optional<Assembler> &assembler,
                                   const char *program) {
  if (action != Action::Cubin)
    return success();
  std::string executable = llvm::sys::fs::getMainExecutable(
      program, reinterpret_cast<void *>(&findAssembler));
  llvm::Expected<Assembler> found = Assembler::find(ptxasPath, executable);
  if (!found)
    return fail(llvm::toString(found.takeError()));
  assembler = *found;
  return success();
}

static FailureOr<KernelTarget> getTarget() {
  KernelTarget target{lookupChip(chipName), std::nullopt, std::nullopt};
  if (!target.chip)
    return fail(getUnsupportedChipMessage(chipName));
  std::string whyNot;
  if (!groupTileSizes.empty()) {
    FailureOr<GroupMatmulTile> tile =
        getGroupTile(llvm::to_vector(groupTileSizes), whyNot);
    if (failed(tile))
      return fail("--group-tile: " + whyNot);
    target.groupTile = *tile;
  }
  if (tileSizes.empty())
    return target;
  FailureOr<MatmulTile> tile =
      getTile(llvm::to_vector(tileSizes), *target.chip, whyNot);
  if (failed(tile))
    return fail("--tile: " + whyNot);
  target.tile = *tile;
  return target;
}

static LogicalResult run(const char *program) {
  if (failed(checkOptions()))
    return failure();
  FailureOr<KernelTarget> target = getTarget();
  if (failed(target))
    return failure();
  std::optional<Assembler> assembler;
  if (failed(findAssembler(assembler, program)))
    return failure();

  DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::quantmlir::registerAllDialects(registry);
  registerPTXTarget(registry);
  MLIRContext context(registry);
  context.loadAllAvailableDialects();
  OwningOpRef<ModuleOp> module =
      parseSourceFile<ModuleOp>(inputFile, ParserConfig(&context));
  if (!module)
    return failure();
  PassManager passes(&context);
  addDeviceFusion(passes, fusion);
  if (failed(passes.run(*module)))
    return failure();

  FailureOr<KernelInventory> collected =
      collectKernels(*module, *target, fusion != DeviceFusion::None);
  if (failed(collected))
    return failure();
  const KernelInventory &inventory = *collected;
  for (const auto &[reason, count] : inventory.onHost)
    llvm::errs() << "quant-translate: " << count
                 << " op(s) stay on the host: " << reason << "\n";
  for (const auto &[substitute, count] : inventory.substituted)
    llvm::errs() << "quant-translate: " << count << " op(s): " << substitute
                 << "\n";
  if (inventory.kernels.empty())
    return fail(
        "'" + inputFile +
        "' has no quant.quantize, quant.quantize_rows, quant.matmul or "
        "quant.group_matmul "
        "with a GPU kernel; quantize the module first (for example with "
        "quant-quantize)");
  if (failed(checkTiles(inventory, *target)))
    return failure();
  return writeKernels(module->getLoc(), inventory, *target->chip, assembler);
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(
      argc, argv,
      "Quantization compiler: from quantized modules to GPU code\n");
  return failed(run(argv[0]));
}
