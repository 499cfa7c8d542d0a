//===- forward.cpp - time forward passes on the CPU -----------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// Runs a module on windows of a token file, prints the seconds of each pass,
// and compares the result with a reference. compare-forward.py starts it beside
// PyTorch.
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Execution/Executor.h"
#include "quant-mlir/InitAll.h"
#include "quant-mlir/Target/Npy.h"
#include "quant-mlir/Target/Safetensors.h"

#include "mlir/Parser/Parser.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/SourceMgr.h"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <sys/resource.h>

using namespace mlir;
using namespace mlir::quantmlir;
namespace cl = llvm::cl;

static cl::opt<std::string> modulePath(cl::Positional, cl::Required,
                                       cl::desc("module"));
static cl::opt<std::string> weightsPath("weights", cl::desc("safetensors"));
static cl::list<std::string>
    inputPaths("input",
               cl::desc("npy file for each argument, in order; windows along "
                        "the first dimension"));
static cl::opt<std::string> referencePath("reference", cl::desc("npy"));
static cl::opt<unsigned> numThreads("num-threads", cl::init(0));
static cl::opt<unsigned> numRuns("runs", cl::init(5));
static cl::opt<bool> keepCached("cache-constants", cl::init(true));
static cl::opt<bool>
    waitForLine("wait", cl::desc("before each run, wait for a line of input"));
static cl::opt<bool> showSteps("steps",
                               cl::desc("seconds of each kind of step"));

static llvm::ExitOnError exitOnError("forward: ");

static double secondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
      .count();
}

/// Seconds that all threads of this process have computed.
static double getCPUSeconds() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  auto seconds = [](timeval time) { return time.tv_sec + time.tv_usec * 1e-6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

static int64_t getBytes(RankedTensorType type) {
  return type.getNumElements() *
         llvm::divideCeil(type.getElementTypeBitWidth(), 8);
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::ParseCommandLineOptions(argc, argv, "times forward passes\n");
  DialectRegistry registry;
  quantmlir::registerAllDialects(registry);
  registerExecutionDialects(registry);
  MLIRContext context(registry);
  auto start = std::chrono::steady_clock::now();
  OwningOpRef<ModuleOp> module =
      parseSourceFile<ModuleOp>(modulePath, &context);
  if (!module)
    return 1;
  std::printf("parse %.2f s\n", secondsSince(start));

  std::shared_ptr<const SafetensorsFile> weights;
  if (!weightsPath.empty())
    weights = exitOnError(SafetensorsFile::open(weightsPath));
  auto provider = [&](StringRef name,
                      RankedTensorType type) -> llvm::Expected<const void *> {
    const StoredTensor *tensor = weights ? weights->lookup(name) : nullptr;
    if (!tensor)
      return llvm::createStringError("no tensor '" + name + "'");
    return tensor->data.data();
  };
  ExecutorOptions options;
  options.threads = numThreads;
  options.cacheConstants = keepCached;
  options.timeSteps = showSteps;
  std::unique_ptr<Executor> executor = exitOnError(
      Executor::create(std::move(module), "main", provider, options));
  std::printf("compile %.2f s, arena %.1f MB, cached %.1f MB\n",
              executor->getCompileSeconds(), executor->getArenaBytes() / 1e6,
              executor->getCachedBytes() / 1e6);
  std::fflush(stdout);

  SmallVector<std::shared_ptr<const NpyFile>> inputs;
  for (const std::string &path : inputPaths)
    inputs.push_back(exitOnError(NpyFile::open(path)));
  std::shared_ptr<const NpyFile> reference;
  if (!referencePath.empty())
    reference = exitOnError(NpyFile::open(referencePath));
  RankedTensorType resultType = executor->getResultTypes().front();
  std::vector<float> result(resultType.getNumElements());
  double largest = 0, best = 1e9, sum = 0;
  for (unsigned run = 0; run < numRuns; ++run) {
    SmallVector<const void *> pointers;
    for (auto [type, file] :
         llvm::zip_equal(executor->getArgumentTypes(), inputs)) {
      int64_t bytes = getBytes(type);
      int64_t windows = file->getTensor().data.size() / bytes;
      pointers.push_back(file->getTensor().data.data() + run % windows * bytes);
    }
    char line[64];
    if (waitForLine && !std::fgets(line, sizeof(line), stdin))
      break;
    double cpuStart = getCPUSeconds();
    start = std::chrono::steady_clock::now();
    exitOnError(executor->run(pointers, {result.data()}));
    double seconds = secondsSince(start);
    std::printf("run %u: %.4f s, CPU %.4f s\n", run, seconds,
                getCPUSeconds() - cpuStart);
    std::fflush(stdout);
    best = std::min(best, seconds);
    sum += seconds;
    if (!reference)
      continue;
    int64_t windows = reference->getTensor().data.size() / getBytes(resultType);
    auto *expected =
        reinterpret_cast<const float *>(reference->getTensor().data.data()) +
        run % windows * result.size();
    for (auto [i, value] : llvm::enumerate(result))
      largest = std::max<double>(largest, std::fabs(value - expected[i]));
  }
  if (showSteps)
    executor->printStepTimes(llvm::outs());
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  std::printf("best %.4f s, mean %.4f s, peak memory %.0f MB", best,
              sum / numRuns, usage.ru_maxrss / 1e3);
  if (reference)
    std::printf(", largest difference %.3g", largest);
  std::printf("\n");
  return 0;
}
