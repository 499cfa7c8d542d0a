//===- LoadStore.cpp - ld, st, prefetch, fences (9.7.9, 9.7.13) -----------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Checker.h"
#include "Lanes.h"

#include <atomic>
#include <cstring>

using namespace llvm;

namespace quantmlir::ptx {

/// Inst::aux of accesses: 1 is a 32-bit address register.
enum : uint32_t { NarrowAddress = 1 };

// Plain accesses are copies. Those that other threads may race with on purpose
// (volatile, relaxed, acquire, release) are not torn and keep their order.
template <typename T>
static T loadOne(const uint8_t *pointer, bool ordered) {
  if (ordered)
    return __atomic_load_n(reinterpret_cast<const T *>(pointer),
                           __ATOMIC_ACQUIRE);
  T value;
  std::memcpy(&value, pointer, sizeof value);
  return value;
}

template <typename T>
static void storeOne(uint8_t *pointer, T value, bool ordered) {
  if (ordered)
    __atomic_store_n(reinterpret_cast<T *>(pointer), value, __ATOMIC_RELEASE);
  else
    std::memcpy(pointer, &value, sizeof value);
}

// ld: elements of type M in memory become registers of type R.
template <typename M, typename R>
static Step execLoad(Warp &warp, const Inst &inst, uint32_t mask) {
  uint64_t address[warpSize];
  uint8_t *pointer[warpSize];
  warp.addresses(inst, inst.a, inst.imm, address);
  if (!warp.resolve(inst, inst.space, Access::Read, mask,
                    unsigned(sizeof(M)) * inst.count, address, pointer))
    return Step::Fault;
  const Ref *targets =
      inst.count > 1 ? &warp.cta.grid.code.pool[inst.list] : &inst.d;
  bool ordered = inst.flags & FlagVolatile;
  for (unsigned i = 0; i < inst.count; ++i) {
    R *target = warp.reg<R>(targets[i]);
    if (mask == allLanes && !ordered) {
      for (unsigned lane = 0; lane < warpSize; ++lane)
        // NOLINTNEXTLINE(bugprone-signed-char-misuse): sign extension is meant
        target[lane] = R(loadOne<M>(pointer[lane] + i * sizeof(M), false));
      continue;
    }
    for (uint32_t rest = mask; rest; rest &= rest - 1) {
      unsigned lane = unsigned(llvm::countr_zero(rest));
      // NOLINTNEXTLINE(bugprone-signed-char-misuse): sign extension is meant
      target[lane] = R(loadOne<M>(pointer[lane] + i * sizeof(M), ordered));
    }
  }
  if (!ordered)
    return Step::Next;
  uint64_t digest = 0;
  for (unsigned i = 0; i < inst.count; ++i)
    digest = 31 * digest + Warp::digest(mask, warp.reg<R>(targets[i]), address);
  return warp.polled(digest);
}

/// Lanes that store the same place as another, with another value.
template <typename R>
static void checkStores(Warp &warp, const Inst &inst, uint32_t mask,
                        uint8_t *const (&pointer)[warpSize],
                        const Ref *sources) {
  uint32_t different = 0;
  for (uint32_t rest = mask; rest; rest &= rest - 1) {
    auto lane = unsigned(llvm::countr_zero(rest));
    for (uint32_t others = rest & (rest - 1); others; others &= others - 1) {
      auto other = unsigned(llvm::countr_zero(others));
      if (pointer[lane] != pointer[other])
        continue;
      for (unsigned i = 0; i < inst.count; ++i) {
        const R *values = warp.reg<R>(sources[i]);
        if (values[lane] != values[other])
          different |= 1u << lane | 1u << other;
      }
    }
  }
  if (different)
    warp.cta.checker->reportStores(warp, inst, different);
}

template <typename M, typename R>
static Step execStore(Warp &warp, const Inst &inst, uint32_t mask) {
  uint64_t address[warpSize];
  uint8_t *pointer[warpSize];
  warp.addresses(inst, inst.a, inst.imm, address);
  if (!warp.resolve(inst, inst.space, Access::Write, mask,
                    unsigned(sizeof(M)) * inst.count, address, pointer))
    return Step::Fault;
  const Ref *sources =
      inst.count > 1 ? &warp.cta.grid.code.pool[inst.list] : &inst.b;
  bool ordered = inst.flags & FlagVolatile;
  if (LLVM_UNLIKELY(warp.cta.checker != nullptr) && !ordered &&
      inst.space != Space::Local)
    checkStores<R>(warp, inst, mask, pointer, sources);
  for (uint32_t rest = mask; rest; rest &= rest - 1) {
    unsigned lane = unsigned(llvm::countr_zero(rest));
    for (unsigned i = 0; i < inst.count; ++i)
      storeOne<M>(pointer[lane] + i * sizeof(M),
                  M(warp.reg<R>(sources[i])[lane]), ordered);
  }
  return Step::Next;
}

// Kernel parameters are the same for all lanes.
template <typename M, typename R>
static Step execLoadParam(Warp &warp, const Inst &inst, uint32_t mask) {
  const Ref *targets =
      inst.count > 1 ? &warp.cta.grid.code.pool[inst.list] : &inst.d;
  for (unsigned i = 0; i < inst.count; ++i) {
    M value;
    std::memcpy(&value,
                warp.cta.grid.options.parameters.data() + inst.imm +
                    i * sizeof(M),
                sizeof value);
    R values[warpSize];
    std::fill_n(values, warpSize, R(value));
    warp.write(targets[i], values, mask);
  }
  return Step::Next;
}

namespace {
enum class Kind : uint8_t { Load, Store, LoadParam };
} // namespace

template <typename M, typename R>
static ExecFn pick(Kind kind) {
  return kind == Kind::Load    ? execLoad<M, R>
         : kind == Kind::Store ? execStore<M, R>
                               : execLoadParam<M, R>;
}

// The register's width is at least that of the element; signed elements are
// sign-extended into it (9.4.1).
template <typename M>
static ExecFn byRegister(Kind kind, unsigned bytes) {
  constexpr bool isSigned = std::is_signed_v<M>;
  switch (bytes) {
  case 1:
    if constexpr (sizeof(M) == 1)
      return pick<M, std::conditional_t<isSigned, int8_t, uint8_t>>(kind);
    return nullptr;
  case 2:
    if constexpr (sizeof(M) <= 2)
      return pick<M, std::conditional_t<isSigned, int16_t, uint16_t>>(kind);
    return nullptr;
  case 4:
    if constexpr (sizeof(M) <= 4)
      return pick<M, std::conditional_t<isSigned, int32_t, uint32_t>>(kind);
    return nullptr;
  case 8:
    return pick<M, std::conditional_t<isSigned, int64_t, uint64_t>>(kind);
  default:
    return nullptr;
  }
}

static ExecFn accessFn(Kind kind, Type type, unsigned registerBytes) {
  bool isSigned = typeKind(type) == TypeKind::Signed;
  switch (typeBytes(type)) {
  case 1:
    return isSigned ? byRegister<int8_t>(kind, registerBytes)
                    : byRegister<uint8_t>(kind, registerBytes);
  case 2:
    return isSigned ? byRegister<int16_t>(kind, registerBytes)
                    : byRegister<uint16_t>(kind, registerBytes);
  case 4:
    return isSigned ? byRegister<int32_t>(kind, registerBytes)
                    : byRegister<uint32_t>(kind, registerBytes);
  case 8:
    return isSigned ? byRegister<int64_t>(kind, registerBytes)
                    : byRegister<uint64_t>(kind, registerBytes);
  default:
    return nullptr;
  }
}

static unsigned takeVector(Decoder &d) {
  return d.take("v2") ? 2 : d.take("v4") ? 4 : d.take("v8") ? 8 : 1;
}

// Cache operators, eviction hints and scopes change no value (9.7.9.1).
static void takeMemoryModifiers(Decoder &d) {
  for (const char *order : {"volatile", "relaxed", "mmio"})
    if (d.take(order))
      d.inst.flags |= FlagVolatile;
  if (d.take("acquire"))
    d.inst.flags |= FlagVolatile | FlagAcquire;
  if (d.take("release"))
    d.inst.flags |= FlagVolatile | FlagRelease;
  for (const char *hint : {"weak",
                           "cta",
                           "cluster",
                           "gpu",
                           "sys",
                           "ca",
                           "cg",
                           "cs",
                           "lu",
                           "cv",
                           "wb",
                           "wt",
                           "L1::evict_normal",
                           "L1::evict_unchanged",
                           "L1::evict_first",
                           "L1::evict_last",
                           "L1::no_allocate",
                           "L2::evict_first",
                           "L2::evict_last",
                           "L2::evict_normal",
                           "L2::64B",
                           "L2::128B",
                           "L2::256B",
                           "unified"})
    d.take(hint);
}

/// A cache policy, the last operand of an access with .L2::cache_hint.
static bool takePolicy(Decoder &d, bool hinted) {
  Ref policy;
  return !hinted || d.use(policy, d.operand(d.operandCount() - 1), Type::U64);
}

/// Registers of a possibly vector operand; all must have one width.
static bool takeData(Decoder &d, const Operand &operand, Type type,
                     unsigned count, bool store, unsigned &registerBytes) {
  Ref &single = store ? d.inst.b : d.inst.d;
  auto one = [&](Ref &ref, const Operand &element, unsigned &bytes) {
    return store ? d.useWide(ref, element, type, bytes)
                 : d.defWide(ref, element, type, bytes);
  };
  if (operand.kind != Operand::Kind::Vector)
    return count == 1 ? one(single, operand, registerBytes)
                      : d.error(operand.loc, "a vector is needed here");
  if (operand.elements.size() != count)
    return d.error(operand.loc,
                   "the vector must have " + Twine(count) + " elements");
  std::vector<Ref> refs;
  for (const Operand &element : operand.elements) {
    Ref ref;
    unsigned bytes;
    if (!one(ref, element, bytes))
      return false;
    // A sink and immediates take the element's own width.
    if (!refs.empty() && bytes != registerBytes)
      return d.error(element.loc, "registers of a vector must have one width");
    registerBytes = bytes;
    refs.push_back(ref);
  }
  if (count == 1)
    single = refs[0];
  else
    d.appendRefs(refs);
  return true;
}

static bool decodeAccess(Decoder &d, bool store) {
  bool cached = d.take("nc");
  takeMemoryModifiers(d);
  bool hinted = d.take("L2::cache_hint");
  Space space;
  d.takeSpace(space);
  unsigned count = takeVector(d);
  Type type = d.takeType();
  bool otherFloat = typeKind(type) == TypeKind::Float && type != Type::F32 &&
                    type != Type::F64;
  if (typeBits(type) < 8 || otherFloat)
    return type == Type::None ? d.unsupported() : d.badType(type);
  bool ordered = (d.inst.flags & FlagVolatile) ||
                 llvm::is_contained(d.statement().modifiers, "weak");
  if (cached || d.statement().opcode == "ldu")
    d.inst.flags |= FlagReadOnly;
  if (cached && (space != Space::Global || ordered))
    return d.error("'.nc' needs .global, and has no memory order");
  if (count == 8 && space != Space::Global && space != Space::Generic)
    return d.error("'.v8' is for global memory");
  if (!d.expectOperands(hinted ? 3 : 2) || !takePolicy(d, hinted))
    return false;
  unsigned registerBytes = 0, before = d.countUses();
  bool narrow;
  if (!takeData(d, d.operand(store ? 1 : 0), type, count, store, registerBytes))
    return false;
  if (store)
    d.noteStored(before);
  if (!d.address(d.inst.a, d.inst.imm, narrow, space, d.operand(store ? 0 : 1)))
    return false;
  d.inst.count = uint8_t(count);
  d.inst.bytes = uint8_t(typeBytes(type));
  d.inst.space = space;
  d.inst.aux = narrow ? NarrowAddress : 0;
  const Operand &base = d.operand(store ? 0 : 1).elements[0];
  bool named = base.kind == Operand::Kind::Variable;
  if (space == Space::Param && named) {
    if (store)
      return d.error("a kernel's parameter cannot be written");
    uint64_t offset;
    d.variableAddress(base, offset, space);
    uint64_t end = base.var->bytes;
    if (d.inst.imm < 0 || uint64_t(d.inst.imm) + count * d.inst.bytes > end)
      return d.error(base.loc, "the access lies outside of parameter '" +
                                   base.name + "'");
    d.inst.imm += int64_t(offset);
    return d.emit(accessFn(Kind::LoadParam, type, registerBytes));
  }
  if (store && space == Space::Const)
    return d.error("constant memory cannot be written");
  return d.emit(
      accessFn(store ? Kind::Store : Kind::Load, type, registerBytes));
}

static bool decodeLd(Decoder &d) { return decodeAccess(d, false); }

bool decodeStoreAsync(Decoder &d);

static bool decodeSt(Decoder &d) {
  return d.take("async") ? decodeStoreAsync(d) : decodeAccess(d, true);
}

static Step execNothing(Warp &, const Inst &, uint32_t) { return Step::Next; }

// prefetch{.space}.level [a], prefetch{.space}.tensormap [a],
// prefetch.global.L2::eviction_priority [a], prefetchu.L1 [a]
static bool decodePrefetch(Decoder &d) {
  Space space;
  d.takeSpace(space);
  StringRef what = d.takeAny();
  if (!llvm::is_contained(
          {"L1", "L2", "tensormap", "L2::evict_last", "L2::evict_normal"},
          what))
    return d.unsupported();
  bool narrow;
  return d.expectOperands(1) &&
         d.address(d.inst.a, d.inst.imm, narrow, space, d.operand(0)) &&
         d.emit(execNothing);
}

// applypriority{.global}.L2::evict_normal [a], 128; discard{.global}.L2 [a],
// 128. What discard makes undefined keeps its value.
static bool decodeCacheLine(Decoder &d) {
  Space space = d.take("global") ? Space::Global : Space::Generic;
  if (!d.take(d.statement().opcode == "discard" ? "L2" : "L2::evict_normal"))
    return d.unsupported();
  int64_t bytes;
  bool narrow;
  if (!d.expectOperands(2) || !d.immediate(bytes, d.operand(1)))
    return false;
  if (bytes != 128)
    return d.error(d.operand(1).loc, "the size must be 128");
  return d.address(d.inst.a, d.inst.imm, narrow, space, d.operand(0)) &&
         d.emit(execNothing);
}

/// Inst::aux of fences.
enum : uint32_t { OrderedFence = 1 };

static Step execFence(Warp &warp, const Inst &inst, uint32_t mask) {
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (warp.cta.checker)
    warp.cta.checker->fence(warp, mask, inst.aux & OrderedFence);
  return Step::Next;
}

static Step execProxyFence(Warp &warp, const Inst &inst, uint32_t mask) {
  if (warp.cta.checker)
    warp.cta.checker->fenceProxy(warp, mask, ProxySpaces(inst.imm));
  return Step::Next;
}

// fence.proxy.kind, also for a tensor map: fence.proxy.tensormap::generic.sem
// .scope [address, 128].
static bool decodeProxyFence(Decoder &d) {
  // Two virtual addresses of one place do not occur here.
  if (d.take("alias"))
    return d.expectOperands(0) && d.emit(execNothing);
  if (d.take("async")) {
    Space space;
    ProxySpaces spaces = !d.takeSpace(space)      ? ProxyAll
                         : space == Space::Global ? ProxyGlobal
                                                  : ProxyShared;
    if (space == Space::Local || space == Space::Param || space == Space::Const)
      return d.unsupported();
    d.inst.imm = spaces;
    d.usesProxyFence(spaces);
    return d.expectOperands(0) && d.emit(execProxyFence);
  }
  bool toGeneric = d.take("async::generic");
  if (!toGeneric && !d.take("tensormap::generic"))
    return d.unsupported();
  bool ofMap = d.take("acquire") && !toGeneric;
  for (const char *part :
       {"release", "cta", "cluster", "gpu", "sys", "sync_restrict::shared::cta",
        "sync_restrict::shared::cluster"})
    d.take(part);
  // A tensor map is read where the copy is issued, so there is nothing to do.
  if (!ofMap)
    return d.expectOperands(0) && d.emit(execFence);
  Space space = Space::Generic;
  int64_t bytes;
  bool narrow;
  if (!d.expectOperands(2) ||
      !d.address(d.inst.a, d.inst.imm, narrow, space, d.operand(0)) ||
      !d.immediate(bytes, d.operand(1)))
    return false;
  return bytes == 128 ? d.emit(execFence)
                      : d.error(d.operand(1).loc, "the size must be 128");
}

// membar.level, fence{.sem}.scope (9.7.13.4)
static bool decodeFence(Decoder &d) {
  if (d.take("proxy"))
    return decodeProxyFence(d);
  if (d.take("mbarrier_init"))
    return (d.take("release") && d.take("cluster") ? true : d.unsupported()) &&
           d.expectOperands(0) && d.emit(execFence);
  // membar is fence.sc.
  bool sc = d.take("sc") || d.statement().opcode == "membar";
  for (const char *modifier :
       {"acq_rel", "acquire", "release", "cta", "cluster"})
    d.take(modifier);
  bool wide = d.take("gpu") || d.take("sys") || d.take("gl");
  d.inst.aux = sc && wide ? OrderedFence : 0;
  return d.expectOperands(0) && d.emit(execFence);
}

// createpolicy makes a hint for caches, which are not modelled.
static Step execPolicy(Warp &warp, const Inst &inst, uint32_t mask) {
  uint64_t policies[warpSize] = {};
  warp.write(inst.d, policies, mask);
  return Step::Next;
}

static bool decodePolicy(Decoder &d) {
  if (!d.take("fractional") || d.restModifiers().size() < 2)
    return d.unsupported();
  while (d.restModifiers().size() > 1)
    if (!d.takeAny().starts_with("L2::evict_"))
      return d.unsupported();
  if (d.takeType() != Type::B64 || !d.expectOperands(1, 2))
    return d.unsupported();
  Ref fraction;
  return d.def(d.inst.d, d.operand(0), Type::U64) &&
         (d.operandCount() == 1 || d.use(fraction, d.operand(1), Type::F32)) &&
         d.emit(execPolicy);
}

ArrayRef<OpcodeEntry> memoryOpcodes() {
  static const OpcodeEntry table[] = {
      {"ld", decodeLd},
      {"ldu", decodeLd},
      {"st", decodeSt},
      {"prefetch", decodePrefetch},
      {"prefetchu", decodePrefetch},
      {"applypriority", decodeCacheLine},
      {"discard", decodeCacheLine},
      {"createpolicy", decodePolicy},
      {"membar", decodeFence},
      {"fence", decodeFence},
  };
  return table;
}

} // namespace quantmlir::ptx
