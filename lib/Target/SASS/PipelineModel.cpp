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
// Products of warp groups queue up at the tensor cores instead, and are waited
// for in groups. What they read may be copied by other warps, which are not
// simulated: a tile is copied as soon as all have given its stage back.
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Target/SASS.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <array>
#include <cmath>
#include <limits>
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

MemoryPath mlir::quantmlir::getL2Path() { return {l2BytesPerCycle, l2Latency}; }

/// Cycles that a tensor instruction keeps its core busy.
static double getTensorCycles(const SassInstruction &instruction,
                              const Chip &chip) {
  constexpr double bytesReference = 16 * 8 * 32, halfReference = 16 * 8 * 16;
  double products = instruction.getProducts();
  StringRef text = instruction.text;
  const bool isTF32 = text.contains(".TF32");
  if (instruction.isWarpGroupProduct()) {
    if (instruction.getBase() == "HGMMA")
      products *= isTF32 ? 4 : 2;
    return products / static_cast<double>(chip.wgmmaProducts);
  }
  // tf32 has half the rate of f16 with f32 sums; f16 sums have half the rate of
  // 8-bit integers, and 4-bit integers twice.
  if (instruction.getBase() == "HMMA") {
    if (text.contains(".F32"))
      return chip.halfMmaCycles * products * (isTF32 ? 2 : 1) / halfReference;
    products *= 2;
  }
  if (text.contains(".S4") || text.contains(".U4"))
    products /= 2;
  return chip.mmaCycles * products / bytesReference;
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
  /// When each group of products will be done.
  SmallVector<double, 8> products;
  /// Tiles that it has found in shared memory, and given back.
  int64_t found = 0, returned = 0;
  /// Groups of products that may be under way after the last wait for them.
  int64_t underWay = 0;
};

class Simulation {
public:
  Simulation(ArrayRef<const SassInstruction *> body, const Occupancy &occupancy,
             const Chip &chip, const std::optional<TileCopies> &copies,
             const MemoryPath &path);

  /// The cycles until every warp has made `passes` passes; nothing if waits
  /// never end.
  std::optional<double> run(unsigned passes);

private:
  void waitFor(Warp &warp, unsigned scoreboard, size_t allowed);
  bool isBlocked(Warp &warp, const SassInstruction &instruction,
                 unsigned scheduler);
  void issue(Warp &warp, const SassInstruction &instruction,
             unsigned scheduler);
  double access(const SassInstruction &instruction, Warp &warp);
  void arrive(Warp &warp);
  void multiply(const SassInstruction &instruction, Warp &warp,
                unsigned scheduler);
  bool isTileMissing(const Warp &warp) const;
  void copyTiles(unsigned block);
  bool step(unsigned scheduler, unsigned passes);
  double getNextEvent() const;

  ArrayRef<const SassInstruction *> body;
  Occupancy occupancy;
  const Chip &chip;
  const std::optional<TileCopies> &copies;
  MemoryPath path;
  std::vector<Warp> warps;
  SmallVector<unsigned> arrived;
  /// When the tiles that were copied for each block are there.
  std::vector<std::vector<double>> tiles;
  double now = 0;
  std::array<double, numSchedulers> tensorFree = {}, simpleFree = {};
  std::array<unsigned, numSchedulers> lastIssued = {};
  double sharedFree = 0, l2Free = 0;
  /// Whether a warp has issued in this cycle.
  bool hasIssued = false;
};
} // namespace

Simulation::Simulation(ArrayRef<const SassInstruction *> body,
                       const Occupancy &occupancy, const Chip &chip,
                       const std::optional<TileCopies> &copies,
                       const MemoryPath &path)
    : body(body), occupancy(occupancy), chip(chip), copies(copies), path(path),
      arrived(occupancy.blocks), tiles(occupancy.blocks) {
  for (unsigned block = 0; block < occupancy.blocks; ++block)
    for (int64_t i = 0; i < occupancy.warps; ++i) {
      warps.emplace_back();
      warps.back().block = block;
    }
  for (unsigned block = 0; copies && block < occupancy.blocks; ++block)
    copyTiles(block);
}

/// The N of `DEPBAR.LE SB0, N` and of `WARPGROUP.DEPBAR.LE gsb0, N`.
static unsigned getAllowedCopies(StringRef text) {
  unsigned allowed = 0;
  (void)text.rsplit(' ').second.getAsInteger(0, allowed);
  return allowed;
}

static bool isTileWait(const SassInstruction &instruction) {
  return instruction.getOpcode().starts_with("SYNCS.PHASECHK");
}

bool Simulation::isTileMissing(const Warp &warp) const {
  if (!copies)
    return false;
  const std::vector<double> &arrivals = tiles[warp.block];
  auto tile = static_cast<size_t>(warp.found);
  return tile >= arrivals.size() || arrivals[tile] > now;
}

/// Copies tiles of a block as far ahead as stages have been given back.
void Simulation::copyTiles(unsigned block) {
  int64_t returned = std::numeric_limits<int64_t>::max();
  for (const Warp &warp : warps)
    if (warp.block == block)
      returned = std::min(returned, warp.returned);
  double bytes = copies->getTileBytes();
  auto ready = static_cast<size_t>(returned + copies->stages);
  while (tiles[block].size() < ready) {
    l2Free = std::max(l2Free, now) + bytes / path.bytesPerCycle;
    sharedFree = std::max(sharedFree, now) + bytes / sharedBytesPerCycle;
    tiles[block].push_back(std::max(l2Free + path.latency, sharedFree));
  }
}

/// Queues up a product, whose operands take their turns with all other accesses
/// to shared memory.
void Simulation::multiply(const SassInstruction &instruction, Warp &warp,
                          unsigned scheduler) {
  auto [rows, columns] = instruction.getMatrixBytes();
  double bytes = static_cast<double>(rows + columns) / numSchedulers;
  sharedFree = std::max(sharedFree, now) + bytes / sharedBytesPerCycle;
  double &free = tensorFree[scheduler];
  free = std::max(std::max(free, now) + getTensorCycles(instruction, chip),
                  sharedFree);
  if (StringRef(instruction.text).contains("gsb"))
    warp.products.push_back(free);
}

/// Lets a warp wait until a scoreboard counts no more than `allowed`.
void Simulation::waitFor(Warp &warp, unsigned scoreboard, size_t allowed) {
  auto &pending = warp.scoreboards[scoreboard];
  erase_if(pending, [&](double time) { return time <= now; });
  if (pending.size() <= allowed)
    return;
  sort(pending);
  warp.ready = std::max(warp.ready, pending[pending.size() - 1 - allowed]);
}

bool Simulation::isBlocked(Warp &warp, const SassInstruction &instruction,
                           unsigned scheduler) {
  if (warp.atBarrier || warp.ready > now)
    return true;
  // A warp alone sets and waits for its scoreboards: when it goes on is known.
  for (unsigned i = 0; i < numScoreboards; ++i)
    if (instruction.waitMask >> i & 1)
      waitFor(warp, i, /*allowed=*/0);
  if (instruction.getBase() == "DEPBAR") {
    StringRef operands = StringRef(instruction.text).split("SB").second;
    unsigned index = operands.empty() ? 0 : operands[0] - '0';
    if (index < numScoreboards)
      waitFor(warp, index, getAllowedCopies(instruction.text));
  }
  if (warp.ready > now)
    return true;
  if (instruction.getOpcode().starts_with("WARPGROUP.DEPBAR")) {
    erase_if(warp.products, [&](double time) { return time <= now; });
    if (warp.products.size() > getAllowedCopies(instruction.text))
      return true;
  }
  if (isTileWait(instruction) && isTileMissing(warp))
    return true;
  SassClass c = instruction.getClass();
  return (c == SassClass::Tensor && !instruction.isWarpGroupProduct() &&
          tensorFree[scheduler] > now) ||
         (c == SassClass::Other && simpleFree[scheduler] > now);
}

/// Moves the bytes of a memory instruction. Returns when they are there.
double Simulation::access(const SassInstruction &instruction, Warp &warp) {
  double bytes = instruction.getBytes(), start = now;
  SassClass c = instruction.getClass();
  if (c == SassClass::AsyncCopy || c == SassClass::GlobalAccess ||
      c == SassClass::LocalAccess) {
    l2Free = std::max(l2Free, now) + bytes / path.bytesPerCycle;
    start = l2Free + path.latency;
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
  if (instruction.isWarpGroupProduct())
    multiply(instruction, warp, scheduler);
  else if (c == SassClass::Tensor)
    tensorFree[scheduler] = now + getTensorCycles(instruction, chip);
  else if (c == SassClass::Other)
    simpleFree[scheduler] = now + simpleCycles;
  else if (instruction.getBytes() > 0)
    done = access(instruction, warp);
  else if (instruction.getBase() == "LDGDEPBAR")
    done = std::max(warp.copied, now);
  else if (instruction.getBase() == "BAR")
    arrive(warp);
  else if (instruction.getOpcode().starts_with("WARPGROUP.DEPBAR"))
    warp.underWay = getAllowedCopies(instruction.text);
  else if (copies && isTileWait(instruction))
    ++warp.found;
  else if (copies && instruction.getOpcode().starts_with("SYNCS.ARRIVE")) {
    // Products that are still under way read their tiles.
    warp.returned = std::max<int64_t>(warp.found - warp.underWay, 0);
    copyTiles(warp.block);
  }
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
    hasIssued = false;
    for (unsigned scheduler = 0; scheduler < numSchedulers; ++scheduler)
      finished += step(scheduler, passes);
    if (!hasIssued)
      now = std::max(now, std::ceil(getNextEvent()) - 1);
  }
  return now;
}

/// When something changes for warps none of which can issue. Products of warp
/// groups and tiles that others copy are looked at in each cycle instead.
double Simulation::getNextEvent() const {
  if (copies)
    return now;
  double next = std::numeric_limits<double>::max();
  auto add = [&](double time) {
    if (time > now)
      next = std::min(next, time);
  };
  for (const Warp &warp : warps) {
    if (!warp.products.empty())
      return now;
    add(warp.ready);
  }
  for_each(tensorFree, add);
  for_each(simpleFree, add);
  return next == std::numeric_limits<double>::max() ? now : next;
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
    hasIssued = true;
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
                            double warps, double copiedBytes, const Chip &chip,
                            const MemoryPath &path) {
  LoopCycles cycles = {};
  cycles.shared = copiedBytes / sharedBytesPerCycle;
  cycles.l2 = copiedBytes / path.bytesPerCycle;
  for (const SassInstruction *instruction : body) {
    SassClass c = instruction->getClass();
    auto bytes = static_cast<double>(instruction->getBytes());
    if (c == SassClass::Tensor)
      cycles.tensor += getTensorCycles(*instruction, chip);
    auto [rows, columns] = instruction->getMatrixBytes();
    cycles.shared += warps / numSchedulers *
                     static_cast<double>(rows + columns) / sharedBytesPerCycle;
    if (c == SassClass::Ldmatrix || c == SassClass::SharedAccess ||
        c == SassClass::AsyncCopy)
      cycles.shared += warps * bytes / sharedBytesPerCycle;
    if (c == SassClass::AsyncCopy || c == SassClass::GlobalAccess)
      cycles.l2 += warps * bytes / path.bytesPerCycle;
  }
  double perScheduler = warps / numSchedulers;
  cycles.tensor *= perScheduler;
  cycles.issue = static_cast<double>(body.size()) * perScheduler;
  return cycles;
}

Expected<LoopCycles>
mlir::quantmlir::simulateLoop(ArrayRef<const SassInstruction *> body,
                              const Occupancy &occupancy, const Chip &chip,
                              const std::optional<TileCopies> &copies,
                              const MemoryPath &path) {
  for (const SassInstruction *instruction : body) {
    if (instruction->getClass() == SassClass::Tensor &&
        (instruction->getProducts() == 0 ||
         (instruction->isWarpGroupProduct() && chip.wgmmaProducts == 0)))
      return createStringError("no rate is known for " +
                               instruction->getOpcode() + " on " + chip.name);
    if (instruction->getClass() == SassClass::AsyncCopy &&
        instruction->getBytes() == 0)
      return createStringError("the code does not tell how many bytes " +
                               instruction->getOpcode() + " copies");
  }
  double copied =
      copies ? static_cast<double>(copies->bytes * occupancy.blocks) : 0;
  LoopCycles cycles =
      getBounds(body, static_cast<double>(occupancy.warps * occupancy.blocks),
                copied, chip, path);
  // The difference of two runs leaves out how the pipeline fills and drains.
  constexpr unsigned few = 8, many = 40;
  auto run = [&](unsigned passes) {
    return Simulation(body, occupancy, chip, copies, path).run(passes);
  };
  std::optional<double> start = run(few), end = run(many);
  if (!start || !end)
    return createStringError("the loop's waits never end in the model");
  cycles.simulated = std::max({(*end - *start) / (many - few), cycles.tensor,
                               cycles.issue, cycles.shared, cycles.l2});
  return cycles;
}
