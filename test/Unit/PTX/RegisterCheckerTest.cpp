//===- RegisterCheckerTest.cpp - registers that nothing has written -------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Pair.h"

using namespace quantmlir::ptx;
using namespace quantmlir::ptx::test;

// What shows: a stored value, an address, a guard, a branch, a barrier.
TEST(RegisterChecker, UnwrittenRegisters) {
  const std::string start = "add.u64 %rd4, %rd2, %rd3;\n";
  Pair(start + R"(mov.u32 %r5, 1; // RIGHT
st.global.u32 [%rd4], %r5;)")
      .expect("unwritten-register",
              "line 16: unwritten-register: use of register '%r5', which "
              "nothing has written (cta 0,0,0 thread 0,0,0)");
  Pair(start + R"(mov.u32 %r5, 1; // RIGHT
add.u32 %r6, %r5, %r1;
mov.u32 %r7, %r6;
mad.lo.u32 %r6, %r7, 4, %r7;
st.shared.u32 [%r3], %r6;)")
      .expect("unwritten-register",
              "use of a value that line 16 gets from register '%r5'");
  Pair(start + R"(mov.u64 %rd5, 0; // RIGHT
add.u64 %rd6, %rd1, %rd5; // RIGHT
ld.global.u32 %r5, [%rd6];)")
      .expect("unwritten-register", "register '%rd6'");
  Pair(start + R"(setp.lt.u32 %p1, %r1, 7; // RIGHT
@%p1 st.global.u32 [%rd4], 1;)")
      .expect("unwritten-register", "register '%p1'");
  Pair(R"(mov.u32 %r5, 3; // RIGHT
setp.eq.u32 %p1, %r5, 3;
@!%p1 bra END;
bar.sync 0; // RIGHT
END:)")
      .expect("unwritten-register", "register '%r5'");
  Pair(R"(mov.u32 %r5, 0; // RIGHT
barrier.sync %r5;)")
      .expect("unwritten-register", "register '%r5'");
}

// Only some lanes have written it, and one more of them uses it.
TEST(RegisterChecker, LanesOfARegister) {
  Pair(R"(add.u64 %rd4, %rd2, %rd3;
setp.lt.u32 %p1, %r1, 40;
setp.lt.u32 %p2, %r1, 41; // WRONG
setp.lt.u32 %p2, %r1, 39; // RIGHT
@%p1 mov.u32 %r5, 1;
@%p2 st.global.u32 [%rd4], %r5;)")
      .expect("unwritten-register",
              "register '%r5', which nothing has written (cta 0,0,0 thread "
              "40,0,0)");
  // The paths of a branch.
  Pair(R"(add.u64 %rd4, %rd2, %rd3;
setp.lt.u32 %p1, %r1, 40;
@%p1 bra LESS;
mov.u32 %r5, 2; // RIGHT
bra JOIN;
LESS:
mov.u32 %r5, 1;
JOIN:
st.global.u32 [%rd4], %r5;)")
      .expect("unwritten-register", "thread 40,0,0)");
}

// A loop whose first turn reads what its last one leaves.
TEST(RegisterChecker, FirstTurnOfALoop) {
  Pair(R"(add.u64 %rd4, %rd2, %rd3;
mov.u32 %r6, 0;
mov.u32 %r5, 0; // RIGHT
LOOP:
st.global.u32 [%rd4], %r5;
add.u32 %r5, %r6, 5;
add.u32 %r6, %r6, 1;
setp.lt.u32 %p1, %r6, 3;
@%p1 bra LOOP;)")
      .expect("unwritten-register", "register '%r5'");
}

// What compilers may do with registers that have no value.
TEST(RegisterChecker, ValuesThatDoNotShow) {
  for (const char *body : {
           // A part of a vector that nobody takes out.
           "mov.b64 %rd5, {%r1, %r5};\nmov.b64 {%r6, %r7}, %rd5;\n"
           "st.global.u32 [%rd4], %r6;",
           "cvt.u16.u32 %h1, %r1;\nmov.b32 %r6, {%h1, %h2};\n"
           "st.global.u32 [%rd4], %r6;",
           "prmt.b32 %r6, %r1, %r5, 0x3210;\nst.global.u32 [%rd4], %r6;",
           // Selected away, one way and the other.
           "setp.lt.u32 %p1, %r1, 40;\nselp.b32 %r6, %r1, %r5, %p1;\n"
           "@%p1 st.global.u32 [%rd4], %r6;",
           "setp.ge.u32 %p1, %r1, 40;\nselp.b32 %r6, %r5, %r1, %p1;\n"
           "@!%p1 st.global.u32 [%rd4], %r6;",
           // Arithmetic in lanes that do not store, as of masked loads.
           "setp.lt.u32 %p1, %r1, 40;\n@%p1 ld.global.u32 %r5, [%rd6];\n"
           "add.u32 %r6, %r5, 1;\n@%p1 st.global.u32 [%rd4], %r6;",
           // Decided by the other operand.
           "setp.lt.u32 %p1, %r1, 0;\nand.pred %p3, %p1, %p2;\n"
           "@%p3 st.global.u32 [%rd4], 1;\nor.pred %p4, %p2, !%p1;\n"
           "@%p4 st.global.u32 [%rd4], 2;",
           // From lanes that have a value, to those that have not.
           "and.b32 %r6, %r1, 31;\nsetp.eq.u32 %p1, %r6, 0;\n"
           "@%p1 mov.u32 %r5, 7;\nshfl.sync.idx.b32 %r7, %r5, 0, 31, -1;\n"
           "st.global.u32 [%rd4], %r7;",
           // Spilled and never filled.
           "st.local.u32 [depot], %r5;",
           "prefetch.global.L2 [%rd7];",
       }) {
    SCOPED_TRACE(body);
    Launch run(R"(.visible .entry k(.param .u64 in, .param .u64 out)
{
.reg .pred %p<8>; .reg .b16 %h<4>; .reg .b32 %r<16>; .reg .b64 %rd<16>;
.local .align 8 .b8 depot[64];
ld.param.u64 %rd1, [in];
ld.param.u64 %rd2, [out];
mov.u32 %r1, %tid.x;
mul.wide.u32 %rd3, %r1, 4;
add.u64 %rd4, %rd2, %rd3;
add.u64 %rd6, %rd1, %rd3;
)" + std::string(body) +
               "\nret;\n}\n");
    run.buffer(std::vector<uint32_t>(64, 3)).output(256).block(64);
    run.options.check = true;
    EXPECT_EQ(run.launch(), "");
  }
  // The other way round, each of them shows.
  Pair(R"(add.u64 %rd4, %rd2, %rd3;
setp.lt.u32 %p1, %r1, 40;
selp.b32 %r6, %r1, %r5, %p1; // WRONG
mov.u32 %r6, 0; // RIGHT
st.global.u32 [%rd4], %r6;)")
      .expect("unwritten-register", "thread 40,0,0)");
  Pair(R"(add.u64 %rd4, %rd2, %rd3;
setp.lt.u32 %p1, %r1, 64;
and.pred %p3, %p1, %p2; // WRONG
mov.pred %p3, %p1; // RIGHT
@%p3 st.global.u32 [%rd4], 1;)")
      .expect("unwritten-register", "register '%p2'");
  Pair(R"(add.u64 %rd4, %rd2, %rd3;
shfl.sync.idx.b32 %r7, %r5, 0, 31, -1; // WRONG
mov.u32 %r7, 0; // RIGHT
st.global.u32 [%rd4], %r7;)")
      .expect("unwritten-register", "register '%r5'");
}
