//===- Trial.cpp - what a candidate takes ---------------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Trial.h"

#include "quant-mlir/Execution/Executor.h"
#include "quant-mlir/Target/Tensor.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Signals.h"

#include <random>

using namespace mlir;
using namespace mlir::quantmlir;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;

static void setTile(Operation *op, ArrayRef<int64_t> tile) {
  if (!tile.empty())
    op->setAttr(tileAttrName, DenseI64ArrayAttr::get(op->getContext(), tile));
}

FailureOr<Kernel> Trial::getKernel(const Problem &problem,
                                   const Candidate &candidate,
                                   std::string &whyNot) const {
  // Errors name the op, which stands in a module that nobody has written.
  ScopedDiagnosticHandler keep(
      problem.op->getContext(), [&](Diagnostic &error) {
        std::string text = error.str();
        StringRef reason = StringRef(text).split(" op ").second;
        (void)reason.consume_front(tileAttrName);
        (void)reason.consume_front(": ");
        whyNot = reason.str();
        return success();
      });
  setTile(problem.op, candidate.tile);
  auto restore =
      llvm::scope_exit([&] { problem.op->removeAttr(tileAttrName); });
  auto kernels = getKernels(problem.op, {&chip, std::nullopt, std::nullopt});
  if (failed(kernels))
    return failure();
  const Kernel &kernel = kernels->back().kernel;
  int64_t bytes = getLaunchGeometry(kernel).sharedBytes;
  if (bytes <= chip.maxBlockSharedBytes)
    return kernel;
  whyNot = ("it needs " + Twine(bytes) + " bytes of shared memory, and " +
            chip.name + " allows a block " + Twine(chip.maxBlockSharedBytes))
               .str();
  return failure();
}

//===----------------------------------------------------------------------===//
// Machine code
//===----------------------------------------------------------------------===//

Expected<Trial::Compiled> Trial::compile(const Kernel &kernel,
                                         Location loc) const {
  FailureOr<std::string> ptx = compileToPTX(loc, kernel, chip);
  if (failed(ptx))
    return createStringError("the kernel cannot be compiled");
  SmallString<128> source;
  if (std::error_code code =
          llvm::sys::fs::createTemporaryFile("quant-tune", "ptx", source))
    return createStringError("no temporary file: " + code.message());
  SmallString<128> cubin(source);
  llvm::sys::path::replace_extension(cubin, "cubin");
  for (StringRef path : {source.str(), cubin.str()})
    (void)llvm::sys::RemoveFileOnSignal(path);
  auto cleanUp = llvm::scope_exit([&] {
    for (StringRef path : {source.str(), cubin.str()}) {
      (void)llvm::sys::fs::remove(path);
      llvm::sys::DontRemoveFileOnSignal(path);
    }
  });
  if (Error error = writeFileAtomically(source, [&](llvm::raw_ostream &os) {
        os << *ptx;
        return Error::success();
      }))
    return std::move(error);
  auto resources = assembler.assemble(source, cubin, chip);
  if (!resources)
    return resources.takeError();
  Expected<std::string> text = disassemble(cubin, nvdisasm, executable);
  if (!text)
    return text.takeError();
  Expected<std::vector<SassKernel>> kernels = parseDisassembly(*text);
  if (!kernels)
    return kernels.takeError();
  return Compiled(std::move(kernels->front()), resources->begin()->second);
}

Error Trial::estimate(const Problem &problem, const Kernel &kernel,
                      Candidate &candidate) {
  auto it = compiled.find(candidate.kernel);
  if (it == compiled.end()) {
    auto made = compile(kernel, problem.op->getLoc());
    if (!made)
      return made.takeError();
    it = compiled.emplace(candidate.kernel, std::move(*made)).first;
  }
  const auto &[code, resources] = it->second;
  LaunchGeometry geometry = getLaunchGeometry(kernel);
  candidate.registers = resources.registers;
  candidate.spillBytes = resources.spillBytes;
  candidate.residentBlocks = getResidentBlocks(
      chip, geometry.threads, resources.registers, geometry.sharedBytes);
  const SassLoop *loop = code.getMainLoop();
  auto bytes = getMinimumBytes(kernel, problem.sizes);
  if (!loop || !bytes || candidate.residentBlocks == 0)
    return createStringError(candidate.kernel +
                             ": nothing is known of such a kernel");

  Occupancy occupancy = {int64_t(llvm::divideCeil(geometry.threads, 32)),
                         candidate.residentBlocks};
  auto copies =
      getTileCopies(code, *loop, occupancy.warps, geometry.sharedBytes);
  if (!copies)
    return copies.takeError();
  if (*copies)
    occupancy.warps = 4 * (*copies)->groups;
  auto cycles = simulateLoop(code.getBody(*loop), occupancy, chip, *copies);
  if (!cycles)
    return cycles.takeError();
  candidate.tensorUtilization = cycles->getTensorUtilization();
  ProductShape shape = {problem.sizes[0],         problem.sizes[1],
                        problem.sizes[2],         geometry.rowsPerBlock,
                        geometry.columnsPerBlock, geometry.splits};
  auto launch = estimateLaunch(code, *loop, occupancy, chip, *copies, shape,
                               bytes->ofOperands);
  if (!launch)
    return launch.takeError();
  candidate.launch = *launch;
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Runs
//===----------------------------------------------------------------------===//

/// Random codes, and floats of about 1/64: no NaN, no infinity.
static std::vector<uint8_t> makeData(RankedTensorType type,
                                     std::mt19937 &random) {
  unsigned bits = type.getElementTypeBitWidth();
  unsigned bytes = std::max(1u, bits / 8);
  std::vector<uint8_t> data(type.getNumElements() * bytes);
  for (uint8_t &byte : data)
    byte = random();
  if (isa<FloatType>(type.getElementType()))
    // The exponents of f32, bf16 and f16, in the upper byte of little endians.
    for (size_t i = bytes - 1; i < data.size(); i += bytes)
      data[i] = type.getElementType().isF16() ? 0x24 : 0x3c;
  return data;
}

/// Scales of 1 to 8 and zero points of 0 to 15, which keep codes within 8 bits.
static void limitParameters(Operation *op,
                            MutableArrayRef<std::vector<uint8_t>> buffers) {
  auto matmul = dyn_cast<GroupMatmulOp>(op);
  if (!matmul)
    return;
  auto limit = [&](Value operand, uint8_t least, uint8_t count) {
    auto argument = dyn_cast_or_null<BlockArgument>(operand);
    if (argument)
      for (uint8_t &byte : buffers[argument.getArgNumber()])
        byte = least + byte % count;
  };
  if (matmul.hasIntegerInput())
    limit(matmul.getScales(), 1, 8);
  limit(matmul.getZeros(), 0, 16);
}

/// Runs the problem's function several times.
static Error runModule(const Problem &problem, ArrayRef<int64_t> tile,
                       const Chip &chip, int64_t launches, GPU &gpu) {
  OwningOpRef<ModuleOp> module(problem.module.get().clone());
  module->walk([&](Operation *op) {
    if (op->getName() == problem.op->getName())
      setTile(op, tile);
  });
  ExecutorOptions options;
  options.gpu = &gpu;
  options.chip = chip.name.str();
  auto executor = Executor::create(std::move(module), "main", {}, options);
  if (!executor)
    return executor.takeError();
  std::mt19937 random(0);
  std::vector<std::vector<uint8_t>> buffers;
  SmallVector<const void *> inputs;
  SmallVector<void *> outputs;
  for (RankedTensorType type : (*executor)->getArgumentTypes())
    buffers.push_back(makeData(type, random));
  limitParameters(problem.op, buffers);
  for (const std::vector<uint8_t> &buffer : buffers)
    inputs.push_back(buffer.data());
  for (RankedTensorType type : (*executor)->getResultTypes())
    outputs.push_back(buffers.emplace_back(makeData(type, random)).data());
  for (int64_t i = 0; i < launches; ++i)
    if (Error error = (*executor)->run(inputs, outputs))
      return error;
  return Error::success();
}

Error Trial::run(const Problem &problem, const Kernel &kernel,
                 Candidate &candidate, int64_t launches,
                 MakeGPU makeGPU) const {
  auto gpu = makeGPU();
  if (!gpu)
    return gpu.takeError();
  if (Error error = runModule(problem, candidate.tile, chip, launches, **gpu))
    return error;
  auto bytes = getMinimumBytes(kernel, problem.sizes);
  for (const llvm::json::Value &value : (*gpu)->getRecords()) {
    const llvm::json::Object &record = *value.getAsObject();
    if (record.getString("kernel") != candidate.kernel)
      continue;
    candidate.seconds = record.getNumber("min_seconds");
    const auto *shared = record.getObject("shared");
    const auto *global = record.getObject("global");
    const auto *bulk = record.getObject("bulk");
    if (!shared || !global || !bulk || !bytes)
      return Error::success();
    constexpr double sectorBytes = 32;
    auto count = static_cast<double>(launches);
    candidate.conflictCycles = *shared->getNumber("conflict_cycles") / count;
    candidate.movedBytes = (*global->getNumber("sectors") * sectorBytes +
                            *bulk->getNumber("bytes")) /
                           count / static_cast<double>(bytes->ofBlocks);
    return Error::success();
  }
  return createStringError(candidate.kernel + " was not launched");
}
