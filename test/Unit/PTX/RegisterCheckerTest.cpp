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
st.global.u32 [%rd4], %r6;)")
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

// Compilers make zeros so, of whatever register.
TEST(RegisterChecker, ZeroOfARegister) {
  for (const char *zero : {"xor.b32 %r6, %r5, %r5;", "sub.s32 %r6, %r5, %r5;"})
    Pair(std::string("add.u64 %rd4, %rd2, %rd3;\n") + zero +
         "\nst.global.u32 [%rd4], %r6;")
        .expectNone();
  Pair(R"(add.u64 %rd4, %rd2, %rd3;
xor.b32 %r6, %r5, %r1; // WRONG
xor.b32 %r6, %r5, %r5; // RIGHT
st.global.u32 [%rd4], %r6;)")
      .expect("unwritten-register", "register '%r5'");
}

// Addresses of stores that values pass through.
TEST(RegisterChecker, AddressesOfStores) {
  for (const char *store :
       {"st.shared.u32 [%r5], %r1;", "st.shared.v2.u32 [%r5], {%r1, %r6};"})
    Pair("mad.lo.u32 %r5, %r1, 8, %r2; // RIGHT\n" + std::string(store))
        .expect("unwritten-register", "register '%r5'");
  Pair("mov.u32 %r5, 0; // RIGHT\nst.local.u32 [%r5], %r1;")
      .expect("unwritten-register", "register '%r5'");
  Pair(R"(and.b32 %r4, %r1, 31;
mad.lo.u32 %r5, %r4, 16, %r2; // RIGHT
stmatrix.sync.aligned.m8n8.x1.shared.b16 [%r5], {%r1};)")
      .threads(32)
      .expect("unwritten-register", "register '%r5'");
}

// An instruction of PTX may be two here: the product and the sum of mad.cc, and
// the reading of a clock.
TEST(RegisterChecker, CarriesAndClocks) {
  const std::string start = R"(add.u64 %rd4, %rd2, %rd3;
setp.lt.u32 %p1, %r1, 40;
setp.lt.u32 %p2, %r1, 41; // WRONG
setp.lt.u32 %p2, %r1, 39; // RIGHT
)";
  for (const char *body :
       {"@%p1 mad.lo.cc.u32 %r5, %r1, %r1, %r1;",
        "@!%p1 bra L;\nmad.lo.cc.u32 %r6, %r1, %r1, %r1;\n"
        "madc.hi.u32 %r5, %r1, %r1, 0;\nL:",
        "@%p1 cvt.u32.u32 %r5, %clock;", "@%p1 mov.u32 %r5, %clock;"})
    Pair(start + body + "\n@%p2 st.global.u32 [%rd4], %r5;")
        .expect("unwritten-register",
                "register '%r5', which nothing has written (cta 0,0,0 thread "
                "40,0,0)");
  Pair(start + R"(mov.u32 %r5, 0;
@%p1 mad.lo.cc.u32 %r6, %r1, %r1, %r1;
@%p2 addc.u32 %r5, 0, 0;
st.global.u32 [%rd4], %r5;)")
      .expect("unwritten-register",
              "use of a value that line 20 gets from the carry flag, which "
              "nothing has written (cta 0,0,0 thread 40,0,0)");
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
           "setp.lt.u32 %p1, %r1, 40;\n@%p1 mov.u32 %r5, 1;\n"
           "setp.ge.and.u32 %p3, %r5, 0, %p1;\n"
           "@%p3 st.global.u32 [%rd4], 1;\n"
           "setp.lt.or.u32 %p4, %r5, 0, !%p1;\n"
           "@!%p4 st.global.u32 [%rd4], 2;",
           "setp.lt.u32 %p1, %r1, 40;\n@%p1 setp.ne.u32 %p2, %r1, 7;\n"
           "setp.lt.and.u32 %p3, %r1, 40, %p2;\n"
           "@%p3 st.global.u32 [%rd4], 1;\n"
           "setp.ge.or.u32 %p4, %r1, 40, %p2;\n"
           "@!%p4 st.global.u32 [%rd4], 2;\n"
           "set.lt.and.u32.u32 %r6, %r1, 40, %p2;\n"
           "st.global.u32 [%rd4], %r6;",
           "setp.lt.u32 %p1, %r1, 40;\n@!%p1 mov.u32 %r5, 1;\n"
           "sub.s32 %r6, 39, %r1;\nslct.u32.s32 %r7, 1, %r5, %r6;\n"
           "st.global.u32 [%rd4], %r7;\ncvt.rn.f32.s32 %f1, %r6;\n"
           "slct.u32.f32 %r7, 1, %r5, %f1;\nst.global.u32 [%rd4], %r7;",
           // A part of a vector that nobody reads.
           "st.global.v2.u32 [%rd8], {%r1, %r5};\n"
           "st.global.v2.u32 [%rd8], {%r5, 0};",
           // Exchanged through shared memory, as of masked loads.
           "setp.lt.u32 %p1, %r1, 40;\n@%p1 mov.u32 %r5, 1;\n"
           "st.shared.u32 [%r3], %r5;\nbar.sync 0;\n"
           "ld.shared.u32 %r6, [%r3];\n@%p1 st.global.u32 [%rd4], %r6;",
           "setp.lt.u32 %p1, %r1, 40;\n@%p1 mov.u32 %r5, 1;\n"
           "cvt.u64.u32 %rd7, %r3;\ncvta.shared.u64 %rd7, %rd7;\n"
           "st.u32 [%rd7], %r5;",
           // Lanes whose addresses of rows are not asked for.
           "st.shared.v4.u32 [%r4], {0, 0, 0, 0};\nbar.sync 0;\n"
           "and.b32 %r6, %r1, 31;\nsetp.lt.u32 %p1, %r6, 8;\n"
           "@%p1 mov.u32 %r5, %r4;\n"
           "ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r7}, [%r5];",
           "stmatrix.sync.aligned.m8n8.x2.shared.b16 [%r4], {%r1, %r5};",
           // Spilled and never filled.
           "st.local.u32 [depot], %r5;",
           "prefetch.global.L2 [%rd7];",
       }) {
    SCOPED_TRACE(body);
    Launch run(R"(.visible .entry k(.param .u64 in, .param .u64 out)
{
.reg .pred %p<8>; .reg .b16 %h<4>; .reg .b32 %r<16>; .reg .b64 %rd<16>;
.reg .f32 %f<4>;
.shared .align 16 .b8 s[1024];
.local .align 8 .b8 depot[64];
ld.param.u64 %rd1, [in];
ld.param.u64 %rd2, [out];
mov.u32 %r1, %tid.x;
mul.wide.u32 %rd3, %r1, 4;
add.u64 %rd4, %rd2, %rd3;
add.u64 %rd6, %rd1, %rd3;
mul.wide.u32 %rd8, %r1, 8;
add.u64 %rd8, %rd2, %rd8;
mov.u32 %r2, s;
mad.lo.u32 %r3, %r1, 4, %r2;
mad.lo.u32 %r4, %r1, 16, %r2;
)" + std::string(body) +
               "\nret;\n}\n");
    run.buffer(std::vector<uint32_t>(64, 3)).output(512).block(64);
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
  for (const char *compare : {"setp.lt.and.u32 %p3, %r1, 41, %p2;",
                              "setp.ge.or.u32 %p3, %r1, 41, %p2;",
                              "setp.lt.xor.u32 %p3, %r1, 40, %p2;",
                              "setp.ge.and.u32 %p3, %r5, 0, %p4;",
                              "setp.lt.or.u32 %p3, %r5, 0, !%p4;"})
    Pair(R"(add.u64 %rd4, %rd2, %rd3;
setp.lt.u32 %p1, %r1, 40;
setp.lt.u32 %p4, %r1, 41;
@%p1 setp.lt.u32 %p2, %r1, 64; // WRONG
setp.lt.u32 %p2, %r1, 64; // RIGHT
@%p1 mov.u32 %r5, 1; // WRONG
mov.u32 %r5, 1; // RIGHT
)" + std::string(compare) +
         "\n@%p3 st.global.u32 [%rd4], 1;")
        .expect("unwritten-register", "thread 40,0,0)");
  for (const char *select :
       {"slct.u32.s32 %r7, 1, %r5, %r6;", "slct.u32.s32 %r7, %r1, 1, %r5;"})
    Pair(R"(add.u64 %rd4, %rd2, %rd3;
mov.u32 %r5, 0; // RIGHT
sub.s32 %r6, 39, %r1;
)" + std::string(select) +
         "\nst.global.u32 [%rd4], %r7;")
        .expect("unwritten-register", "register '%r5'");
  for (const char *vector : {"{%r5, %r5}", "{%r5, %r6}"})
    Pair("mad.wide.u32 %rd4, %r1, 8, %rd2;\nmov.u32 %r5, 0; // RIGHT\n"
         "st.global.v2.u32 [%rd4], " +
         std::string(vector) + ";")
        .expect("unwritten-register", "register '%r5'");
  Pair(R"(setp.lt.u32 %p1, %r1, 40; // RIGHT
setp.lt.u32 %p1, %r1, 41; // WRONG
setp.lt.u32 %p2, %r1, 40;
add.u64 %rd4, %rd2, %rd3;
@%p2 mov.u32 %r5, 1;
@%p1 st.u32 [%rd4], %r5;)")
      .expect("unwritten-register", "thread 40,0,0)");
  Pair(R"(add.u64 %rd4, %rd2, %rd3;
shfl.sync.idx.b32 %r7, %r5, 0, 31, -1; // WRONG
mov.u32 %r7, 0; // RIGHT
st.global.u32 [%rd4], %r7;)")
      .expect("unwritten-register", "register '%r5'");
}
