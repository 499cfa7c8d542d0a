//===- Pair.h - a wrong kernel and its corrected twin -----------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTMLIR_TEST_UNIT_PTX_PAIR_H
#define QUANTMLIR_TEST_UNIT_PTX_PAIR_H

#include "Harness.h"

namespace quantmlir::ptx::test {

/// A kernel in which WRONG marks the lines to leave out for the correct one,
/// and RIGHT those to leave out for the wrong one.
class Pair {
public:
  explicit Pair(std::string body) : body(std::move(body)) {}

  Pair &threads(unsigned count) {
    block = count;
    return *this;
  }
  Pair &ctas(unsigned count) {
    grid = count;
    return *this;
  }
  Pair &target(const std::string &name) {
    header = ".version 8.0\n.target " + name + "\n.address_size 64\n";
    return *this;
  }
  /// The CTAs of the grid are one cluster.
  Pair &cluster(unsigned count) {
    clusterSize = grid = count;
    return *this;
  }

  /// Neither kernel has a finding.
  void expectNone() {
    EXPECT_EQ(findings("RIGHT"), "");
    EXPECT_EQ(findings("WRONG"), "");
  }

  /// The wrong kernel's findings have one of `kind`, and say `text`; the right
  /// kernel has none.
  void expect(const std::string &kind, const std::string &text) {
    std::string wrong = findings("RIGHT"), right = findings("WRONG");
    EXPECT_NE(wrong.find(": " + kind + ": "), std::string::npos) << wrong;
    EXPECT_NE(wrong.find(text), std::string::npos) << wrong;
    EXPECT_EQ(right, "");
  }

private:
  std::string findings(const std::string &without) {
    std::string text =
        header + R"(.visible .entry k(.param .u64 in, .param .u64 out)
{
.reg .pred %p<8>; .reg .b32 %r<16>; .reg .b64 %rd<16>;
.shared .align 16 .b8 s[4096];
.local .align 8 .b8 depot[64];
ld.param.u64 %rd1, [in];
ld.param.u64 %rd2, [out];
mov.u32 %r1, %tid.x;
mul.wide.u32 %rd3, %r1, 4;
mov.u32 %r2, s;
mad.lo.u32 %r3, %r1, 4, %r2;
)";
    std::string line;
    for (char c : body + "\nret;\n}\n") {
      line += c;
      if (c != '\n')
        continue;
      size_t mark = line.find("// ");
      if (mark == std::string::npos ||
          line.find(without, mark) == std::string::npos)
        text += line;
      line.clear();
    }
    Launch run(text);
    run.buffer(std::vector<uint32_t>(1024, 3)).output(4096);
    run.block(block).grid(grid);
    run.options.check = true;
    run.options.cluster[0] = clusterSize;
    return run.launch();
  }

  std::string body, header;
  unsigned block = 64, grid = 1, clusterSize = 1;
};

} // namespace quantmlir::ptx::test

#endif // QUANTMLIR_TEST_UNIT_PTX_PAIR_H
