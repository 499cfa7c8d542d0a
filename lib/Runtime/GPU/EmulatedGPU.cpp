//===- EmulatedGPU.cpp - a GPU on the PTX emulator ------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LaunchShape.h"

#include "quant-mlir/PTX/Emulator.h"
#include "quant-mlir/PTX/TensorMap.h"
#include "quant-mlir/Runtime/GPU.h"

#include "llvm/ADT/FunctionExtras.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <deque>
#include <map>

using namespace llvm;
using namespace mlir::quantmlir;
namespace ptx = quantmlir::ptx;

/// Of the first findings of a launch; the others are counted.
static constexpr size_t maxShownFindings = 4;

namespace {
struct Function {
  std::string name;
  const ptx::Program *program;
  std::unique_ptr<ptx::Kernel> kernel;
};

struct Module {
  std::unique_ptr<ptx::Program> program;
  std::map<std::string, std::unique_ptr<Function>> functions;
};

/// Work in order. `done` and `issued` count items, so that an event is a
/// number.
struct Stream {
  std::deque<unique_function<Error()>> work;
  uint64_t issued = 0;
  uint64_t done = 0;
};

struct Event {
  std::shared_ptr<Stream> stream;
  uint64_t position = 0;
};

/// Owns what the host holds handles of.
template <typename T, typename Owner = std::unique_ptr<T>>
class Handles {
public:
  void *add(Owner owner) {
    void *handle = owner.get();
    owners[handle] = std::move(owner);
    return handle;
  }
  Expected<Owner *> find(void *handle, StringRef what) {
    auto it = owners.find(handle);
    if (it == owners.end())
      return createStringError("0x" + Twine::utohexstr(uintptr_t(handle)) +
                               " is no " + what + " of this GPU, or no more");
    return &it->second;
  }
  void erase(void *handle) { owners.erase(handle); }
  auto begin() { return owners.begin(); }
  auto end() { return owners.end(); }

private:
  std::map<void *, Owner> owners;
};

class EmulatedGPU final : public GPU {
public:
  EmulatedGPU(const EmulatedGPUOptions &options, uint64_t sharedLimit)
      : options(options), sharedLimit(sharedLimit) {}

  Expected<void *> loadModule(StringRef image, int optLevel) override;
  Error unloadModule(void *module) override;
  Expected<void *> getFunction(void *module, StringRef name) override;
  Error launch(const GPULaunch &launch) override;

  Expected<void *> createStream() override;
  Error destroyStream(void *stream) override;
  Error synchronizeStream(void *stream) override;
  Error waitForEvent(void *stream, void *event) override;
  Expected<void *> createEvent() override;
  Error destroyEvent(void *event) override;
  Error recordEvent(void *event, void *stream) override;
  Error synchronizeEvent(void *event) override;

  Error fill(void *to, uint32_t value, unsigned width, uint64_t count,
             void *stream) override;
  Error markUnwritten(void *pointer) override;
  Error registerHost(void *pointer, uint64_t bytes) override;
  Error unregisterHost(void *pointer) override;
  Error setDevice(int32_t ordinal) override;
  json::Array getRecords() const override;

protected:
  Expected<void *> allocateMemory(uint64_t bytes, bool hostShared) override;
  Error freeMemory(void *pointer) override;
  Error copyMemory(void *to, const void *from, uint64_t bytes,
                   void *stream) override;
  Expected<void *> createTensorMap(const GPUTensorMap &map) override;

private:
  Expected<std::shared_ptr<Stream>> getStream(void *handle);
  Error enqueue(void *stream, unique_function<Error()> work);
  Error synchronizeAll();
  Error run(const Function &function, const ptx::LaunchOptions &launch);
  Error copyToHost(void *to, uint64_t from, uint64_t bytes);

  EmulatedGPUOptions options;
  uint64_t sharedLimit;
  // Programs free their variables in it.
  ptx::DeviceMemory memory;
  Handles<Module> modules;
  std::map<void *, Function *> functions;
  Handles<Stream, std::shared_ptr<Stream>> streams;
  Handles<Event> events;
  std::shared_ptr<Stream> defaultStream = std::make_shared<Stream>();
  uint64_t numAllocations = 0;
  /// Launches, and what they did together.
  std::map<LaunchShape, std::pair<int64_t, ptx::Counters>> records;
};
} // namespace

//===----------------------------------------------------------------------===//
// Modules
//===----------------------------------------------------------------------===//

/// The number and the suffix of sm_90a.
static std::pair<unsigned, StringRef> splitChip(StringRef chip) {
  chip.consume_front("sm_");
  unsigned number = 0;
  chip.consumeInteger(10, number);
  return {number, chip};
}

/// PTX for one chip runs on later ones; with the suffix a only on that chip,
/// with f only on its family (PTX ISA, ".target").
static bool runsOn(StringRef target, StringRef chip) {
  auto [needed, suffix] = splitChip(target);
  auto [number, chipSuffix] = splitChip(chip);
  if (suffix == "a")
    return target == chip;
  if (suffix == "f")
    return number >= needed && number / 10 == needed / 10;
  return number >= needed;
}

Expected<void *> EmulatedGPU::loadModule(StringRef image, int /*optLevel*/) {
  StringRef text = image.rtrim('\0');
  if (text.starts_with("\x7f"
                       "ELF") ||
      text.starts_with("\x50\xed\x55\xba"))
    return createStringError(
        "the module is a binary; the emulator runs PTX: compile with "
        "gpu-module-to-binary{format=isa}");
  auto parsed = ptx::parseModule(text);
  if (!parsed)
    return createStringError("PTX:" + toString(parsed.takeError()));
  StringRef target = StringRef((*parsed)->target).split(',').first.trim();
  if (!runsOn(target, options.chip))
    return createStringError("the module is for " + target +
                             " and does not run on " + options.chip);
  auto program = ptx::Program::load(std::move(*parsed), memory);
  if (!program)
    return createStringError("PTX:" + toString(program.takeError()));
  auto module = std::make_unique<Module>();
  module->program = std::move(*program);
  return modules.add(std::move(module));
}

Error EmulatedGPU::unloadModule(void *handle) {
  auto module = modules.find(handle, "module");
  if (!module)
    return module.takeError();
  Error error = synchronizeAll();
  for (auto &entry : (**module)->functions)
    functions.erase(entry.second.get());
  modules.erase(handle);
  return error;
}

Expected<void *> EmulatedGPU::getFunction(void *handle, StringRef name) {
  auto module = modules.find(handle, "module");
  if (!module)
    return module.takeError();
  std::unique_ptr<Function> &function = (**module)->functions[name.str()];
  if (function)
    return function.get();
  auto kernel = (**module)->program->kernel(name);
  if (!kernel)
    return createStringError("PTX of '" + name +
                             "':" + toString(kernel.takeError()));
  if ((*kernel)->staticSharedBytes() > ptx::maxStaticSharedBytes)
    return createStringError(
        "kernel '" + name + "' has " + Twine((*kernel)->staticSharedBytes()) +
        " bytes of static shared memory; the limit is " +
        Twine(ptx::maxStaticSharedBytes) + ": use dynamic shared memory");
  function = std::make_unique<Function>();
  function->name = name.str();
  function->program = (**module)->program.get();
  function->kernel = std::move(*kernel);
  functions[function.get()] = function.get();
  return function.get();
}

//===----------------------------------------------------------------------===//
// Launches
//===----------------------------------------------------------------------===//

/// A line of the text, without the blanks around it.
static StringRef getLine(StringRef text, unsigned number) {
  for (unsigned i = 1; i < number; ++i)
    text = text.split('\n').second;
  return text.split('\n').first.trim();
}

Error EmulatedGPU::run(const Function &function,
                       const ptx::LaunchOptions &launch) {
  auto result = ptx::launch(*function.program, *function.kernel, launch);
  if (!result)
    return createStringError("launch of kernel '" + function.name +
                             "': " + toString(result.takeError()));
  if (result->findings.empty()) {
    if (launch.count) {
      auto &[count, counters] =
          records[LaunchShape(function.name, launch.grid, launch.block)];
      ++count;
      counters.add(result->counters);
    }
    return Error::success();
  }
  std::string message = "kernel '" + function.name + "' is wrong:";
  size_t numShown = std::min(result->findings.size(), maxShownFindings);
  for (const ptx::Finding &finding :
       ArrayRef(result->findings).take_front(numShown))
    message += "\n  " + finding.str() + "\n    " +
               getLine(function.program->module().text, finding.loc.line).str();
  if (size_t more = result->findings.size() - numShown)
    message += "\n  and " + std::to_string(more) + " more";
  return createStringError(message);
}

Error EmulatedGPU::launch(const GPULaunch &launch) {
  auto it = functions.find(launch.function);
  if (it == functions.end())
    return createStringError("launch of 0x" +
                             Twine::utohexstr(uintptr_t(launch.function)) +
                             ", which is no kernel of this GPU");
  Function *function = it->second;
  auto fail = [&](const Twine &message) {
    return createStringError("launch of kernel '" + function->name +
                             "': " + message);
  };
  if (is_contained(launch.cluster, 0u))
    return fail("a cluster of no blocks; its sizes are 1 or more");
  ptx::LaunchOptions settings;
  settings.check = options.check;
  settings.count = options.record;
  settings.hostThreads = options.threads;
  settings.dynamicShared = launch.sharedBytes;
  bool hasClusters =
      llvm::any_of(launch.cluster, [](uint32_t size) { return size != 1; });
  for (unsigned i = 0; i < 3; ++i) {
    settings.cluster[i] = hasClusters ? launch.cluster[i] : 0;
    settings.grid[i] = launch.grid[i];
    settings.block[i] = launch.block[i];
  }
  uint64_t shared = function->kernel->staticSharedBytes() + launch.sharedBytes;
  if (shared > sharedLimit)
    return fail("it needs " + Twine(shared) +
                " bytes of shared memory; a block on " + options.chip +
                " has " + Twine(sharedLimit));
  size_t numParameters = function->kernel->parameters().size();
  if (launch.numParameters.value_or(numParameters) != numParameters)
    return fail("it has " + Twine(numParameters) + " parameters, " +
                Twine(*launch.numParameters) + " arguments are given");
  settings.parameters.resize(function->kernel->parameterBytes());
  for (auto [i, parameter] : enumerate(function->kernel->parameters()))
    std::memcpy(settings.parameters.data() + parameter.offset,
                launch.parameters[i], parameter.bytes);
  return enqueue(launch.stream,
                 [this, function, settings = std::move(settings)] {
                   return run(*function, settings);
                 });
}

json::Array EmulatedGPU::getRecords() const {
  json::Array array;
  for (const auto &[shape, record] : records) {
    json::Value counters = record.second.toJSON();
    json::Object object = shape.toJSON(record.first);
    for (auto &[key, value] : *counters.getAsObject())
      object[key] = value;
    array.push_back(std::move(object));
  }
  return array;
}

//===----------------------------------------------------------------------===//
// Streams and events
//===----------------------------------------------------------------------===//

/// Runs a stream's work up to a position. What is queued behind work that fails
/// is dropped: it may need what the failed work should have made, or a module
/// that is unloaded.
static Error runUntil(Stream &stream, uint64_t position) {
  while (stream.done < position) {
    auto work = std::move(stream.work.front());
    stream.work.pop_front();
    ++stream.done;
    if (Error error = work()) {
      stream.done += stream.work.size();
      stream.work.clear();
      return error;
    }
  }
  return Error::success();
}

Expected<std::shared_ptr<Stream>> EmulatedGPU::getStream(void *handle) {
  if (!handle)
    return defaultStream;
  auto stream = streams.find(handle, "stream");
  if (!stream)
    return stream.takeError();
  return **stream;
}

Error EmulatedGPU::enqueue(void *handle, unique_function<Error()> work) {
  auto stream = getStream(handle);
  if (!stream)
    return stream.takeError();
  (*stream)->work.push_back(std::move(work));
  ++(*stream)->issued;
  return Error::success();
}

Expected<void *> EmulatedGPU::createStream() {
  return streams.add(std::make_shared<Stream>());
}

Error EmulatedGPU::synchronizeStream(void *handle) {
  auto stream = getStream(handle);
  if (!stream)
    return stream.takeError();
  return runUntil(**stream, (*stream)->issued);
}

Error EmulatedGPU::destroyStream(void *handle) {
  Error error = synchronizeStream(handle);
  streams.erase(handle);
  return error;
}

Error EmulatedGPU::synchronizeAll() {
  Error error = runUntil(*defaultStream, defaultStream->issued);
  for (auto &entry : streams)
    error = joinErrors(std::move(error),
                       runUntil(*entry.second, entry.second->issued));
  return error;
}

Expected<void *> EmulatedGPU::createEvent() {
  return events.add(std::make_unique<Event>());
}

Error EmulatedGPU::destroyEvent(void *handle) {
  auto event = events.find(handle, "event");
  if (!event)
    return event.takeError();
  events.erase(handle);
  return Error::success();
}

Error EmulatedGPU::recordEvent(void *handle, void *stream) {
  auto event = events.find(handle, "event");
  if (!event)
    return event.takeError();
  auto recorded = getStream(stream);
  if (!recorded)
    return recorded.takeError();
  (**event)->position = (*recorded)->issued;
  (**event)->stream = std::move(*recorded);
  return Error::success();
}

// An event that recorded nothing is no reason to wait, as in CUDA.
Error EmulatedGPU::synchronizeEvent(void *handle) {
  auto event = events.find(handle, "event");
  if (!event)
    return event.takeError();
  if (!(**event)->stream)
    return Error::success();
  return runUntil(*(**event)->stream, (**event)->position);
}

Error EmulatedGPU::waitForEvent(void *stream, void *handle) {
  auto event = events.find(handle, "event");
  if (!event)
    return event.takeError();
  Event recorded = ***event;
  if (!recorded.stream)
    return Error::success();
  return enqueue(stream, [recorded] {
    return runUntil(*recorded.stream, recorded.position);
  });
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

static bool isOnDevice(uint64_t address) {
  return address >= ptx::DeviceMemory::base;
}

Expected<void *> EmulatedGPU::allocateMemory(uint64_t bytes, bool hostShared) {
  if (hostShared)
    return createStringError("memory that host and device share is not "
                             "emulated: use gpu.alloc and gpu.memcpy");
  if (options.memoryBytes > 0 &&
      bytes >
          options.memoryBytes - std::min(options.memoryBytes, getBytesInUse()))
    return noMemory("no memory for " + Twine(bytes) +
                    " bytes on the emulated GPU, which has " +
                    Twine(options.memoryBytes));
  uint64_t address =
      memory.allocate(bytes, "allocation " + std::to_string(numAllocations++));
  if (!address)
    return noMemory("no memory for " + Twine(bytes) +
                    " bytes on the emulated GPU");
  return reinterpret_cast<void *>(address);
}

Error EmulatedGPU::freeMemory(void *pointer) {
  Error error = synchronizeAll();
  auto address = reinterpret_cast<uint64_t>(pointer);
  if (memory.free(address))
    return error;
  return joinErrors(
      std::move(error),
      createStringError(
          "free of 0x" + Twine::utohexstr(address) +
          ", which begins no device allocation" +
          (isOnDevice(address) ? "" : "; this is a host address")));
}

Error EmulatedGPU::markUnwritten(void *pointer) {
  if (!options.check)
    return Error::success();
  if (Error error = synchronizeAll())
    return error;
  auto address = reinterpret_cast<uint64_t>(pointer);
  if (memory.markUnwritten(address))
    return Error::success();
  return createStringError("0x" + Twine::utohexstr(address) +
                           " begins no device allocation");
}

/// As compute-sanitizer's initcheck does, checked mode refuses bytes that
/// nothing has written.
Error EmulatedGPU::copyToHost(void *to, uint64_t from, uint64_t bytes) {
  const ptx::Allocation *source = memory.find(from, bytes);
  if (options.check && source && !source->written.empty()) {
    uint64_t begin = from - source->begin;
    for (uint64_t i = begin; i < begin + bytes; ++i)
      if (!(source->written[i / 8] >> (i % 8) & 1))
        return createStringError(
            "copy of " + Twine(bytes) + " bytes to the host: byte " + Twine(i) +
            " of '" + source->name + "' was never written");
  }
  return memory.copyToHost(to, from, bytes);
}

// Copies between pageable host memory and the device have happened when CUDA's
// call returns, copies on the device have not ("API synchronization behavior").
Error EmulatedGPU::copyMemory(void *to, const void *from, uint64_t bytes,
                              void *stream) {
  auto target = reinterpret_cast<uint64_t>(to);
  auto source = reinterpret_cast<uint64_t>(from);
  if (isOnDevice(target) && isOnDevice(source))
    return enqueue(stream,
                   [=] { return memory.copyOnDevice(target, source, bytes); });
  if (!isOnDevice(target) && !isOnDevice(source))
    return createStringError(
        "copy of " + Twine(bytes) + " bytes from 0x" +
        Twine::utohexstr(source) + " to 0x" + Twine::utohexstr(target) +
        ": both are host addresses, so a buffer is missing on the device");
  if (Error error = synchronizeStream(stream))
    return error;
  return isOnDevice(target) ? memory.copyToDevice(target, from, bytes)
                            : copyToHost(to, source, bytes);
}

Error EmulatedGPU::fill(void *to, uint32_t value, unsigned width,
                        uint64_t count, void *stream) {
  auto target = reinterpret_cast<uint64_t>(to);
  return enqueue(stream,
                 [=] { return memory.fill(target, value, width, count); });
}

Expected<void *> EmulatedGPU::createTensorMap(const GPUTensorMap &map) {
  if (map.interleave != 0 || map.fill != 0)
    return createStringError("tensor maps that interleave, or that fill with "
                             "NaN, are not emulated");
  // The newer types are packed, the newer swizzles exchange other pieces.
  if (map.elementType < 0 || map.swizzle < 0 ||
      map.elementType > int(ptx::TensorMap::Element::TF32Ftz) ||
      map.swizzle > int(ptx::TensorMap::Swizzle::Bytes128))
    return createStringError("tensor maps of element type " +
                             Twine(map.elementType) + " and swizzle " +
                             Twine(map.swizzle) + " are not emulated");
  ptx::TensorMap encoded;
  encoded.element = static_cast<ptx::TensorMap::Element>(map.elementType);
  encoded.swizzle = static_cast<ptx::TensorMap::Swizzle>(map.swizzle);
  encoded.rank = map.rank;
  encoded.address = reinterpret_cast<uint64_t>(map.address);
  llvm::copy(map.extents, encoded.extents);
  llvm::copy(map.strides, encoded.strides);
  llvm::copy(map.box, encoded.box);
  if (Error error = encoded.verify())
    return std::move(error);
  auto object = allocateMemory(ptx::TensorMap::bytes, /*hostShared=*/false);
  if (!object)
    return object.takeError();
  ptx::TensorMap::Object content = encoded.encode();
  if (Error error = memory.copyToDevice(reinterpret_cast<uint64_t>(*object),
                                        content.data(), content.size()))
    return joinErrors(std::move(error), freeMemory(*object));
  return *object;
}

static Error refuseHostMemory() {
  return createStringError("kernels on the emulator cannot use host memory "
                           "(gpu.host_register): use gpu.alloc and gpu.memcpy");
}

Error EmulatedGPU::registerHost(void *, uint64_t) { return refuseHostMemory(); }

Error EmulatedGPU::unregisterHost(void *) { return refuseHostMemory(); }

Error EmulatedGPU::setDevice(int32_t ordinal) {
  if (ordinal == 0)
    return Error::success();
  return createStringError("there is no GPU " + Twine(ordinal) +
                           "; one is emulated, number 0");
}

Expected<std::unique_ptr<GPU>>
mlir::quantmlir::createEmulatedGPU(const EmulatedGPUOptions &options) {
  std::optional<uint64_t> limit = ptx::sharedMemoryLimit(options.chip);
  if (!limit)
    return createStringError("'" + options.chip +
                             "' is no GPU that the "
                             "emulator knows; choose one such as sm_80");
  return std::make_unique<EmulatedGPU>(options, *limit);
}
