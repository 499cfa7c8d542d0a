//===- MemoryTest.cpp - state spaces, cp.async, atomics, faults -----------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Harness.h"

#include <numeric>

using namespace quantmlir::ptx::test;

static std::string kernel(const std::string &body) {
  return R"(.visible .entry k(.param .u64 in, .param .u64 out)
{
.reg .pred %p<8>; .reg .b32 %r<16>; .reg .b64 %rd<16>; .reg .b16 %h<8>;
.shared .align 16 .b8 s[2048];
.local .align 8 .b8 depot[64];
ld.param.u64 %rd1, [in];
ld.param.u64 %rd2, [out];
mov.u32 %r1, %tid.x;
mul.wide.u32 %rd3, %r1, 4;
add.u64 %rd4, %rd1, %rd3;
add.u64 %rd5, %rd2, %rd3;
)" + body +
         "\nret;\n}\n";
}

static std::vector<uint32_t> iota(unsigned count) {
  std::vector<uint32_t> values(count);
  std::iota(values.begin(), values.end(), 1000);
  return values;
}

TEST(Memory, VectorsAndNarrowTypes) {
  Launch run(kernel(R"(
mul.wide.u32 %rd6, %r1, 16;
add.u64 %rd7, %rd1, %rd6;
ld.global.v4.u32 {%r2, %r3, %r4, %r5}, [%rd7];
ld.global.s8 %r6, [%rd7+1];
ld.global.u8 %r7, [%rd7+1];
ld.global.nc.u16 %h1, [%rd7+2];
add.u64 %rd8, %rd2, %rd6;
st.global.v2.u32 [%rd8], {%r5, %r6};
st.global.u32 [%rd8+8], %r7;
st.global.v2.b16 [%rd8+12], {%h1, %h1};
)"));
  std::vector<uint32_t> in(128);
  for (unsigned i = 0; i < 128; ++i)
    in[i] = 0x12348000u + i * 0x01010101u;
  run.buffer(in).output(512).block(32);
  ASSERT_EQ(run.launch(), "");
  auto out = run.read<uint32_t>(1, 128);
  for (unsigned i = 0; i < 32; ++i) {
    EXPECT_EQ(out[4 * i], in[4 * i + 3]);
    EXPECT_EQ(int32_t(out[4 * i + 1]), int8_t(in[4 * i] >> 8));
    EXPECT_EQ(out[4 * i + 2], uint8_t(in[4 * i] >> 8));
    EXPECT_EQ(out[4 * i + 3], (in[4 * i] >> 16) * 0x10001u);
  }
}

TEST(Memory, GenericAddressesReachEverySpace) {
  Launch run(kernel(R"(
mov.u64 %rd6, s;
cvta.shared.u64 %rd7, %rd6;
add.u64 %rd7, %rd7, %rd3;
mov.u64 %rd8, depot;
cvta.local.u64 %rd9, %rd8;
ld.u32 %r2, [%rd4];
st.u32 [%rd7], %r2;
ld.u32 %r3, [%rd7];
st.u32 [%rd9+8], %r3;
ld.local.u32 %r4, [depot+8];
cvta.to.shared.u64 %rd10, %rd7;
ld.shared.u32 %r5, [%rd10];
add.u32 %r4, %r4, %r5;
st.global.u32 [%rd5], %r4;
)"));
  run.buffer(iota(32)).output(128).block(32);
  ASSERT_EQ(run.launch(), "");
  for (unsigned i = 0; i < 32; ++i)
    EXPECT_EQ(run.read<uint32_t>(1, 32)[i], 2 * (1000 + i));
}

TEST(Memory, CopiesArriveAtTheWait) {
  // Before the wait the old content is read, after it the new; source bytes
  // beyond the asked ones are zeros.
  Launch run(kernel(R"(
mov.u32 %r2, s;
mad.lo.u32 %r3, %r1, 16, %r2;
mul.wide.u32 %rd6, %r1, 16;
add.u64 %rd7, %rd1, %rd6;
mov.u32 %r9, 5;
st.shared.v4.u32 [%r3], {%r9, %r9, %r9, %r9};
st.shared.v4.u32 [%r3+512], {%r9, %r9, %r9, %r9};
cp.async.cg.shared.global [%r3], [%rd7], 16, 8;
cp.async.commit_group;
cp.async.ca.shared.global [%r3+512], [%rd7], 4;
cp.async.commit_group;
ld.shared.u32 %r4, [%r3];
cp.async.wait_group 1;
ld.shared.u32 %r5, [%r3+4];
ld.shared.u32 %r6, [%r3+12];
ld.shared.u32 %r7, [%r3+512];
cp.async.wait_all;
ld.shared.u32 %r8, [%r3+512];
add.u64 %rd8, %rd2, %rd6;
st.global.v4.u32 [%rd8], {%r4, %r5, %r6, %r7};
st.global.u32 [%rd8+512], %r8;
)"));
  run.buffer(iota(128)).output(1024).block(32);
  ASSERT_EQ(run.launch(), "");
  auto out = run.read<uint32_t>(1, 256);
  for (unsigned i = 0; i < 32; ++i) {
    EXPECT_EQ(out[4 * i], 5u);
    EXPECT_EQ(out[4 * i + 1], 1000 + 4 * i + 1);
    EXPECT_EQ(out[4 * i + 2], 0u);
    EXPECT_EQ(out[4 * i + 3], 5u);
    EXPECT_EQ(out[128 + 4 * i], 1000 + 4 * i);
  }
}

TEST(Memory, ZeroFillReadsNothingBeyondTheBuffer) {
  const std::string text = kernel(R"(
mov.u32 %r2, s;
add.u64 %rd6, %rd1, 16;
cp.async.cg.shared.global [%r2], [%rd6], 16, 4;
cp.async.cg.shared.global [%r2+16], [%rd6+4096], 16, 0;
cp.async.wait_all;
ld.shared.u32 %r3, [%r2];
st.global.u32 [%rd5], %r3;
)");
  Launch run(text);
  run.buffer(iota(5)).output(4);
  EXPECT_EQ(run.launch(), "");
  EXPECT_EQ(run.read<uint32_t>(1, 1)[0], 1004u);
  Launch tooShort(text);
  tooShort.buffer(iota(4)).output(4);
  EXPECT_EQ(tooShort.launch().substr(0, 24), "line 18: out-of-bounds: ");
}

TEST(Memory, Atomics) {
  Launch run(kernel(R"(
atom.global.add.u32 %r2, [%rd2], 3;
red.global.max.s32 [%rd2+4], %r1;
atom.global.cas.b32 %r3, [%rd2+8], 0, 9;
atom.global.exch.b32 %r4, [%rd2+12], %r1;
atom.global.inc.u32 %r5, [%rd2+16], 10;
mov.b32 %r6, 0f3F000000;
red.global.add.f32 [%rd2+20], %r6;
)"));
  run.buffer(iota(1)).buffer(std::vector<uint32_t>(8)).block(64).grid(4);
  ASSERT_EQ(run.launch(), "");
  auto out = run.read<uint32_t>(1, 6);
  EXPECT_EQ(out[0], 768u);
  EXPECT_EQ(out[1], 63u);
  EXPECT_EQ(out[2], 9u);
  EXPECT_EQ(out[4], 256u % 11);
  EXPECT_EQ(out[5], 0x43000000u);
}

TEST(Memory, Faults) {
  auto faultOf = [](const std::string &body) {
    Launch run(kernel(body));
    run.buffer(iota(32)).output(128).block(32);
    std::string text = run.launch();
    return text.substr(0, text.find(" (cta"));
  };
  EXPECT_EQ(faultOf("ld.global.u32 %r2, [%rd4+4];"),
            "line 15: out-of-bounds: global access of 4 bytes at "
            "0x2000000000180; 'buffer' is 128 bytes, this is at offset 128");
  EXPECT_EQ(faultOf("ld.global.u32 %r2, [%rd3];"),
            "line 15: out-of-bounds: global access of 4 bytes at 0x0; the "
            "address is near null");
  EXPECT_EQ(faultOf("st.global.u16 [%rd4+1], 3;"),
            "line 15: misaligned: global write of 2 bytes at 0x2000000000101");
  EXPECT_EQ(faultOf("mov.u32 %r2, s;\nld.shared.u32 %r3, [%r2+2048];"),
            "line 16: out-of-bounds: shared read of 4 bytes at offset 2048 of "
            "2048");
  EXPECT_EQ(faultOf("ld.local.u32 %r2, [depot+64];"),
            "line 15: out-of-bounds: local read of 4 bytes at offset 64 of 64");
  EXPECT_EQ(faultOf("trap;"), "line 15: trap: the kernel executed trap");
  EXPECT_EQ(faultOf("brkpt;"), "line 15: trap: the kernel executed brkpt");
  EXPECT_EQ(faultOf("mov.u32 %r2, s;\ncp.async.cg.shared.global [%r2+4], "
                    "[%rd4], 16;"),
            "line 16: misaligned: shared write by cp.async of 16 bytes at 0x4");
}

TEST(Memory, ModuleVariables) {
  Launch run(R"(
.global .align 4 .u32 counts[3] = {7, 8, 9};
.const .f32 half = 0.5;
.global .align 8 .u64 where = counts;
.extern .shared .align 16 .b8 dyn[];
.visible .entry k(.param .u64 out)
{
.reg .b32 %r<8>; .reg .b64 %rd<4>;
ld.param.u64 %rd1, [out];
ld.global.u64 %rd2, [where];
ld.global.u32 %r1, [%rd2+8];
ld.const.b32 %r2, [half];
st.shared.u32 [dyn+60], %r1;
ld.shared.u32 %r3, [dyn+60];
st.global.v2.u32 [%rd1], {%r3, %r2};
ret;
}
)");
  run.output(8).shared(64);
  ASSERT_EQ(run.launch(), "");
  EXPECT_EQ(run.read<uint32_t>(0, 2), (std::vector<uint32_t>{9, 0x3f000000}));
}

// 512 KB, for all variables of a thread together.
TEST(Memory, LocalMemoryOfAThread) {
  auto with = [](const char *variables) {
    return Launch(std::string(".version 8.0\n.target sm_80\n.entry k()\n{\n") +
                  variables + "\nret;\n}")
        .error;
  };
  EXPECT_EQ(with(".local .b8 x[524288];"), "");
  EXPECT_EQ(with(".local .b8 x[1000000000];"),
            "5:12: 'x' ends beyond the 524288 bytes of local memory that a "
            "thread may have");
  EXPECT_EQ(with(".local .b8 x[524280];\n.local .b64 y[2];")
                .find("6:13: 'y' ends beyond"),
            0u);
}

// What the system reserves lies before the kernel's own shared memory and does
// not count as the kernel's.
TEST(Memory, ReservedSharedMemory) {
  Launch run(R"(
.extern .shared .b8 dynamic[];
.entry k(.param .u64 out)
{
.reg .b32 %r<8>;
.reg .b64 %rd<4>;
.shared .align 4 .b8 own[4];
ld.param.u64 %rd1, [out];
mov.u32 %r0, %reserved_smem_offset_begin;
mov.u32 %r1, %reserved_smem_offset_1;
mov.u32 %r2, %reserved_smem_offset_end;
mov.u32 %r3, %reserved_smem_offset_cap;
mov.u32 %r4, own;
mov.u32 %r5, %total_smem_size;
st.shared.u32 [own], 7;
red.shared.and.b32 [%r1+4], 0;
ld.shared.u32 %r6, [own];
ld.shared.u32 %r7, [%r1+4];
st.global.v4.u32 [%rd1], {%r0, %r2, %r3, %r4};
st.global.v4.u32 [%rd1+16], {%r5, %r6, %r7, %r1};
ret;
}
)");
  run.output(32).shared(227 * 1024 - 4);
  run.options.check = true;
  EXPECT_EQ(run.launch(), "");
  auto found = run.read<uint32_t>(0, 8);
  EXPECT_EQ(found, (std::vector<uint32_t>{0, 1024, 1024, 1024, 227 * 1024, 7, 0,
                                          found[7]}));
  // Cooperative groups may use 288 bytes.
  EXPECT_LE(found[7] + 288, 1024u);
}
