//===- PipelineModel.cpp - cycles of a loop on a multiprocessor -----------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A simulation by cycles: four schedulers issue one instruction of one of their
// warps each cycle. A warp's next instruction waits for the stall count of the
// last one, for the scoreboards that the code names, for barriers and committed
// copies, and for a free tensor core. docs/Audit.md lists what is not modelled.
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Target/SASS.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <array>

using namespace llvm;
using namespace mlir::quantmlir;

static constexpr int64_t warpSize = 32;
static constexpr unsigned numSchedulers = 4, numScoreboards = 6;
static constexpr double sharedBytesPerCycle = 128;
/// 5120 bytes a cycle for A100's 108 multiprocessors (NVIDIA A100 whitepaper).
static constexpr double l2BytesPerCycle = 5120. / 108;
// Latencies of A100 (Abdelkhalik et al., "Demystifying the Nvidia Ampere
// Architecture through Microbenchmarking and Instruction-level Analysis",
// 2022): 23 cycles of shared memory, 200 of L2. The others are assumptions.
static constexpr double sharedLatency = 23, l2Latency = 200;
static constexpr double operandLatency = 10, barrierLatency = 10;
/// Integer and float units of a scheduler are 16 lanes wide.
static constexpr double simpleCycles = 2;

Occupancy mlir::quantmlir::getOccupancy(int64_t threads, int64_t registers,
                                        int64_t sharedBytes, const Chip &chip) {
  // CUDA C++ Programming Guide, "Technical Specifications per Compute
  // Capability"; registers are given to warps in units of 256, and each block's
  // shared memory costs 1 KB more.
  constexpr int64_t allRegisters = 65536, registerUnit = 256, reserved = 1024;
  constexpr int64_t maxBlocks = 16;
  int64_t warps = divideCeil(threads, warpSize);
  int64_t perWarp =
      alignTo(std::max<int64_t>(registers, 1) * warpSize, registerUnit);
  int64_t blocks = std::min({maxBlocks, chip.maxWarps / warps,
                             allRegisters / (perWarp * warps),
                             chip.sharedBytes / (sharedBytes + reserved)});
  return {warps, blocks};
}

/// Cycles that a tensor instruction keeps its core busy.
static double getTensorCycles(const SassInstruction &instruction,
                              const Chip &chip) {
  constexpr double reference = 16 * 8 * 32;
  double products = instruction.getProducts();
  // f16 has half the rate of 8-bit integers, 4-bit integers twice.
  if (instruction.getBase() == "HMMA")
    products *= 2;
  if (StringRef(instruction.text).contains(".S4") ||
      StringRef(instruction.text).contains(".U4"))
    products /= 2;
  return chip.mmaCycles * products / reference;
}

namespace {
struct Warp {
  unsigned block;
  size_t next = 0;
  unsigned pass = 0;
  double ready = 0;
  bool atBarrier = false;
  /// When what each scoreboard counts will be done.
  std::array<SmallVector<double, 8>, numScoreboards> scoreboards;
  /// When the last copy that was not committed yet will have arrived.
  double copied = 0;
};

class Simulation {
public:
  Simulation(ArrayRef<const SassInstruction *> body, const Occupancy &occupancy,
             const Chip &chip);

  /// The cycle in which the last warp ends each of `passes` passes.
  SmallVector<double> run(unsigned passes);

private:
  bool isBlocked(Warp &warp, const SassInstruction &instruction,
                 unsigned scheduler);
  void issue(Warp &warp, const SassInstruction &instruction,
             unsigned scheduler);
  double access(const SassInstruction &instruction, Warp &warp);
  void arrive(Warp &warp);

  ArrayRef<const SassInstruction *> body;
  Occupancy occupancy;
  const Chip &chip;
  std::vector<Warp> warps;
  SmallVector<unsigned> arrived;
  double now = 0;
  std::array<double, numSchedulers> tensorFree = {}, simpleFree = {};
  std::array<unsigned, numSchedulers> lastIssued = {};
  double sharedFree = 0, l2Free = 0;
};
} // namespace

Simulation::Simulation(ArrayRef<const SassInstruction *> body,
                       const Occupancy &occupancy, const Chip &chip)
    : body(body), occupancy(occupancy), chip(chip), arrived(occupancy.blocks) {
  for (unsigned block = 0; block < occupancy.blocks; ++block)
    for (int64_t i = 0; i < occupancy.warps; ++i) {
      warps.emplace_back();
      warps.back().block = block;
    }
}

/// The N of `DEPBAR.LE SB0, N`.
static unsigned getAllowedCopies(StringRef text) {
  unsigned allowed = 0;
  (void)text.rsplit(' ').second.getAsInteger(0, allowed);
  return allowed;
}

bool Simulation::isBlocked(Warp &warp, const SassInstruction &instruction,
                           unsigned scheduler) {
  if (warp.atBarrier || warp.ready > now)
    return true;
  for (unsigned i = 0; i < numScoreboards; ++i) {
    auto &pending = warp.scoreboards[i];
    erase_if(pending, [&](double time) { return time <= now; });
    if (instruction.waitMask >> i & 1 && !pending.empty())
      return true;
  }
  if (instruction.getBase() == "DEPBAR") {
    StringRef operands = StringRef(instruction.text).split("SB").second;
    unsigned index = operands.empty() ? 0 : operands[0] - '0';
    if (index < numScoreboards &&
        warp.scoreboards[index].size() > getAllowedCopies(instruction.text))
      return true;
  }
  SassClass c = instruction.getClass();
  return (c == SassClass::Tensor && tensorFree[scheduler] > now) ||
         (c == SassClass::Other && simpleFree[scheduler] > now);
}

/// Moves the bytes of a memory instruction. Returns when they are there.
double Simulation::access(const SassInstruction &instruction, Warp &warp) {
  double bytes = instruction.getBytes(), start = now;
  SassClass c = instruction.getClass();
  if (c == SassClass::AsyncCopy || c == SassClass::GlobalAccess ||
      c == SassClass::LocalAccess) {
    l2Free = std::max(l2Free, now) + bytes / l2BytesPerCycle;
    start = l2Free + l2Latency;
    if (c != SassClass::AsyncCopy)
      return start;
  }
  // What a copy writes takes its turns among what is read.
  sharedFree = std::max(sharedFree, now) + bytes / sharedBytesPerCycle;
  if (c != SassClass::AsyncCopy)
    return sharedFree + sharedLatency;
  warp.copied = std::max(warp.copied, std::max(start, sharedFree));
  return warp.copied;
}

void Simulation::arrive(Warp &warp) {
  warp.atBarrier = true;
  if (++arrived[warp.block] < occupancy.warps)
    return;
  arrived[warp.block] = 0;
  for (Warp &other : warps) {
    if (other.block != warp.block)
      continue;
    other.atBarrier = false;
    other.ready = std::max(other.ready, now + barrierLatency);
  }
}

void Simulation::issue(Warp &warp, const SassInstruction &instruction,
                       unsigned scheduler) {
  SassClass c = instruction.getClass();
  warp.ready = now + std::max(instruction.stall, 1u);
  double done = now + operandLatency;
  if (c == SassClass::Tensor)
    tensorFree[scheduler] = now + getTensorCycles(instruction, chip);
  else if (c == SassClass::Other)
    simpleFree[scheduler] = now + simpleCycles;
  else if (instruction.getBytes() > 0)
    done = access(instruction, warp);
  else if (instruction.getBase() == "LDGDEPBAR")
    done = std::max(warp.copied, now);
  else if (instruction.getBase() == "BAR")
    arrive(warp);
  if (instruction.writeScoreboard < numScoreboards)
    warp.scoreboards[instruction.writeScoreboard].push_back(done);
  if (instruction.readScoreboard < numScoreboards)
    warp.scoreboards[instruction.readScoreboard].push_back(now +
                                                           operandLatency);
}

SmallVector<double> Simulation::run(unsigned passes) {
  // No loop that makes progress needs as many.
  const double limit = 1e4 * passes * body.size();
  SmallVector<double> ends(passes, 0);
  size_t finished = 0;
  for (; finished < warps.size() && now < limit; ++now) {
    for (unsigned scheduler = 0; scheduler < numSchedulers; ++scheduler) {
      // The warp that issued last goes on as long as it can.
      unsigned count =
          divideCeil(warps.size() - std::min<size_t>(scheduler, warps.size()),
                     numSchedulers);
      for (unsigned i = 0; i < count; ++i) {
        unsigned turn = (lastIssued[scheduler] + i) % count;
        Warp &warp = warps[scheduler + turn * numSchedulers];
        if (warp.pass == passes || isBlocked(warp, *body[warp.next], scheduler))
          continue;
        lastIssued[scheduler] = turn;
        issue(warp, *body[warp.next], scheduler);
        if (++warp.next == body.size()) {
          warp.next = 0;
          ends[warp.pass] = now;
          finished += ++warp.pass == passes;
        }
        break;
      }
    }
  }
  return ends;
}

LoopCycles mlir::quantmlir::simulateLoop(ArrayRef<const SassInstruction *> body,
                                         const Occupancy &occupancy,
                                         const Chip &chip) {
  double warps = occupancy.warps * occupancy.blocks;
  LoopCycles cycles = {};
  for (const SassInstruction *instruction : body) {
    SassClass c = instruction->getClass();
    double bytes = instruction->getBytes();
    if (c == SassClass::Tensor)
      cycles.tensor += getTensorCycles(*instruction, chip);
    if (c == SassClass::Ldmatrix || c == SassClass::SharedAccess ||
        c == SassClass::AsyncCopy)
      cycles.shared += warps * bytes / sharedBytesPerCycle;
    if (c == SassClass::AsyncCopy || c == SassClass::GlobalAccess)
      cycles.l2 += warps * bytes / l2BytesPerCycle;
  }
  double perScheduler = warps / numSchedulers;
  cycles.tensor *= perScheduler;
  cycles.issue = body.size() * perScheduler;

  // The first passes fill the pipeline.
  constexpr unsigned warmUp = 4, measured = 8;
  SmallVector<double> ends =
      Simulation(body, occupancy, chip).run(warmUp + measured);
  cycles.simulated = (ends.back() - ends[warmUp - 1]) / measured;
  return cycles;
}
