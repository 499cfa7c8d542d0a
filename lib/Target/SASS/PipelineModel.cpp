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
#include <optional>

using namespace llvm;
using namespace mlir::quantmlir;

static constexpr unsigned numSchedulers = 4, numScoreboards = 6;
// Latencies of A100 (Abdelkhalik et al., "Demystifying the Nvidia Ampere
// Architecture through Microbenchmarking and Instruction-level Analysis",
// 2022): 23 cycles of shared memory, 200 of L2. The others are assumptions.
static constexpr double sharedLatency = 23, l2Latency = 200;
static constexpr double operandLatency = 10, barrierLatency = 10;
/// Integer and float units of a scheduler are 16 lanes wide.
static constexpr double simpleCycles = 2;

/// Cycles that a tensor instruction keeps its core busy.
static double getTensorCycles(const SassInstruction &instruction,
                              const Chip &chip) {
  constexpr double reference = 16 * 8 * 32;
  double products = instruction.getProducts();
  // f16 has half the rate of 8-bit integers, tf32 a quarter, 4-bit integers
  // twice.
  if (instruction.getBase() == "HMMA")
    products *= StringRef(instruction.text).contains(".TF32") ? 4 : 2;
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

  /// The cycles until every warp has made `passes` passes; nothing if waits
  /// never end.
  std::optional<double> run(unsigned passes);

private:
  bool isBlocked(Warp &warp, const SassInstruction &instruction,
                 unsigned scheduler);
  void issue(Warp &warp, const SassInstruction &instruction,
             unsigned scheduler);
  double access(const SassInstruction &instruction, Warp &warp);
  void arrive(Warp &warp);
  bool step(unsigned scheduler, unsigned passes);

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

std::optional<double> Simulation::run(unsigned passes) {
  // No loop that makes progress needs as many.
  const double limit = 1e4 * passes * static_cast<double>(body.size());
  size_t finished = 0;
  for (; finished < warps.size(); ++now) {
    if (now > limit)
      return std::nullopt;
    for (unsigned scheduler = 0; scheduler < numSchedulers; ++scheduler)
      finished += step(scheduler, passes);
  }
  return now;
}

/// One cycle of a scheduler. True if a warp ended its last pass.
bool Simulation::step(unsigned scheduler, unsigned passes) {
  size_t own = warps.size() - std::min<size_t>(scheduler, warps.size());
  unsigned count = divideCeil(own, numSchedulers);
  // The warp that issued last goes on as long as it can.
  for (unsigned i = 0; i < count; ++i) {
    unsigned turn = (lastIssued[scheduler] + i) % count;
    Warp &warp = warps[scheduler + size_t(turn) * numSchedulers];
    if (warp.pass == passes || isBlocked(warp, *body[warp.next], scheduler))
      continue;
    lastIssued[scheduler] = turn;
    issue(warp, *body[warp.next], scheduler);
    if (++warp.next < body.size())
      return false;
    warp.next = 0;
    return ++warp.pass == passes;
  }
  return false;
}

/// What each resource alone would take.
static LoopCycles getBounds(ArrayRef<const SassInstruction *> body,
                            double warps, const Chip &chip) {
  LoopCycles cycles = {};
  for (const SassInstruction *instruction : body) {
    SassClass c = instruction->getClass();
    auto bytes = static_cast<double>(instruction->getBytes());
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
  cycles.issue = static_cast<double>(body.size()) * perScheduler;
  return cycles;
}

Expected<LoopCycles>
mlir::quantmlir::simulateLoop(ArrayRef<const SassInstruction *> body,
                              const Occupancy &occupancy, const Chip &chip) {
  for (const SassInstruction *instruction : body)
    if (instruction->getClass() == SassClass::Tensor &&
        instruction->getProducts() == 0)
      return createStringError("no rate is known for " +
                               instruction->getOpcode());
  LoopCycles cycles = getBounds(
      body, static_cast<double>(occupancy.warps * occupancy.blocks), chip);
  // The difference of two runs leaves out how the pipeline fills and drains.
  constexpr unsigned few = 8, many = 40;
  std::optional<double> start = Simulation(body, occupancy, chip).run(few);
  std::optional<double> end = Simulation(body, occupancy, chip).run(many);
  if (!start || !end)
    return createStringError("the loop's waits never end in the model");
  cycles.simulated = std::max({(*end - *start) / (many - few), cycles.tensor,
                               cycles.issue, cycles.shared, cycles.l2});
  return cycles;
}
