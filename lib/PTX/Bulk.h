//===- Bulk.h - issuing bulk copies -----------------------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTMLIR_LIB_PTX_BULK_H
#define QUANTMLIR_LIB_PTX_BULK_H

#include "Cluster.h"
#include "Decoder.h"

namespace quantmlir::ptx {

/// The list of a bulk copy begins with these; an address is a register and an
/// offset, and bit place / 2 of Inst::aux says that the register has 32 bits.
struct BulkOperands {
  enum : unsigned { Target, Source = 2, Barrier = 4, Size = 6, CtaMask, Count };
};
uint64_t bulkAddress(const Warp &warp, const Inst &inst, unsigned operand,
                     unsigned lane);
bool appendAddress(Decoder &d, const Operand &operand, Space space,
                   unsigned place);
/// Appends the coordinates of [map, {coordinates}].
bool appendCoordinates(Decoder &d, const Operand &operand, unsigned rank);
/// Consumes a tensor's rank, as 2d, into Inst::count; false if there is none.
bool takeRank(Decoder &d);
/// Operands that the instruction does not have.
void appendNone(Decoder &d, unsigned count);

/// Consumes a reduction's operator and type; null if they are not supported.
CombineFn takeCombine(Decoder &d, Type &type);
/// The same where the type is known only when the copy is issued.
bool takeCombineOp(Decoder &d, uint8_t &number);
CombineFn combineFor(uint8_t number, Type type);

/// Where a copy into shared memory goes, and what it reports to.
struct LoadTarget {
  SharedPlace place, mbarrier;
  /// CTAs to which it is multicast, at the same offsets; 0 is `place` alone.
  uint32_t ctas = 0;
};

// False after a fault, as are these that issue.
bool findLoadTarget(Warp &warp, const Inst &inst, unsigned lane,
                    LoadTarget &target);
/// Issues `copy`, whose pieces have their targets as offsets in shared memory,
/// to each of its target's CTAs.
bool issueLoads(Warp &warp, const Inst &inst, unsigned lane,
                const BulkCopy &copy, const LoadTarget &target);
/// Issues a copy into global memory, in the lane's open group.
bool issueStore(Warp &warp, const Inst &inst, unsigned lane, BulkCopy copy);

} // namespace quantmlir::ptx

#endif // QUANTMLIR_LIB_PTX_BULK_H
