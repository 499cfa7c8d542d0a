//===- Report.cpp - what is said of a kernel ------------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Report.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace mlir::quantmlir;

double mlir::quantmlir::getTeraops(const ShapeUse &shape, double microseconds) {
  double products = 1;
  for (int64_t size : shape.sizes)
    products *= static_cast<double>(size);
  return 2e-6 * products / microseconds;
}

/// The bytes that the blocks of all counted launches move at least; nothing if
/// the index has no shape for one of them.
static std::optional<double> getBlockBytes(const Report &report) {
  const Launch &launch = report.launch;
  double sum = 0;
  for (auto [grid, launches] : report.counters->grids) {
    double bytes = 0, uses = 0;
    for (const ShapeUse &use : launch.shapes) {
      if (use.blockBytes == 0 || launch.blockRows == 0)
        continue;
      int64_t rows = divideCeil(use.sizes.front(), launch.blockRows);
      // Without columns one block covers all of them.
      int64_t columns = launch.blockColumns == 0
                            ? 1
                            : divideCeil(use.sizes[1], launch.blockColumns);
      if (rows != grid[0] || columns != grid[1])
        continue;
      bytes += static_cast<double>(use.blockBytes * use.uses);
      uses += static_cast<double>(use.uses);
    }
    if (uses == 0)
      return std::nullopt;
    sum += bytes / uses * static_cast<double>(launches);
  }
  return sum;
}

static double getQuotient(int64_t a, int64_t b) {
  return b == 0 ? 0 : static_cast<double>(a) / static_cast<double>(b);
}

//===----------------------------------------------------------------------===//
// Table
//===----------------------------------------------------------------------===//

static void printLoop(raw_ostream &os, const Report &report) {
  os << format("%5lld", (long long)report.loopInstructions);
  for (int64_t count : report.counts)
    os << format(" %8lld", (long long)count);
  const LoopCycles &cycles = *report.cycles;
  os << format(" %7.1f %6lld %5lld ", 100 * report.getTensorShare(),
               (long long)report.stallCycles,
               (long long)report.scoreboardWaits);
  if (report.passDepth > 0)
    os << format("%5.0f", report.passDepth);
  else
    os << "    -";
  os << format(" | %14.0f %8.0f %8.0f %8.0f %9.0f %11.1f%%\n", cycles.tensor,
               cycles.issue, cycles.shared, cycles.l2, cycles.simulated,
               100 * cycles.getTensorUtilization());
}

static void printLaunches(raw_ostream &os, const Report &report) {
  for (const auto &[use, launch] : report.launches) {
    double microseconds = report.getMicroseconds(launch);
    os << formatv("  {0}, {1} times: {2} blocks in {3:f2} waves, {4:f0} cycles "
                  "({5:f0} of memory), {6:f1} us, {7:f1} TOPS\n",
                  use.text, use.uses, launch.blocks, launch.waves,
                  launch.cycles, launch.memory, microseconds,
                  getTeraops(use, microseconds));
  }
}

static void printCounters(raw_ostream &os, const Report &report) {
  const KernelCounters &counters = *report.counters;
  os << formatv(
      "  emulator, {0} launch(es): {1} of {2} cycles of shared memory "
      "are bank conflicts ({3} of ldmatrix and cp.async)",
      counters.launches, counters.conflictCycles, counters.sharedCycles,
      counters.copyConflictCycles);
  if (counters.copyRequests > 0)
    os << formatv(
        "; {0:f2} sectors a cp.async, {1:f2} would do",
        getQuotient(counters.copySectors, counters.copyRequests),
        getQuotient(counters.copyIdealSectors, counters.copyRequests));
  os << formatv("; {0} bytes moved", counters.movedBytes);
  if (std::optional<double> bytes = getBlockBytes(report))
    os << formatv(", {0:f1} % of the blocks' minimum",
                  100 * static_cast<double>(counters.movedBytes) / *bytes);
  os << "\n";
}

void mlir::quantmlir::printTable(raw_ostream &os, ArrayRef<Report> reports) {
  os << "kernel\n  chip    regs spills  shared blocks | instr";
  for (unsigned c = 0; c < numSassClasses; ++c)
    os << format(" %8s", getName(SassClass(c)).str().c_str());
  os << " tensor% stalls waits     K | cycles: tensor    issue   shared       "
        "l2 simulated  tensor pipe\n";
  for (const Report &report : reports) {
    os << report.kernel << "\n"
       << format("  %-7s %4lld %6lld %7lld %6lld | ",
                 report.launch.chip->name.str().c_str(),
                 (long long)report.registers,
                 (long long)report.spillInstructions,
                 (long long)report.launch.sharedBytes,
                 (long long)report.occupancy.blocks);
    if (report.cycles)
      printLoop(os, report);
    else
      os << "no loop with tensor instructions\n";
    printLaunches(os, report);
    if (report.counters)
      printCounters(os, report);
  }
}

//===----------------------------------------------------------------------===//
// JSON
//===----------------------------------------------------------------------===//

static json::Object getLoop(const Report &report) {
  json::Object loop{{"instructions", report.loopInstructions},
                    {"tensor_share", report.getTensorShare()},
                    {"stall_cycles", report.stallCycles},
                    {"scoreboard_waits", report.scoreboardWaits}};
  if (report.passDepth > 0)
    loop["depth"] = report.passDepth;
  for (unsigned c = 0; c < numSassClasses; ++c)
    loop[getName(SassClass(c))] = report.counts[c];
  if (report.copies) {
    loop["warp_groups"] = report.copies->groups;
    loop["copied_bytes"] = report.copies->bytes;
    loop["stages"] = report.copies->stages;
  }
  return loop;
}

static json::Object getCycles(const LoopCycles &cycles) {
  return json::Object{{"tensor", cycles.tensor},
                      {"issue", cycles.issue},
                      {"shared", cycles.shared},
                      {"l2", cycles.l2},
                      {"simulated", cycles.simulated},
                      {"tensor_utilization", cycles.getTensorUtilization()},
                      {"shared_bytes", cycles.shared * sharedBytesPerCycle},
                      {"l2_bytes", cycles.l2 * l2BytesPerCycle}};
}

static json::Array getLaunches(const Report &report) {
  json::Array array;
  for (const auto &[use, launch] : report.launches) {
    double microseconds = report.getMicroseconds(launch);
    array.push_back(json::Object{{"shape", use.text},
                                 {"uses", use.uses},
                                 {"blocks", launch.blocks},
                                 {"waves", launch.waves},
                                 {"cycles", launch.cycles},
                                 {"memory_cycles", launch.memory},
                                 {"microseconds", microseconds},
                                 {"tops", getTeraops(use, microseconds)}});
  }
  return array;
}

static json::Object getCounters(const Report &report) {
  const KernelCounters &counters = *report.counters;
  json::Object object{{"launches", counters.launches},
                      {"shared_cycles", counters.sharedCycles},
                      {"conflict_cycles", counters.conflictCycles},
                      {"copy_conflict_cycles", counters.copyConflictCycles},
                      {"copy_requests", counters.copyRequests},
                      {"copy_sectors", counters.copySectors},
                      {"copy_ideal_sectors", counters.copyIdealSectors},
                      {"moved_bytes", counters.movedBytes}};
  if (std::optional<double> bytes = getBlockBytes(report))
    object["block_bytes"] = *bytes;
  return object;
}

json::Value mlir::quantmlir::toJSON(ArrayRef<Report> reports) {
  json::Array array;
  for (const Report &report : reports) {
    json::Object object{
        {"kernel", report.kernel},
        {"chip", report.launch.chip->name},
        {"threads", report.launch.threads},
        {"registers", report.registers},
        {"spill_instructions", report.spillInstructions},
        {"shared_bytes", report.launch.sharedBytes},
        {"max_shared_bytes", report.launch.chip->maxBlockSharedBytes},
        {"resident_blocks", report.occupancy.blocks}};
    if (report.cycles) {
      object["main_loop"] = getLoop(report);
      object["cycles"] = getCycles(*report.cycles);
    }
    if (!report.launches.empty())
      object["launches"] = getLaunches(report);
    if (report.counters)
      object["emulator"] = getCounters(report);
    array.push_back(std::move(object));
  }
  return array;
}
