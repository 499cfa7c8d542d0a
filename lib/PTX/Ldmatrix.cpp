//===- Ldmatrix.cpp - ldmatrix and stmatrix (9.7.15.5.15, .16) ------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lanes.h"

#include <cstring>

using namespace llvm;

namespace quantmlir::ptx {

// Lanes 8i to 8i+7 give the addresses of matrix i's rows, 16 bytes each. Lane L
// holds bytes 4(L mod 4) to 4(L mod 4)+3 of row L/4 or, transposed, elements
// 2(L mod 4) and 2(L mod 4)+1 of column L/4.
/// The lanes that give addresses of rows, eight for each matrix.
static uint32_t addressLanes(unsigned matrices) {
  return matrices == 4 ? allLanes : (1u << (8 * matrices)) - 1;
}

template <bool store>
static Step execMatrix(Warp &warp, const Inst &inst, uint32_t mask) {
  if (Step step = warp.convergeWarp(inst, mask); step != Step::Next)
    return step;
  uint64_t address[warpSize];
  uint8_t *rows[warpSize];
  warp.addresses(inst, inst.a, inst.imm, address);
  if (!warp.resolve(inst, inst.space, store ? Access::Write : Access::Read,
                    addressLanes(inst.count), 16, address, rows))
    return Step::Fault;
  const Ref *registers = &warp.cta.grid.code.pool[inst.list];
  bool transpose = inst.flags & FlagTranspose;
  for (unsigned matrix = 0; matrix < inst.count; ++matrix) {
    auto *words = warp.reg<uint32_t>(registers[matrix]);
    for (unsigned lane = 0; lane < warpSize; ++lane) {
      auto *word = reinterpret_cast<uint8_t *>(words + lane);
      if (!transpose) {
        uint8_t *place = rows[8 * matrix + lane / 4] + 4 * (lane % 4);
        std::memcpy(store ? place : word, store ? word : place, 4);
        continue;
      }
      for (unsigned i = 0; i < 2; ++i) {
        uint8_t *place = rows[8 * matrix + 2 * (lane % 4) + i] + 2 * (lane / 4);
        std::memcpy(store ? place : word + 2 * i, store ? word + 2 * i : place,
                    2);
      }
    }
  }
  return Step::Next;
}

static bool decodeMatrixAccess(Decoder &d, bool store) {
  if (!d.take("sync") || !d.take("aligned"))
    return d.error("'" + d.statement().opcode + "' needs .sync.aligned");
  if (!d.take("m8n8") || !d.take("b16"))
    return d.unsupported();
  d.inst.count = d.take("x1") ? 1 : d.take("x2") ? 2 : d.take("x4") ? 4 : 0;
  if (!d.inst.count)
    return d.error("'" + d.statement().opcode + "' needs .x1, .x2 or .x4");
  if (d.take("trans"))
    d.inst.flags |= FlagTranspose;
  Space space;
  d.takeSpace(space);
  if (space != Space::Shared && space != Space::Generic)
    return d.unsupported();
  if (!d.expectOperands(2))
    return false;
  const Operand &vector = d.operand(store ? 1 : 0);
  if (vector.kind != Operand::Kind::Vector ||
      vector.elements.size() != d.inst.count)
    return d.error(vector.loc, "the vector must have " + Twine(d.inst.count) +
                                   " registers");
  unsigned before = d.countUses();
  for (const Operand &element : vector.elements)
    if (!(store ? d.listUse(element, Type::B32)
                : d.listDef(element, Type::B32)))
      return false;
  if (store)
    d.noteStored(before);
  d.noteAddressLanes(addressLanes(d.inst.count));
  bool narrow;
  if (!d.address(d.inst.a, d.inst.imm, narrow, space, d.operand(store ? 0 : 1)))
    return false;
  d.inst.aux = narrow ? 1 : 0;
  d.inst.bytes = 16;
  d.inst.space = space;
  return d.emit(store ? execMatrix<true> : execMatrix<false>);
}

// movmatrix: the warp's registers are an 8×8 matrix of 16 bits, as a matrix of
// ldmatrix is.
static Step execTranspose(Warp &warp, const Inst &inst, uint32_t mask) {
  if (Step step = warp.convergeWarp(inst, mask); step != Step::Next)
    return step;
  const auto *source = warp.reg<uint32_t>(inst.a);
  uint32_t result[warpSize];
  for (unsigned lane = 0; lane < warpSize; ++lane) {
    unsigned column = lane / 4, row = 2 * (lane % 4), half = 16 * (column % 2);
    auto element = [&](unsigned at) {
      return (source[4 * at + column / 2] >> half) & 0xffff;
    };
    result[lane] = element(row) | element(row + 1) << 16;
  }
  warp.write(inst.d, result, mask);
  return Step::Next;
}

bool decodeMovmatrix(Decoder &d) {
  for (const char *part : {"sync", "aligned", "m8n8", "trans", "b16"})
    if (!d.take(part))
      return d.unsupported();
  return d.expectOperands(2) && d.def(d.inst.d, d.operand(0), Type::B32) &&
         d.use(d.inst.a, d.operand(1), Type::B32) && d.emit(execTranspose);
}

bool decodeLdmatrix(Decoder &d) { return decodeMatrixAccess(d, false); }
bool decodeStmatrix(Decoder &d) { return decodeMatrixAccess(d, true); }

} // namespace quantmlir::ptx
