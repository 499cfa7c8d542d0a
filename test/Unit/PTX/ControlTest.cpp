//===- ControlTest.cpp - divergence, barriers, calls ----------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Harness.h"

using namespace quantmlir::ptx::test;

/// What a kernel prints with `format`, the arguments `first` and `second`, and
/// the address of the characters "xy", without a zero, at the end of memory.
static std::string printed(const std::string &format, int32_t first = 7,
                           int32_t second = -1) {
  std::string text = format;
  text.resize(62);
  std::string bytes;
  for (char c : text + "x")
    bytes += std::to_string(int(c)) + ", ";
  Launch run(
      R"(.extern .func (.param .b32 r) vprintf(.param .b64 f, .param .b64 a);
.global .align 1 .b8 text[64] = {)" +
      bytes + R"(121};
.visible .entry k()
{
.reg .b64 %d<4>; .reg .b32 %r<2>;
.local .align 8 .b32 words[4];
st.local.b32 [words], )" +
      std::to_string(first) + R"(;
st.local.b32 [words+4], )" +
      std::to_string(second) + R"(;
mov.u64 %d1, text;
cvta.global.u64 %d1, %d1;
add.u64 %d1, %d1, 62;
st.local.b64 [words+8], %d1;
mov.u64 %d1, text;
cvta.global.u64 %d1, %d1;
mov.u64 %d2, words;
cvta.local.u64 %d2, %d2;
{
.param .b64 p; .param .b64 q; .param .b32 r;
st.param.b64 [p], %d1;
st.param.b64 [q], %d2;
call (r), vprintf, (p, q);
ld.param.b32 %r1, [r];
}
ret;
}
)");
  std::string output;
  llvm::raw_string_ostream stream(output);
  run.options.output = &stream;
  run.options.check = true;
  std::string findings = run.launch();
  return findings.empty() ? output : findings;
}

/// Whether printing `format` is a fault that says `text`.
static bool isFault(const std::string &format, const std::string &text,
                    int32_t first = 7) {
  std::string found = printed(format, first);
  EXPECT_NE(found.find("printf: " + text), std::string::npos) << found;
  return found.find("printf: " + text) != std::string::npos;
}

TEST(Control, Printf) {
  EXPECT_EQ(printed("%d,%u"), "7,4294967295");
  EXPECT_EQ(printed("%llx"), "ffffffff00000007");
  EXPECT_EQ(printed("%05.3i|%-4hhu|"), "  007|255 |");
  EXPECT_EQ(printed("%*d"), "     -1");
  EXPECT_EQ(printed("100%%"), "100%");
  EXPECT_TRUE(isFault("%n", "'%n' is no conversion"));
  EXPECT_TRUE(isFault("a%", "'%' is no conversion"));
}

TEST(Control, PrintfWidthsAndPrecisions) {
  // A negative width is to the left, a negative precision none.
  EXPECT_EQ(printed("%*d|", -4, 5), "5   |");
  EXPECT_EQ(printed("%.*d|", -1, 5), "5|");
  EXPECT_EQ(printed("%.*d|", 3, 5), "005|");
  EXPECT_EQ(printed("%.d|", 0), "|");
  // The last two characters of the module's text have no zero behind them.
  EXPECT_EQ(printed("%d %d %.2s", 1, 2), "1 2 xy");
  EXPECT_NE(printed("%d %d %.3s", 1, 2).find("out-of-bounds"),
            std::string::npos);
  EXPECT_NE(printed("%d %.*s", 1, -1).find("out-of-bounds"), std::string::npos);
  EXPECT_EQ(printed("%c%c", 0, 'a'), std::string("\0a", 2));
  EXPECT_EQ(printed("%4096d", 1).size(), 4096u);
  EXPECT_TRUE(isFault("%*d", "a width or precision of more than 4096",
                      std::numeric_limits<int32_t>::max()));
  EXPECT_TRUE(isFault("%*d", "a width or precision of more than 4096",
                      std::numeric_limits<int32_t>::min()));
  EXPECT_TRUE(isFault("%99999999999d", "a width or precision"));
  EXPECT_TRUE(isFault("%.5000f", "a width or precision"));
}

static const char prologue[] = R"(.entry k(.param .u64 out)
{
.reg .pred %p<8>; .reg .b32 %r<16>; .reg .b64 %rd<8>;
ld.param.u64 %rd1, [out];
mov.u32 %r1, %tid.x;
mad.wide.u32 %rd2, %r1, 4, %rd1;
)";

static std::string kernel(const std::string &body) {
  return prologue + body + "\nst.global.u32 [%rd2], %r2;\nret;\n}\n";
}

static std::vector<uint32_t> results(const std::string &text,
                                     unsigned threads = 32) {
  Launch run(text);
  run.output(4 * threads).block(threads);
  EXPECT_EQ(run.launch(), "");
  return run.error.empty() ? run.read<uint32_t>(0, threads)
                           : std::vector<uint32_t>(threads);
}

TEST(Control, LoopsWithDifferentTripCounts) {
  auto result = results(kernel(R"(
mov.u32 %r2, 0;
mov.u32 %r3, 0;
LOOP:
setp.ge.u32 %p1, %r3, %r1;
@%p1 bra DONE;
add.u32 %r3, %r3, 1;
and.b32 %r4, %r3, 1;
setp.eq.u32 %p2, %r4, 0;
@%p2 bra LOOP;
add.u32 %r2, %r2, %r3;
bra LOOP;
DONE:
)"));
  for (unsigned i = 0; i < 32; ++i)
    EXPECT_EQ(result[i], (i + 1) / 2 * ((i + 1) / 2));
}

// After the branches join, all lanes must be there for the vote.
TEST(Control, ReconvergesAtThePostDominator) {
  auto result = results(kernel(R"(
setp.lt.u32 %p1, %r1, 7;
@%p1 bra A;
mov.u32 %r2, 1;
bra JOIN;
A:
setp.lt.u32 %p2, %r1, 3;
@%p2 bra B;
mov.u32 %r2, 2;
bra JOIN;
B:
mov.u32 %r2, 3;
JOIN:
activemask.b32 %r3;
mov.u32 %r2, %r3;
)"));
  for (uint32_t mask : result)
    EXPECT_EQ(mask, ~0u);
}

// A lane spins until another lane of its warp writes: both must progress.
TEST(Control, LanesMakeIndependentProgress) {
  auto result = results(R"(.entry k(.param .u64 out)
{
.reg .pred %p<8>; .reg .b32 %r<16>; .reg .b64 %rd<8>;
.shared .u32 flag;
ld.param.u64 %rd1, [out];
mov.u32 %r1, %tid.x;
mad.wide.u32 %rd2, %r1, 4, %rd1;
st.shared.u32 [flag], 0;
bar.sync 0;
setp.eq.u32 %p1, %r1, 5;
@%p1 bra WRITER;
SPIN:
ld.volatile.shared.u32 %r2, [flag];
setp.eq.u32 %p2, %r2, 0;
@%p2 bra SPIN;
bra END;
WRITER:
st.volatile.shared.u32 [flag], 9;
mov.u32 %r2, 8;
END:
st.global.u32 [%rd2], %r2;
ret;
}
)");
  for (unsigned i = 0; i < 32; ++i)
    EXPECT_EQ(result[i], i == 5 ? 8u : 9u);
}

TEST(Control, BarriersOrderWarps) {
  auto result = results(R"(.entry k(.param .u64 out)
{
.reg .pred %p<8>; .reg .b32 %r<16>; .reg .b64 %rd<8>;
.shared .align 4 .b8 s[1024];
ld.param.u64 %rd1, [out];
mov.u32 %r1, %tid.x;
mad.wide.u32 %rd2, %r1, 4, %rd1;
mov.u32 %r3, s;
mad.lo.u32 %r4, %r1, 4, %r3;
st.shared.u32 [%r4], %r1;
bar.sync 0;
xor.b32 %r5, %r1, 255;
mad.lo.u32 %r6, %r5, 4, %r3;
ld.shared.u32 %r2, [%r6];
st.global.u32 [%rd2], %r2;
ret;
}
)",
                        256);
  for (unsigned i = 0; i < 256; ++i)
    EXPECT_EQ(result[i], 255 - i);
}

TEST(Control, BarrierReductions) {
  auto result = results(kernel(R"(
setp.lt.u32 %p1, %r1, 10;
bar.red.popc.u32 %r2, 0, %p1;
bar.red.and.pred %p2, 0, %p1;
bar.red.or.pred %p3, 0, !%p1;
selp.u32 %r3, 100, 0, %p2;
selp.u32 %r4, 1000, 0, %p3;
add.u32 %r2, %r2, %r3;
add.u32 %r2, %r2, %r4;
)"),
                        64);
  for (uint32_t value : result)
    EXPECT_EQ(value, 1010u);
}

TEST(Control, MissingThreadsAreADeadlock) {
  Launch run(kernel("mov.u32 %r2, 0;\nsetp.lt.u32 %p1, %r1, 32;\n@%p1 bra L;\n"
                    "bar.sync 1, 64;\nL:"));
  run.output(4 * 64).block(64);
  EXPECT_EQ(run.launch(), "line 13: deadlock: the thread waits forever at a "
                          "barrier for threads that never arrive (cta 0,0,0 "
                          "thread 32,0,0)\n");
}

TEST(Control, ShufflesAndVotes) {
  auto shuffled = results(kernel(R"(
shfl.sync.up.b32 %r2|%p1, %r1, 3, 0, -1;
@%p1 add.u32 %r2, %r2, 100;
)"));
  for (unsigned i = 0; i < 32; ++i)
    EXPECT_EQ(shuffled[i], i < 3 ? i : i - 3 + 100);
  auto segments = results(kernel("shfl.sync.idx.b32 %r2, %r1, 2, 0x181f, -1;"));
  for (unsigned i = 0; i < 32; ++i)
    EXPECT_EQ(segments[i], (i & 24) + 2);
  auto ballot = results(kernel("setp.gt.u32 %p1, %r1, 29;\n"
                               "vote.sync.ballot.b32 %r2, %p1, -1;"));
  EXPECT_EQ(ballot[4], 0xc0000000u);
  auto sum = results(kernel("redux.sync.add.u32 %r2, %r1, -1;"));
  EXPECT_EQ(sum[9], 496u);
  auto match = results(kernel("and.b32 %r3, %r1, 3;\n"
                              "match.any.sync.b32 %r2, %r3, -1;"));
  EXPECT_EQ(match[5], 0x22222222u);
}

TEST(Control, CallsAreExpanded) {
  auto result = results(R"(
.func (.param .b32 r) twice(.param .b32 a)
{
.reg .b32 %x<3>; .reg .pred %q;
ld.param.b32 %x1, [a];
setp.gt.u32 %q, %x1, 20;
@%q bra BIG;
add.u32 %x2, %x1, %x1;
st.param.b32 [r], %x2;
ret;
BIG:
st.param.b32 [r+0], 7;
ret;
}
.entry k(.param .u64 out)
{
.reg .pred %p<8>; .reg .b32 %r<16>; .reg .b64 %rd<8>;
ld.param.u64 %rd1, [out];
mov.u32 %r1, %tid.x;
mad.wide.u32 %rd2, %r1, 4, %rd1;
{
.param .b32 a; .param .b32 ret1;
st.param.b32 [a], %r1;
call.uni (ret1), twice, (a);
ld.param.b32 %r2, [ret1];
}
{
.param .b32 a; .param .b32 ret1;
st.param.b32 [a], %r2;
call (ret1), twice, (a);
ld.param.b32 %r3, [ret1];
}
add.u32 %r2, %r2, %r3;
st.global.u32 [%rd2], %r2;
ret;
}
)");
  auto twice = [](unsigned x) { return x > 20 ? 7u : 2 * x; };
  for (unsigned i = 0; i < 32; ++i)
    EXPECT_EQ(result[i], twice(i) + twice(twice(i)));
}

// Lanes call different functions, through a table and through a register; the
// last lane calls what is no function of this kind.
TEST(Control, IndirectCalls) {
  const std::string text = R"(
.func (.param .b32 r) twice(.param .b32 a);
.func (.param .b32 r) square(.param .b32 a)
{
.reg .b32 %x<3>;
ld.param.b32 %x1, [a];
mul.lo.u32 %x2, %x1, %x1;
st.param.b32 [r], %x2;
ret;
}
.func (.param .b32 r) other(.param .b64 a) { ret; }
.global .align 8 .u64 table[3] = {twice, square, other};
.func (.param .b32 r) twice(.param .b32 a)
{
.reg .b32 %x<3>;
ld.param.b32 %x1, [a];
add.u32 %x2, %x1, %x1;
st.param.b32 [r], %x2;
ret;
}
.func (.param .b32 r) through(.param .b32 a, .param .b64 f)
{
.reg .b32 %x<3>; .reg .b64 %f;
ld.param.b32 %x1, [a];
ld.param.b64 %f, [f];
{
.param .b32 a1; .param .b32 r1;
st.param.b32 [a1], %x1;
proto: .callprototype (.param .b32 _) _ (.param .b32 _);
call (r1), %f, (a1), proto;
ld.param.b32 %x2, [r1];
}
st.param.b32 [r], %x2;
ret;
}
.entry k(.param .u64 out, .param .u32 last)
{
.reg .pred %p<8>; .reg .b32 %r<16>; .reg .b64 %rd<8>;
ld.param.u64 %rd1, [out];
ld.param.u32 %r4, [last];
mov.u32 %r1, %tid.x;
mad.wide.u32 %rd2, %r1, 4, %rd1;
and.b32 %r3, %r1, 1;
setp.eq.u32 %p1, %r1, 31;
@%p1 mov.u32 %r3, %r4;
mov.u64 %rd3, table;
mad.wide.u32 %rd3, %r3, 8, %rd3;
ld.global.u64 %rd4, [%rd3];
setp.eq.u32 %p1, %r1, 5;
@%p1 mov.u64 %rd4, twice;
{
.param .b32 a; .param .b64 f; .param .b32 r;
st.param.b32 [a], %r1;
st.param.b64 [f], %rd4;
call (r), through, (a, f);
ld.param.b32 %r2, [r];
}
st.global.u32 [%rd2], %r2;
ret;
}
)";
  for (bool check : {false, true}) {
    Launch run(text);
    run.output(128).scalar(uint32_t(1)).block(32).options.check = check;
    EXPECT_EQ(run.launch(), "");
    auto result = run.read<uint32_t>(0, 32);
    for (unsigned i = 0; i < 32; ++i)
      EXPECT_EQ(result[i], i % 2 && i != 5 ? i * i : 2 * i);
  }
  Launch wrong(text);
  wrong.output(128).scalar(uint32_t(2)).block(32);
  EXPECT_EQ(wrong.launch(), "line 33: trap: the kernel executed trap (cta "
                            "0,0,0 thread 31,0,0)\n");
}

TEST(Control, CtasWaitForEachOther) {
  // CTA 0 spins until the last CTA has signalled; one host thread runs both.
  Launch run(R"(.entry k(.param .u64 flag)
{
.reg .pred %p<4>; .reg .b32 %r<8>; .reg .b64 %rd<4>;
ld.param.u64 %rd1, [flag];
mov.u32 %r1, %ctaid.x;
setp.eq.u32 %p1, %r1, 0;
@%p1 bra WAIT;
setp.ne.u32 %p2, %r1, 5;
@%p2 ret;
st.release.gpu.global.u32 [%rd1], 1;
ret;
WAIT:
ld.acquire.gpu.global.u32 %r2, [%rd1];
setp.eq.u32 %p3, %r2, 0;
@%p3 bra WAIT;
st.global.u32 [%rd1+4], 77;
ret;
}
)");
  run.buffer<uint32_t>({0, 0}).grid(6);
  run.options.hostThreads = 1;
  EXPECT_EQ(run.launch(), "");
  EXPECT_EQ(run.read<uint32_t>(0, 2)[1], 77u);
}

TEST(Control, ElectsTheLowestLane) {
  Launch run(R"(.visible .entry k(.param .u64 out)
{
.reg .pred %p<4>; .reg .b32 %r<8>; .reg .b64 %rd<4>;
ld.param.u64 %rd1, [out];
mov.u32 %r1, %tid.x;
mul.wide.u32 %rd2, %r1, 4;
add.u64 %rd1, %rd1, %rd2;
setp.lt.u32 %p1, %r1, 5;
mov.u32 %r2, 99;
@%p1 bra STORE;
elect.sync %r3|%p2, 0xffffffe0;
selp.u32 %r4, 100, 0, %p2;
add.u32 %r2, %r3, %r4;
STORE:
st.global.u32 [%rd1], %r2;
ret;
}
)");
  run.output(128).block(32);
  EXPECT_EQ(run.launch(), "");
  auto out = run.read<uint32_t>(0, 32);
  for (unsigned i = 0; i < 32; ++i)
    EXPECT_EQ(out[i], i < 5 ? 99u : i == 5 ? 105u : 5u);
}

// What only tells the hardware about time or resources is checked and has no
// effect.
TEST(Control, HintsChangeNothing) {
  auto kernel = [](const std::string &body) {
    return R"(.visible .entry k(.param .u64 out)
{
.reg .b32 %r<4>; .reg .b64 %rd<4>;
.shared .align 16 .b8 s[16];
ld.param.u64 %rd1, [out];
)" + body + "\nret;\n}\n";
  };
  Launch run(kernel(R"(griddepcontrol.wait;
setmaxnreg.inc.sync.aligned.u32 240;
setmaxnreg.dec.sync.aligned.u32 24;
prefetch.global.L2 [%rd1];
prefetchu.L1 [%rd1];
cp.async.bulk.prefetch.L2.global [%rd1], 16;
nanosleep.u32 20;
createpolicy.fractional.L2::evict_first.b64 %rd2, 1.0;
createpolicy.fractional.L2::evict_last.L2::evict_unchanged.b64 %rd3, 0.5;
ld.global.L1::evict_last.L2::cache_hint.u32 %r1, [%rd1], %rd2;
add.u32 %r1, %r1, 1;
st.global.L2::cache_hint.u32 [%rd1], %r1, %rd3;
cp.async.cg.shared.global.L2::cache_hint [s], [%rd1], 16, %rd2;
cp.async.wait_all;
griddepcontrol.launch_dependents;)"));
  run.buffer(std::vector<uint32_t>{41, 0, 0, 0});
  EXPECT_EQ(run.launch(), "");
  EXPECT_EQ(run.read<uint32_t>(0, 1)[0], 42u);
  EXPECT_EQ(Launch(kernel("setmaxnreg.inc.sync.aligned.u32 100;")).error,
            "9:33: the number of registers must be a multiple of 8 from 24 to "
            "256");
  EXPECT_EQ(Launch(kernel("createpolicy.range.b64 %rd2, [%rd1], 1, 2;")).error,
            "9:1: 'createpolicy.range.b64' is not supported");
}
