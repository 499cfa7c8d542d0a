//===- Evaluate.h - one instruction on 32 threads --------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTMLIR_TEST_UNIT_PTX_EVALUATE_H
#define QUANTMLIR_TEST_UNIT_PTX_EVALUATE_H

#include "Harness.h"

namespace quantmlir::ptx::test {

/// Runs `line` on 32 threads with %a, %b, %c from buffers and stores %d.
template <typename D, typename A, typename B = A, typename C = A>
std::vector<D> evaluate(const std::string &line, std::vector<A> a,
                        std::vector<B> b = {}, std::vector<C> c = {}) {
  a.resize(32);
  b.resize(32);
  c.resize(32);
  auto bits = [](size_t bytes) { return std::to_string(8 * bytes); };
  auto load = [&](const char *name, const char *from, size_t bytes) {
    return std::string("ld.param.u64 %p, [") + from +
           "];\nmad.wide.u32 %p, %t, " + std::to_string(bytes) +
           ", %p;\nld.global.b" + bits(bytes) + " " + name + ", [%p];\n";
  };
  std::string text = ".entry k(.param .u64 pa, .param .u64 pb, .param .u64 pc, "
                     ".param .u64 pd)\n{\n.reg .b64 %p;\n.reg .b32 %t;\n"
                     ".reg .pred %q<4>;\n.reg .b32 %x<4>;\n.reg .b64 %y<4>;\n";
  text += ".reg .b" + bits(sizeof(A)) + " %a;\n.reg .b" + bits(sizeof(B)) +
          " %b;\n.reg .b" + bits(sizeof(C)) + " %c;\n.reg .b" +
          bits(sizeof(D)) + " %d;\nmov.u32 %t, %tid.x;\n";
  text += load("%a", "pa", sizeof(A)) + load("%b", "pb", sizeof(B)) +
          load("%c", "pc", sizeof(C));
  text += line + "\nld.param.u64 %p, [pd];\nmad.wide.u32 %p, %t, " +
          std::to_string(sizeof(D)) + ", %p;\nst.global.b" + bits(sizeof(D)) +
          " [%p], %d;\nret;\n}\n";
  Launch run(text);
  run.buffer(a).buffer(b).buffer(c).output(32 * sizeof(D)).block(32);
  EXPECT_EQ(run.launch(), "") << line;
  if (!run.error.empty())
    return std::vector<D>(32);
  return run.read<D>(3, 32);
}

} // namespace quantmlir::ptx::test

#endif // QUANTMLIR_TEST_UNIT_PTX_EVALUATE_H
