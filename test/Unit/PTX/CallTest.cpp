//===- CallTest.cpp - how calls pass arguments and results ----------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Harness.h"

using namespace quantmlir::ptx::test;

static const char registers[] =
    ".reg .b16 %h<4>; .reg .b32 %r<8>; .reg .f32 %f<4>; .reg .b64 %d<4>;\n"
    ".reg .v2 .b32 %v; .reg .pred %p<2>;\n";

/// %r2 of 32 threads after `body`, with the thread's number in %r1.
static std::vector<uint32_t> results(const std::string &functions,
                                     const std::string &body) {
  Launch run(functions + ".entry k(.param .u64 out)\n{\n" + registers +
             "mov.u32 %r1, %tid.x;\n" + body +
             "\nld.param.u64 %d1, [out];\nmad.wide.u32 %d1, %r1, 4, %d1;\n"
             "st.global.u32 [%d1], %r2;\nret;\n}\n");
  run.output(128).block(32).options.check = true;
  EXPECT_EQ(run.launch(), "") << functions << body;
  return run.error.empty() ? run.read<uint32_t>(0, 32)
                           : std::vector<uint32_t>(32);
}

/// The error of decoding a kernel with `body`, after its line.
static std::string errorOf(const std::string &functions,
                           const std::string &body) {
  std::string error =
      Launch(functions + "\n.entry k()\n{\n" + registers + body + "\nret;\n}\n")
          .error;
  return error.substr(error.find(':') + 1);
}

template <typename F>
static void expect(const std::string &functions, const std::string &body,
                   F reference) {
  std::vector<uint32_t> found = results(functions, body);
  for (unsigned i = 0; i < 32; ++i)
    EXPECT_EQ(found[i], uint32_t(reference(i))) << i << ": " << body;
}

// r = 3 * a + b, and `a` is overwritten, which the caller must not see.
static const char inRegisters[] =
    ".func (.reg .b32 r) f(.reg .u32 a, .reg .b32 b)\n"
    "{ mad.lo.u32 a, a, 3, b; mov.u32 r, a; ret; }\n";
static const char inMemory[] =
    ".func (.param .b32 r) f(.param .u32 a, .param .b32 b)\n"
    "{ .reg .b32 %a, %b; ld.param.u32 %a, [a]; ld.param.b32 %b, [b];\n"
    "mad.lo.u32 %a, %a, 3, %b; st.param.b32 [r], %a; ret; }\n";

TEST(Call, RegistersAndVariablesGoWithEitherParameter) {
  for (const char *function : {inRegisters, inMemory}) {
    expect(function, "add.u32 %r3, %r1, 100; call (%r2), f, (%r1, %r3);",
           [](unsigned i) { return 4 * i + 100; });
    expect(function, "call (%r2), f, (%r1, 5+4*2);",
           [](unsigned i) { return 3 * i + 13; });
    // The result is an argument as well, and of no interest.
    expect(function,
           "mov.u32 %r2, 7; call (_), f, (%r2, -1); call (%r2), f, (%r2, -1);",
           [](unsigned) { return 20; });
    expect(function,
           "{ .param .b32 x; .param .b32 y;\nst.param.b32 [x], %r1;\n"
           "call (y), f, (x, 1);\nld.param.b32 %r2, [y]; }",
           [](unsigned i) { return 3 * i + 1; });
    // Where the guard is false the result keeps its value.
    expect(function,
           "mov.u32 %r2, 5; setp.lt.u32 %p1, %r1, 9;\n"
           "@%p1 call.uni (%r2), f, (%r1, 0);",
           [](unsigned i) { return i < 9 ? 3 * i : 5; });
    expect(function,
           "mov.u64 %d2, f;\nproto: .callprototype (.reg .b32 _) _ (.reg .b32 "
           "_, .reg .b32 _);\ncall (%r2), %d2, (%r1, 2), proto;",
           [](unsigned i) { return 3 * i + 2; });
  }
}

TEST(Call, ResultsInRegisters) {
  expect(
      ".func (.reg .b32 q, .reg .b32 r) f(.reg .b32 a)\n"
      "{ .reg .pred %p; div.u32 q, a, 5; rem.u32 r, a, 5;\n"
      "setp.gt.u32 %p, q, 3; @%p ret; add.u32 r, r, 1000; }\n",
      "call (%r3, %r4), f, (%r1); mad.lo.u32 %r2, %r3, 10, %r4;",
      [](unsigned i) { return i / 5 * 10 + i % 5 + (i / 5 > 3 ? 0 : 1000); });
  expect(".func (.reg .v2 .b32 r) f(.reg .v2 .u32 a)\n"
         "{ mov.b32 r.x, a.y; mov.b32 r.y, a.x; }\n",
         "mov.b32 %v.x, %r1; mov.b32 %v.y, 64; call (%v), f, (%v);\n"
         "shl.b32 %r2, %v.y, 8; add.u32 %r2, %r2, %v.x;",
         [](unsigned i) { return (i << 8) + 64; });
}

TEST(Call, Types) {
  expect(".func (.reg .f32 r) f(.reg .f32 a) { add.f32 r, a, a; }\n",
         "call (%f1), f, (1.5); cvt.rzi.u32.f32 %r2, %f1;",
         [](unsigned) { return 3; });
  expect(".func (.reg .b32 r) f(.reg .f16 a) { cvt.u32.u16 r, 7; }\n",
         "cvt.u16.u32 %h1, %r1; call (%r2), f, (%h1);",
         [](unsigned) { return 7; });
  expect(".func (.reg .b32 r) f(.param .align 4 .b8 a[8], .reg .b64 b)\n"
         "{ .reg .b32 %b; ld.param.b32 r, [a+4]; cvt.u32.u64 %b, b;\n"
         "add.u32 r, r, %b; }\n",
         "{ .param .align 4 .b8 x[8]; st.param.b32 [x+4], %r1;\n"
         "mov.b64 %d2, 50; call (%r2), f, (x, %d2); }",
         [](unsigned i) { return i + 50; });
  // The device runtime's functions, too.
  expect(".extern .func (.param .b64 r) malloc(.param .b64 n);\n"
         ".extern .func free(.param .b64 p);\n",
         "call (%d2), malloc, (8); setp.ne.u64 %p1, %d2, 0;\n"
         "selp.u32 %r2, 1, 0, %p1; @%p1 call free, (%d2);",
         [](unsigned) { return 1; });
}

TEST(Call, RefusesWhatDoesNotFit) {
  EXPECT_EQ(errorOf(inRegisters, "call (%r2), f, (%d1, 1);"),
            "17: the type of '%d1' does not match parameter 'a'");
  EXPECT_EQ(errorOf(inRegisters, "call (%r2), f, (%f1, 1);"),
            "17: the type of '%f1' does not match parameter 'a'");
  EXPECT_EQ(errorOf(inRegisters, "call (%r2), f, (%p1, 1);"),
            "17: the type of '%p1' does not match parameter 'a'");
  EXPECT_EQ(errorOf(inMemory, "call (%r2), f, (1.0, 1);"),
            "17: the type of the constant does not match parameter 'a'");
  EXPECT_EQ(errorOf(inRegisters, "call (%h1), f, (1, 1);"),
            "7: the type of '%h1' does not match parameter 'r'");
  EXPECT_EQ(errorOf(inRegisters, "call (1), f, (1, 1);"),
            "7: a result must go to a register, a .param variable or '_'");
  EXPECT_EQ(errorOf(inRegisters, "call (%r1), f, (_, 1);"),
            "17: '_' is not an argument");
  EXPECT_EQ(errorOf(inRegisters, "call (%r1), f, (%v, 1);"),
            "17: the type of '%v' does not match parameter 'a'");
  EXPECT_EQ(errorOf(inRegisters, "call (%r1), f, (%tid.x, 1);"),
            "17: an argument must be a register, a constant or a .param "
            "variable");
  EXPECT_EQ(errorOf(inRegisters, "call (%r1), f, (1);"),
            "1: call of 'f' does not match its declaration");
  EXPECT_EQ(errorOf(".func f(.param .align 4 .b8 a[8]) { ret; }",
                    "{ .param .align 8 .b8 x[8]; call f, (x); }"),
            "38: the alignment of 'x' does not match parameter 'a'");
  // Arrays are no vectors, whatever their elements.
  for (const char *variable :
       {".align 8 .b32 x[2]", ".align 8 .b8 x[8]", ".align 4 .b8 x[8]"}) {
    EXPECT_EQ(
        errorOf(".func f(.reg .v2 .b32 a) { ret; }",
                "{ .param " + std::string(variable) + ";\ncall f, (x); }"),
        "10: the type of 'x' does not match parameter 'a'");
    EXPECT_EQ(
        errorOf(".func (.reg .v2 .b32 a) f() { ret; }",
                "{ .param " + std::string(variable) + ";\ncall (x), f; }"),
        "7: the type of 'x' does not match parameter 'a'");
  }
  EXPECT_EQ(errorOf(".func f(.reg .b8 a) { ret; }", ""),
            "14: '.b8' is not passed in a register: use at least 16 bits, or "
            ".param");
  EXPECT_EQ(errorOf(".func (.param .b32 r, .param .b32 s) f() { ret; }", ""),
            "8: more than one result must be in registers, by .reg");
  EXPECT_EQ(errorOf(".func f(.reg .b32 a);\n.func f(.reg .u32 a) { ret; }", ""),
            "7: the parameters of 'f' are not those of its declaration in line "
            "4");
  EXPECT_EQ(errorOf(".func f(.reg .b32 a) { .reg .b32 a; }", ""),
            "34: register 'a' is declared twice");
  EXPECT_EQ(Launch(".entry k(.reg .b32 a) { ret; }").error,
            "4:10: a kernel has no parameters in registers");
}
