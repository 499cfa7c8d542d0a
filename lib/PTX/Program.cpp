//===- Program.cpp - loaded modules, kernels, results ---------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Code.h"
#include "Decoder.h"
#include "Flatten.h"

#include "llvm/Support/JSON.h"
#include "llvm/Support/MathExtras.h"

#include <cstring>

using namespace llvm;

namespace quantmlir::ptx {

Kernel::Kernel(std::unique_ptr<Code> code) : impl(std::move(code)) {}
Kernel::~Kernel() = default;

const std::vector<Parameter> &Kernel::parameters() const {
  return impl->parameters;
}
StringRef Kernel::name() const { return impl->name; }
uint64_t Kernel::parameterBytes() const { return impl->parameterBytes; }
uint64_t Kernel::staticSharedBytes() const {
  return impl->sharedBytes - impl->reservedSharedBytes;
}

Program::~Program() {
  for (auto &[variable, address] : addresses)
    device->free(address);
}

Expected<std::unique_ptr<Program>> Program::load(std::unique_ptr<Module> module,
                                                 DeviceMemory &memory) {
  std::unique_ptr<Program> program(new Program);
  program->device = &memory;
  for (const Variable &variable : module->variables) {
    if ((variable.space != Space::Global && variable.space != Space::Const) ||
        variable.external)
      continue;
    uint64_t address = memory.allocate(variable.bytes, variable.name);
    if (!address)
      return makeError(variable.loc, "no memory for " + Twine(variable.bytes) +
                                         " bytes of variable '" +
                                         variable.name + "'");
    program->addresses[&variable] = address;
    memory.nearest(address)->readOnly = variable.space == Space::Const;
    // Variables without an initializer begin as zeros (5.4.4).
    if (Error error = memory.fill(address, 0, 1, variable.bytes))
      return std::move(error);
    if (Error error = memory.copyToDevice(
            address, variable.init.data(),
            std::min<uint64_t>(variable.init.size(), variable.bytes)))
      return std::move(error);
  }
  for (const Variable &variable : module->variables)
    for (const Relocation &relocation : variable.relocations) {
      auto it = module->variableByName.find(relocation.symbol);
      uint64_t target =
          it == module->variableByName.end() ? 0 : program->address(it->second);
      if (Function *function = module->functionByName.lookup(relocation.symbol);
          function && !target) {
        function->addressTaken = true;
        target = function->address;
      }
      if (!target)
        return makeError(relocation.loc, "'" + relocation.symbol +
                                             "' is not a variable or function "
                                             "with an address");
      target += uint64_t(relocation.addend);
      if (Error error = memory.copyToDevice(program->addresses[&variable] +
                                                relocation.offset,
                                            &target, relocation.bytes))
        return std::move(error);
    }
  program->source = std::move(module);
  return std::move(program);
}

uint64_t Program::address(const Variable *variable) const {
  auto it = addresses.find(variable);
  return it == addresses.end() ? 0 : it->second;
}

uint64_t Program::address(StringRef name) const {
  auto it = source->variableByName.find(name);
  return it == source->variableByName.end() ? 0 : address(it->second);
}

// Compute capabilities (CUDA C++ programming guide): 512 KB of local memory a
// thread.
static Error checkLocalMemory(const FlatFunction &flat) {
  constexpr uint64_t limit = uint64_t(512) << 10;
  for (const Variable &variable : flat.variables) {
    Place place = flat.places.lookup(&variable);
    if (place.space == Space::Local &&
        (place.offset > limit || variable.bytes > limit - place.offset))
      return makeError(variable.loc,
                       "'" + variable.name + "' ends beyond the " +
                           Twine(limit) +
                           " bytes of local memory that a thread may have");
  }
  return Error::success();
}

Expected<std::unique_ptr<Kernel>> Program::kernel(StringRef entry) const {
  const Function *function = source->findEntry(entry);
  if (!function || !function->defined) {
    std::string known;
    for (const Function &other : source->functions)
      if (other.entry && other.defined)
        known += (known.empty() ? "" : ", ") + other.name;
    return createStringError(inconvertibleErrorCode(),
                             "the module has no entry '" + entry +
                                 "'; it has " +
                                 (known.empty() ? "none" : known));
  }
  Expected<FlatFunction> flat = flatten(*source, *function);
  if (!flat)
    return flat.takeError();
  if (Error error = checkLocalMemory(*flat))
    return std::move(error);
  auto code = std::make_unique<Code>();
  code->name = function->name;
  code->sharedBytes = flat->sharedBytes;
  code->reservedSharedBytes = flat->reservedSharedBytes;
  code->localBytes = flat->localBytes;
  uint64_t offset = 0;
  for (const Variable *variable : function->parameters) {
    offset = alignTo(offset, variable->align);
    code->parameters.push_back(
        {variable->name, variable->type, offset, variable->bytes});
    offset += variable->bytes;
  }
  code->parameterBytes = offset;
  code->blocksAreClusters = function->blocksAreClusters;
  uint64_t threads = 1;
  for (unsigned i = 0; i < 3; ++i) {
    code->requiredThreads[i] = function->requiredThreads[i];
    threads *= std::max(1u, function->maxThreads[i]);
    code->requiredCluster[i] = function->requiredCluster[i];
  }
  if (function->maxThreads[0])
    code->maxThreads = unsigned(std::min<uint64_t>(threads, 1024));
  if (Error error = decodeEntry(*this, *flat, *code))
    return std::move(error);
  return std::make_unique<Kernel>(std::move(code));
}

std::string Finding::str() const {
  auto triple = [](const unsigned (&v)[3]) {
    return std::to_string(v[0]) + "," + std::to_string(v[1]) + "," +
           std::to_string(v[2]);
  };
  return "line " + std::to_string(loc.line) + ": " + kind + ": " + message +
         " (cta " + triple(cta) + " thread " + triple(thread) + ")";
}

void Counters::add(const Counters &other) {
  for (auto &[name, counts] : other.instructions) {
    instructions[name].first += counts.first;
    instructions[name].second += counts.second;
  }
  sharedRequests += other.sharedRequests;
  sharedCycles += other.sharedCycles;
  sharedIdealCycles += other.sharedIdealCycles;
  globalRequests += other.globalRequests;
  globalSectors += other.globalSectors;
  globalIdealSectors += other.globalIdealSectors;
  globalBytesRead += other.globalBytesRead;
  globalBytesWritten += other.globalBytesWritten;
  sharedBytesRead += other.sharedBytesRead;
  sharedBytesWritten += other.sharedBytesWritten;
  bulkCopies += other.bulkCopies;
  bulkBytes += other.bulkBytes;
  auto addLines = [](std::map<unsigned, LineCounters> &into,
                     const std::map<unsigned, LineCounters> &from) {
    for (auto &[line, counts] : from) {
      LineCounters &sum = into[line];
      sum.requests += counts.requests;
      sum.cost += counts.cost;
      sum.ideal += counts.ideal;
      sum.instruction = counts.instruction;
    }
  };
  addLines(sharedLines, other.sharedLines);
  addLines(globalLines, other.globalLines);
}

static json::Array linesToJSON(const std::map<unsigned, LineCounters> &lines,
                               StringRef cost) {
  json::Array result;
  for (auto &[line, counts] : lines)
    result.push_back(json::Object{{"line", int64_t(line)},
                                  {"instruction", counts.instruction},
                                  {"requests", int64_t(counts.requests)},
                                  {cost, int64_t(counts.cost)},
                                  {"ideal", int64_t(counts.ideal)}});
  return result;
}

json::Value Counters::toJSON() const {
  json::Object classes;
  for (auto &[name, counts] : instructions)
    classes[name] = json::Object{{"warps", int64_t(counts.first)},
                                 {"threads", int64_t(counts.second)}};
  return json::Object{
      {"instructions", std::move(classes)},
      {"shared", json::Object{{"requests", int64_t(sharedRequests)},
                              {"cycles", int64_t(sharedCycles)},
                              {"ideal_cycles", int64_t(sharedIdealCycles)},
                              {"conflict_cycles",
                               int64_t(sharedCycles - sharedIdealCycles)},
                              {"bytes_read", int64_t(sharedBytesRead)},
                              {"bytes_written", int64_t(sharedBytesWritten)},
                              {"lines", linesToJSON(sharedLines, "cycles")}}},
      {"global", json::Object{{"requests", int64_t(globalRequests)},
                              {"sectors", int64_t(globalSectors)},
                              {"ideal_sectors", int64_t(globalIdealSectors)},
                              {"bytes_read", int64_t(globalBytesRead)},
                              {"bytes_written", int64_t(globalBytesWritten)},
                              {"lines", linesToJSON(globalLines, "sectors")}}},
      {"bulk", json::Object{{"copies", int64_t(bulkCopies)},
                            {"bytes", int64_t(bulkBytes)}}}};
}

} // namespace quantmlir::ptx
