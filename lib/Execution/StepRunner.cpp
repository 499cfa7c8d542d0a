//===- StepRunner.cpp - carry out a plan ----------------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StepRunner.h"

#include "KernelCompiler.h"
#include "quant-mlir/Execution/Passes.h"
#include "quant-mlir/Runtime/GPU.h"
#include "quant-mlir/Runtime/MatrixProduct.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

#include <ctime>

using namespace mlir;
using namespace mlir::quantmlir;

/// Tasks of fewer elements cost more to hand out than to do.
static constexpr int64_t minTaskElements = 16 << 10;
/// Tasks for each thread, so that a thread that is held up holds up little.
static constexpr int64_t tasksPerThread = 4;

/// Where the kernel that this thread runs reports a failed assertion.
static thread_local std::atomic<int64_t> *currentFailure = nullptr;

static void reportFailedAssertion(int64_t number) {
  currentFailure->store(number, std::memory_order_relaxed);
}

StepRunner::StepRunner(Plan plan, const ExecutorOptions &options)
    : plan(std::move(plan)), observers(options.observers), gpu(options.gpu),
      timeSteps(options.timeSteps), pool(options.threads) {}

StepRunner::~StepRunner() {
  if (!gpu)
    return;
  // Nobody is left to be told of an error.
  llvm::consumeError(useGPU(*gpu, [&] {
    llvm::Error error = llvm::Error::success();
    auto free = [&](void *memory) {
      error = joinErrors(std::move(error), gpu->free(memory));
    };
    for (auto &entry : onDevice)
      free(entry.second);
    for (auto &entry : workspaces)
      llvm::for_each(entry.second, free);
    // Unloads the modules of kernels.
    deviceCode.engine.reset();
    return error;
  }));
}

StepRunner::Memory StepRunner::allocate(int64_t bytes) {
  constexpr int64_t alignment = 64;
  void *memory = std::aligned_alloc(
      alignment, llvm::alignTo(std::max<int64_t>(bytes, 1), alignment));
  if (!memory)
    llvm::report_bad_alloc_error("no memory for the values of a program");
  return Memory(static_cast<char *>(memory));
}

llvm::Expected<std::unique_ptr<StepRunner>>
StepRunner::create(Plan plan, ModuleOp kernels, ModuleOp device,
                   const ExecutorOptions &options) {
  std::unique_ptr<StepRunner> runner(new StepRunner(std::move(plan), options));
  if (kernels)
    if (llvm::Error error = runner->compile(kernels))
      return std::move(error);
  if (device)
    if (llvm::Error error = runner->compileDevice(device, options))
      return std::move(error);
  return std::move(runner);
}

llvm::Error
StepRunner::findFunctions(ExecutionEngine &engine,
                          function_ref<StringRef(const Step &)> getName) {
  for (ArrayRef<Step> steps :
       {ArrayRef<Step>(plan.initialSteps), ArrayRef<Step>(plan.steps)})
    for (const Step &step : steps) {
      StringRef name = getName(step);
      if (name.empty() || functions.contains(name))
        continue;
      auto function = engine.lookupPacked(name);
      if (!function)
        return function.takeError();
      functions[name] = *function;
    }
  return llvm::Error::success();
}

llvm::Error StepRunner::compile(ModuleOp kernels) {
  if (auto messages = kernels->getAttrOfType<ArrayAttr>(assertMessagesAttrName))
    for (Attribute message : messages)
      assertMessages.push_back(cast<StringAttr>(message).str());
  kernels->removeAttr(assertMessagesAttrName);
  auto compiled = compileKernels(kernels, reportFailedAssertion);
  if (!compiled)
    return compiled.takeError();
  engine = std::move(*compiled);
  return findFunctions(*engine, [](const Step &step) {
    auto *kernel = std::get_if<KernelStep>(&step);
    return kernel ? kernel->kernel : StringRef();
  });
}

llvm::Error StepRunner::compileDevice(ModuleOp device,
                                      const ExecutorOptions &options) {
  for (auto function : device.getOps<func::FuncOp>()) {
    auto checks = getWeightChecks(function);
    if (!checks)
      return checks.takeError();
    weightChecks[function.getName()] = std::move(*checks);
  }
  auto compiled = compileDeviceCode(device, *gpu, options.chip);
  if (!compiled)
    return compiled.takeError();
  deviceCode = std::move(*compiled);
  return findFunctions(*deviceCode.engine, [](const Step &step) {
    auto *call = std::get_if<DeviceStep>(&step);
    return call ? call->function : StringRef();
  });
}

llvm::Error StepRunner::runInitialSteps() {
  arena = allocate(plan.arenaBytes);
  addresses.assign(plan.buffers.size(), nullptr);
  std::vector<Memory> temporary;
  for (auto [buffer, address] : llvm::zip_equal(plan.buffers, addresses)) {
    if (buffer.kind == Buffer::Kind::constant) {
      // Steps never write to constants.
      address = static_cast<char *>(const_cast<void *>(buffer.data));
    } else if (buffer.kind == Buffer::Kind::arena) {
      address = arena.get() + buffer.position;
    } else if (buffer.kind == Buffer::Kind::cached ||
               buffer.kind == Buffer::Kind::initial) {
      auto &owner = buffer.kind == Buffer::Kind::cached ? cached : temporary;
      owner.push_back(allocate(buffer.bytes));
      address = owner.back().get();
    }
  }
  for (ArrayRef<Step> steps :
       {ArrayRef<Step>(plan.initialSteps), ArrayRef<Step>(plan.steps)})
    for (const Step &step : steps)
      if (auto *call = std::get_if<DeviceStep>(&step))
        if (llvm::Error error = checkWeights(*call, /*areConstant=*/true))
          return error;
  return runSteps(plan.initialSteps);
}

llvm::Error StepRunner::run(ArrayRef<const void *> inputs,
                            ArrayRef<void *> outputs) {
  std::lock_guard<std::mutex> lock(turn);
  for (auto [buffer, address] : llvm::zip_equal(plan.buffers, addresses)) {
    if (buffer.kind == Buffer::Kind::argument)
      address =
          static_cast<char *>(const_cast<void *>(inputs[buffer.position]));
    else if (buffer.kind == Buffer::Kind::result)
      address = static_cast<char *>(outputs[buffer.position]);
  }
  return runSteps(plan.steps);
}

/// Of all threads: other processes on the machine disturb it least.
static double getCPUSeconds() {
  timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return time.tv_sec + time.tv_nsec * 1e-9;
}

/// What a step does, for a table of times.
static std::string describe(const Step &step) {
  if (auto *kernel = std::get_if<KernelStep>(&step))
    return kernel->kernel.str();
  if (auto *product = std::get_if<ProductStep>(&step))
    return llvm::formatv(
        "{0} product {1}x {2}x{3}x{4}", product->isInteger ? "i8" : "f32",
        product->getNumItems(), product->m, product->n, product->k);
  if (auto *device = std::get_if<DeviceStep>(&step))
    return device->function.str();
  return std::holds_alternative<CopyStep>(step) ? "copy" : "observe";
}

void StepRunner::printStepTimes(llvm::raw_ostream &os) const {
  for (const auto &[name, time] : stepTimes)
    os << llvm::format("%10.4f s %6lld ", time.seconds, time.calls) << name
       << "\n";
}

llvm::Error StepRunner::runSteps(ArrayRef<Step> steps) {
  for (const Step &step : steps) {
    double start = timeSteps ? getCPUSeconds() : 0;
    if (llvm::Error error = std::visit(
            [&](const auto &concrete) { return runStep(concrete); }, step))
      return error;
    if (timeSteps) {
      StepTime &time = stepTimes[describe(step)];
      time.seconds += getCPUSeconds() - start;
      ++time.calls;
    }
    int64_t failure = failedAssertion.exchange(-1, std::memory_order_relaxed);
    if (failure >= 0)
      return llvm::createStringError("an assertion of the program failed: " +
                                     assertMessages[failure]);
  }
  return llvm::Error::success();
}

llvm::Error StepRunner::runStep(const KernelStep &step) {
  KernelFunction function = functions.lookup(step.kernel);
  SmallVector<void *> pointers;
  for (unsigned buffer : step.buffers)
    pointers.push_back(addresses[buffer]);
  int64_t minRows =
      llvm::divideCeil(minTaskElements, std::max<int64_t>(step.rowElements, 1));
  int64_t numTasks = pool.getNumThreads() * tasksPerThread;
  int64_t rowsPerTask =
      std::max<int64_t>(minRows, llvm::divideCeil(step.rows, numTasks));
  pool.parallelFor(llvm::divideCeil(step.rows, rowsPerTask),
                   [&](uint32_t task) {
                     currentFailure = &failedAssertion;
                     int64_t begin = task * rowsPerTask;
                     int64_t end = std::min(begin + rowsPerTask, step.rows);
                     SmallVector<void *> arguments;
                     for (void *&pointer : pointers)
                       arguments.push_back(&pointer);
                     arguments.push_back(&begin);
                     arguments.push_back(&end);
                     function(arguments.data());
                   });
  return llvm::Error::success();
}

namespace {
/// How a product is divided: the same for the same shape and threads.
struct Tiling {
  int64_t rows, columns;
};
} // namespace

/// Divides the larger side of the matrix. Small parts balance better, also when
/// a thread is held up, but each has a cost of its own: takes the smallest ones
/// that come within 5 % of the shortest time.
static Tiling chooseTiling(const ProductStep &step, int64_t numThreads) {
  constexpr int64_t unit = 32, smallest = 64, costOfPart = 6;
  int64_t extent = std::max(step.m, step.n);
  auto getTime = [&](int64_t part) {
    int64_t numParts = llvm::divideCeil(extent, part) * step.getNumItems();
    int64_t rounds = llvm::divideCeil(numParts, numThreads);
    return rounds * (part + costOfPart);
  };
  int64_t shortest = INT64_MAX;
  for (int64_t part = smallest; part < extent + unit; part += unit)
    shortest = std::min(shortest, getTime(part));
  int64_t part = smallest;
  while (part < extent && getTime(part) > shortest + shortest / 20)
    part += unit;
  if (step.n >= step.m)
    return {step.m, part};
  return {part, step.n};
}

template <typename T>
static Matrix<T> getMatrix(char *base, const ProductStep::Operand &operand,
                           int64_t item, int64_t row, int64_t column) {
  T *data = reinterpret_cast<T *>(base) + operand.offsets[item] +
            row * operand.rowStride + column * operand.columnStride;
  return {data, operand.rowStride, operand.columnStride};
}

llvm::Error StepRunner::runStep(const ProductStep &step) {
  Tiling tiling = chooseTiling(step, pool.getNumThreads());
  int64_t numRowTiles = llvm::divideCeil(step.m, tiling.rows);
  int64_t numColumnTiles = llvm::divideCeil(step.n, tiling.columns);
  int64_t numTiles = numRowTiles * numColumnTiles;
  char *a = addresses[step.a.buffer], *b = addresses[step.b.buffer];
  char *c = addresses[step.c.buffer];
  pool.parallelFor(numTiles * step.getNumItems(), [&](uint32_t task) {
    int64_t item = task / numTiles;
    int64_t row = task % numTiles / numColumnTiles * tiling.rows;
    int64_t column = task % numColumnTiles * tiling.columns;
    int64_t m = std::min(tiling.rows, step.m - row);
    int64_t n = std::min(tiling.columns, step.n - column);
    if (step.isInteger)
      multiplyI8(m, n, step.k, getMatrix<const int8_t>(a, step.a, item, row, 0),
                 getMatrix<const int8_t>(b, step.b, item, 0, column),
                 getMatrix<int32_t>(c, step.c, item, row, column),
                 step.accumulate);
    else
      multiplyF32(m, n, step.k, getMatrix<const float>(a, step.a, item, row, 0),
                  getMatrix<const float>(b, step.b, item, 0, column),
                  getMatrix<float>(c, step.c, item, row, column),
                  step.accumulate);
  });
  return llvm::Error::success();
}

llvm::Error StepRunner::runStep(const CopyStep &step) {
  std::memcpy(getAddress(step.destination), getAddress(step.source),
              step.bytes);
  return llvm::Error::success();
}

llvm::Error StepRunner::runStep(const ObserveStep &step) {
  observers->observe(step.name,
                     reinterpret_cast<const float *>(getAddress(step.source)),
                     step.rows, step.channels);
  return llvm::Error::success();
}

/// CUDA allocates no memory of no bytes.
llvm::Expected<void *> StepRunner::allocateOnDevice(uint64_t bytes) {
  return gpu->allocate(std::max<uint64_t>(bytes, 1), /*hostShared=*/false);
}

/// The constant's copy in device memory, made at its first use. What lies
/// between rows is left as it is: no kernel reads it.
llvm::Expected<void *> StepRunner::getOnDevice(Place place,
                                               const DeviceRows &rows) {
  auto key = std::make_tuple(place.buffer, place.byteOffset, rows.rows,
                             rows.rowBytes, rows.pitch);
  if (void *copy = onDevice.lookup(key))
    return copy;
  llvm::Expected<void *> copy =
      allocateOnDevice(static_cast<uint64_t>(rows.rows * rows.pitch));
  if (!copy)
    return copy.takeError();
  GPURowCopy rowCopy = {*copy,
                        rows.pitch,
                        getAddress(place),
                        rows.rowBytes,
                        static_cast<uint64_t>(rows.rowBytes),
                        static_cast<uint64_t>(rows.rows)};
  llvm::Error error = gpu->copyRows(rowCopy, /*stream=*/nullptr);
  if (!error)
    error = gpu->synchronizeStream(/*stream=*/nullptr);
  if (error)
    return joinErrors(std::move(error), gpu->free(*copy));
  onDevice[key] = *copy;
  return *copy;
}

/// The memory of a device function, which it has from its first call on. What a
/// call left there is none of the next one's.
llvm::Expected<ArrayRef<void *>> StepRunner::getWorkspaces(StringRef function) {
  ArrayRef<uint64_t> sizes = deviceCode.workspaces[function];
  SmallVector<void *> &memory = workspaces[function];
  for (void *earlier : memory)
    if (llvm::Error error = gpu->markUnwritten(earlier))
      return std::move(error);
  while (memory.size() < sizes.size()) {
    llvm::Expected<void *> next = allocateOnDevice(sizes[memory.size()]);
    if (!next)
      return next.takeError();
    memory.push_back(*next);
  }
  return memory;
}

static std::string describe(const Buffer &buffer) {
  if (!buffer.name.empty())
    return ("'" + buffer.name + "'").str();
  if (buffer.kind == Buffer::Kind::argument)
    return "argument " + std::to_string(buffer.position);
  return buffer.kind == Buffer::Kind::constant ? "a constant"
                                               : "a computed value";
}

llvm::Error StepRunner::checkWeight(const DeviceStep &step,
                                    const WeightCheck &check) {
  auto getData = [&](std::optional<unsigned> operand) -> const int8_t * {
    return operand ? reinterpret_cast<const int8_t *>(
                         getAddress(step.places[*operand]))
                   : nullptr;
  };
  std::string whyNot;
  if (succeeded(check.range.check(getData(check.codes), getData(check.scales),
                                  getData(check.zeros), whyNot)))
    return llvm::Error::success();
  auto describeOperand = [&](unsigned operand) {
    return describe(plan.buffers[step.places[operand].buffer]);
  };
  return llvm::createStringError(
      "kernels cannot multiply by the weight of codes " +
      describeOperand(check.codes) +
      (check.scales ? " and scales " + describeOperand(*check.scales)
                    : " and zero points " + describeOperand(*check.zeros)) +
      ": " + whyNot);
}

/// Checks the weights that are constant, once, or those that are not, before
/// each call.
llvm::Error StepRunner::checkWeights(const DeviceStep &step, bool areConstant) {
  auto isConstant = [&](std::optional<unsigned> operand) {
    return !operand || plan.buffers[step.places[*operand].buffer].kind ==
                           Buffer::Kind::constant;
  };
  for (const WeightCheck &check : weightChecks[step.function])
    if ((isConstant(check.codes) && isConstant(check.scales) &&
         isConstant(check.zeros)) == areConstant)
      if (llvm::Error error = checkWeight(step, check))
        return error;
  return llvm::Error::success();
}

llvm::Error StepRunner::callDevice(const DeviceStep &step) {
  if (llvm::Error error = checkWeights(step, /*areConstant=*/false))
    return error;
  SmallVector<void *> pointers;
  for (auto [place, rows] : llvm::zip_equal(step.places, step.onDevice)) {
    pointers.push_back(getAddress(place));
    if (!rows)
      continue;
    llvm::Expected<void *> copy = getOnDevice(place, *rows);
    if (!copy)
      return copy.takeError();
    pointers.back() = *copy;
  }
  llvm::Expected<ArrayRef<void *>> memory = getWorkspaces(step.function);
  if (!memory)
    return memory.takeError();
  llvm::append_range(pointers, *memory);
  SmallVector<void *> arguments;
  for (void *&pointer : pointers)
    arguments.push_back(&pointer);
  functions.lookup(step.function)(arguments.data());
  return llvm::Error::success();
}

llvm::Error StepRunner::runStep(const DeviceStep &step) {
  return useGPU(*gpu, [&] { return callDevice(step); });
}
