//===- Lanes.h - lane-wise execution of operators ---------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An operator is a struct with a static `apply`. The templates here run it over
// the 32 lanes; results pass through a local array, so that the loops vectorize
// although registers may alias.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTMLIR_LIB_PTX_LANES_H
#define QUANTMLIR_LIB_PTX_LANES_H

#include "Decoder.h"
#include "Warp.h"

namespace quantmlir::ptx {

/// Of selp and slct: the lanes that get the first source.
uint32_t chosenLanes(const Warp &warp, const Inst &inst);
/// Of a comparison that and or or combines with a predicate: the lanes in which
/// either of them decides, whatever the other one is.
struct Deciders {
  uint32_t comparison = 0, predicate = 0;
};
Deciders decidersOf(Warp &warp, const Inst &inst, uint32_t mask);

template <typename D, typename A, typename Op>
Step unary(Warp &warp, const Inst &inst, uint32_t mask) {
  alignas(64) D result[warpSize];
  const A *a = warp.reg<A>(inst.a);
  for (unsigned lane = 0; lane < warpSize; ++lane)
    result[lane] = Op::apply(a[lane]);
  warp.write(inst.d, result, mask);
  return Step::Next;
}

template <typename D, typename A, typename B, typename Op>
Step binary(Warp &warp, const Inst &inst, uint32_t mask) {
  alignas(64) D result[warpSize];
  const A *a = warp.reg<A>(inst.a);
  const B *b = warp.reg<B>(inst.b);
  for (unsigned lane = 0; lane < warpSize; ++lane)
    result[lane] = Op::apply(a[lane], b[lane]);
  warp.write(inst.d, result, mask);
  return Step::Next;
}

template <typename D, typename A, typename B, typename C, typename Op>
Step ternary(Warp &warp, const Inst &inst, uint32_t mask) {
  alignas(64) D result[warpSize];
  const A *a = warp.reg<A>(inst.a);
  const B *b = warp.reg<B>(inst.b);
  const C *c = warp.reg<C>(inst.c);
  for (unsigned lane = 0; lane < warpSize; ++lane)
    result[lane] = Op::apply(a[lane], b[lane], c[lane]);
  warp.write(inst.d, result, mask);
  return Step::Next;
}

// Instances for an operator template over one type.
template <template <typename> class Op, typename T>
ExecFn unaryFn() {
  return unary<T, T, Op<T>>;
}
template <template <typename> class Op, typename T>
ExecFn binaryFn() {
  return binary<T, T, T, Op<T>>;
}
template <template <typename> class Op, typename T>
ExecFn ternaryFn() {
  return ternary<T, T, T, T, Op<T>>;
}

/// The same as types that `byInteger` takes.
template <template <typename> class Op>
struct Unary {
  template <typename T>
  static ExecFn fn() {
    return unaryFn<Op, T>();
  }
};
template <template <typename> class Op>
struct Binary {
  template <typename T>
  static ExecFn fn() {
    return binaryFn<Op, T>();
  }
};
template <template <typename> class Op>
struct Ternary {
  template <typename T>
  static ExecFn fn() {
    return ternaryFn<Op, T>();
  }
};

/// The instance for an integer type, null for others. Bit types count as
/// unsigned.
template <typename Maker>
ExecFn byInteger(Type type) {
  switch (type) {
  case Type::B16:
  case Type::U16:
    return Maker::template fn<uint16_t>();
  case Type::S16:
    return Maker::template fn<int16_t>();
  case Type::B32:
  case Type::U32:
    return Maker::template fn<uint32_t>();
  case Type::S32:
    return Maker::template fn<int32_t>();
  case Type::B64:
  case Type::U64:
    return Maker::template fn<uint64_t>();
  case Type::S64:
    return Maker::template fn<int64_t>();
  default:
    return nullptr;
  }
}

/// d, a, ... of one type; fills the instruction and emits it.
inline bool emitUnary(Decoder &d, Type type, ExecFn fn) {
  return d.expectOperands(2) && d.def(d.inst.d, d.operand(0), type) &&
         d.use(d.inst.a, d.operand(1), type) && d.emit(fn);
}
/// A predicate of a predicate; Inst::aux is all ones if the source is negated.
inline bool emitPredicateUnary(Decoder &d, ExecFn fn) {
  bool negated;
  if (!d.expectOperands(2) || !d.def(d.inst.d, d.operand(0), Type::Pred) ||
      !d.usePredicate(d.inst.a, d.operand(1), negated))
    return false;
  d.inst.aux = negated ? ~0u : 0;
  return d.emit(fn);
}
inline bool emitBinary(Decoder &d, Type type, ExecFn fn) {
  return d.expectOperands(3) && d.def(d.inst.d, d.operand(0), type) &&
         d.use(d.inst.a, d.operand(1), type) &&
         d.use(d.inst.b, d.operand(2), type) && d.emit(fn);
}
inline bool emitTernary(Decoder &d, Type type, ExecFn fn) {
  return d.expectOperands(4) && d.def(d.inst.d, d.operand(0), type) &&
         d.use(d.inst.a, d.operand(1), type) &&
         d.use(d.inst.b, d.operand(2), type) &&
         d.use(d.inst.c, d.operand(3), type) && d.emit(fn);
}

} // namespace quantmlir::ptx

#endif // QUANTMLIR_LIB_PTX_LANES_H
