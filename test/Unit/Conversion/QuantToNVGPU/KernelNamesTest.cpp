//===- KernelNamesTest.cpp - one name, one kernel -------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Conversion/QuantToNVGPU/Kernels.h"

#include "gtest/gtest.h"

using namespace mlir;
using namespace mlir::quantmlir;

/// Nobody can make two texts with one digest, so names are given here.
TEST(KernelNames, RefusesASecondMeaning) {
  MLIRContext context;
  std::string message;
  ScopedDiagnosticHandler handler(
      &context, [&](Diagnostic &diagnostic) { message = diagnostic.str(); });
  Location loc = UnknownLoc::get(&context);
  KernelNames names;
  EXPECT_TRUE(succeeded(names.add(loc, "quantize_rows_1", "mulf 5")));
  EXPECT_TRUE(succeeded(names.add(loc, "quantize_rows_2", "mulf 7")));
  EXPECT_TRUE(succeeded(names.add(loc, "quantize_rows_1", "mulf 5")));
  EXPECT_EQ(message, "");
  EXPECT_TRUE(failed(names.add(loc, "quantize_rows_1", "mulf 7")));
  EXPECT_EQ(message,
            "kernel 'quantize_rows_1' would have two meanings; compile one of "
            "the two ops without the ops that are fused with it (quant-run "
            "--fuse=none)");
}
