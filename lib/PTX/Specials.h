//===- Specials.h - special registers ---------------------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTMLIR_LIB_PTX_SPECIALS_H
#define QUANTMLIR_LIB_PTX_SPECIALS_H

#include "Warp.h"

namespace quantmlir::ptx {

/// The type of a special register whose value does not change while a thread
/// runs (10), or Type::None.
Type specialType(llvm::StringRef name);

/// The name as the table has it, which stays; empty if it is not there.
llvm::StringRef specialName(llvm::StringRef name);

/// Special registers that change while the thread runs: they show the low or
/// the high bits of one time.
struct Clock {
  const char *name;
  unsigned bytes;
  bool high;
};
/// Null if there is none of the name.
const Clock *findClock(llvm::StringRef name);
/// What reads a clock into its destination, which is still to be set.
Inst readClock(const Clock &clock);

/// Sets the special registers that the kernel reads.
void setSpecials(Warp &warp);

} // namespace quantmlir::ptx

#endif // QUANTMLIR_LIB_PTX_SPECIALS_H
