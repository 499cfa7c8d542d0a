//===- ProgressTest.cpp - lanes, warps and CTAs that wait for others ------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Harness.h"

#include <chrono>

using namespace quantmlir::ptx::test;

namespace {

/// Each CTA adds 1 to a counter and polls it until all `ctas` have; then it
/// stores what it saw.
std::string gridBarrier(const std::string &poll, const std::string &loop = "") {
  return R"(.visible .entry k(.param .u64 counter, .param .u64 out, .param .u32 ctas)
{
.reg .pred %p<4>; .reg .b32 %r<8>; .reg .b64 %rd<8>;
ld.param.u64 %rd1, [counter];
ld.param.u64 %rd2, [out];
ld.param.u32 %r1, [ctas];
mov.u32 %r2, %tid.x;
setp.ne.u32 %p1, %r2, 0;
@%p1 bra JOIN;
atom.add.release.gpu.global.u32 %r3, [%rd1], 1;
SPIN:
)" + loop +
         poll +
         R"(
setp.lt.u32 %p2, %r4, %r1;
@%p2 bra SPIN;
mov.u32 %r5, %ctaid.x;
mad.wide.u32 %rd3, %r5, 4, %rd2;
st.global.u32 [%rd3], %r4;
JOIN:
bar.sync 0;
ret;
}
)";
}

std::string repeat(const std::string &text, unsigned count) {
  std::string result;
  for (unsigned i = 0; i < count; ++i)
    result += text;
  return result;
}

const std::string acquire = "ld.acquire.gpu.global.u32 %r4, [%rd1];";

struct Grid : Launch {
  Grid(const std::string &text, unsigned ctas, bool check) : Launch(text) {
    buffer(std::vector<uint32_t>(1)).output(4 * ctas).scalar(ctas);
    grid(ctas).block(32);
    options.check = check;
    options.hostThreads = 1;
  }
};

class Progress : public testing::TestWithParam<bool> {};

} // namespace

TEST_P(Progress, GridBarrier) {
  for (const std::string &text :
       {gridBarrier(acquire),
        gridBarrier("atom.or.acquire.gpu.global.b32 %r4, "
                    "[%rd1], 0;\n"),
        gridBarrier(acquire + "\nnanosleep.u32 100;\n"),
        // Two reads in a loop, at a power of two apart.
        gridBarrier(acquire + repeat("mov.u32 %r6, 0;\n", 7) +
                    "ld.volatile.global.u32 %r7, [%rd1];\n")}) {
    auto start = std::chrono::steady_clock::now();
    Grid run(text, 200, GetParam());
    EXPECT_EQ(run.launch(), "");
    EXPECT_EQ(run.read<uint32_t>(1, 200), std::vector<uint32_t>(200, 200));
    std::chrono::duration<double> time =
        std::chrono::steady_clock::now() - start;
    EXPECT_LT(time.count(), 60);
  }
}

// The last CTAs never arrive at the barrier: they do not fit next to the
// others, or do not exist.
TEST_P(Progress, GridBarrierWithoutItsLast) {
  Grid run(gridBarrier(acquire), 200, GetParam());
  run.options.residentCtas = 199;
  EXPECT_EQ(run.launch().find("line 15: deadlock: the thread polls for ever: "
                              "each thread of the 199 clusters in flight waits "
                              "or polls, too (cta "),
            0u);
  Grid missing(gridBarrier(acquire + "\nnanosleep.u32 100;\n"), 20, GetParam());
  missing.grid(19);
  EXPECT_NE(missing.launch().find("19 clusters in flight"), std::string::npos);
}

// More host threads than CTAs that fit do not make more of them fit.
TEST(ProgressOf, OneResidentCtaOnManyHostThreads) {
  Grid run(gridBarrier(acquire), 2, false);
  run.options.residentCtas = 1;
  run.options.hostThreads = 8;
  EXPECT_NE(run.launch().find("the 1 cluster in flight"), std::string::npos);
}

// A reduction that changes nothing is no progress.
TEST_P(Progress, PollingWithAReduction) {
  Grid run(gridBarrier(acquire, "red.or.gpu.global.b32 [%rd1], 0;\n"), 8,
           GetParam());
  run.grid(7);
  EXPECT_NE(run.launch().find("deadlock"), std::string::npos);
}

// What is shown is where the thread polls now, not where it did before.
TEST_P(Progress, PollingIsShownWhereItIs) {
  const std::string text = R"(.visible .entry k(.param .u64 p)
{
.reg .pred %p<4>; .reg .b32 %r<8>; .reg .b64 %rd<4>;
ld.param.u64 %rd1, [p];
mov.u32 %r1, 0;
FIRST:
ld.acquire.gpu.global.u32 %r2, [%rd1];
add.u32 %r1, %r1, 1;
setp.lt.u32 %p1, %r1, 20;
@%p1 bra FIRST;
LAST:
nanosleep.u32 20;
SECOND
setp.eq.u32 %p1, %r3, 0;
@%p1 bra LAST;
ret;
}
)";
  for (auto [second, line] :
       {std::make_pair("ld.global.u32 %r3, [%rd1+4];", "line 15: "),
        std::make_pair("ld.acquire.gpu.global.u32 %r3, [%rd1+4];",
                       "line 16: ")}) {
    std::string body = text;
    body.replace(body.find("SECOND"), 6, second);
    Launch run(body);
    run.buffer(std::vector<uint32_t>(2)).block(32);
    run.options.check = GetParam();
    EXPECT_EQ(run.launch().find(line + std::string("deadlock: the thread polls "
                                                   "for ever")),
              0u)
        << run.launch();
  }
}

// Of two groups of lanes, each has its own place.
TEST_P(Progress, PollingIsShownWhereItsLanesAre) {
  Launch run(R"(.visible .entry k(.param .u64 p)
{
.reg .pred %p<4>; .reg .b32 %r<8>; .reg .b64 %rd<4>;
ld.param.u64 %rd1, [p];
mov.u32 %r1, %tid.x;
setp.lt.u32 %p1, %r1, 16;
@%p1 bra LOW;
HIGH:
ld.acquire.gpu.global.u32 %r2, [%rd1];
setp.eq.u32 %p2, %r2, 0;
@%p2 bra HIGH;
ret;
LOW:
ld.acquire.gpu.global.u32 %r2, [%rd1+4];
setp.eq.u32 %p2, %r2, 0;
@%p2 bra LOW;
ret;
}
)");
  run.buffer(std::vector<uint32_t>(2)).block(32);
  run.options.check = GetParam();
  std::string found = run.launch();
  bool low = found.find("thread 0,0,0") != std::string::npos;
  EXPECT_EQ(found.find(low ? "line 17: deadlock" : "line 12: deadlock"), 0u)
      << found;
}

// Each CTA counts itself in, lets others begin, and keeps the most it saw.
TEST(ProgressOf, NoMoreCtasInFlightThanFit) {
  Launch run(R"(.visible .entry k(.param .u64 p)
{
.reg .pred %p<4>; .reg .b32 %r<8>; .reg .b64 %rd<4>;
ld.param.u64 %rd1, [p];
atom.global.add.u32 %r1, [%rd1], 1;
add.u32 %r1, %r1, 1;
red.global.max.u32 [%rd1+4], %r1;
mov.u32 %r2, %ctaid.x;
and.b32 %r2, %r2, 7;
SLEEP:
nanosleep.u32 20;
sub.u32 %r2, %r2, 1;
setp.gt.s32 %p1, %r2, 0;
@%p1 bra SLEEP;
red.global.add.u32 [%rd1], -1;
ret;
}
)");
  run.buffer(std::vector<uint32_t>(2)).grid(4000);
  run.options.residentCtas = 6;
  run.options.hostThreads = 4;
  EXPECT_EQ(run.launch(), "");
  EXPECT_EQ(run.read<uint32_t>(0, 2)[0], 0u);
  EXPECT_LE(run.read<uint32_t>(0, 2)[1], 6u);
}

// Lanes that end after others of their warp have arrived count at a barrier of
// so many threads.
TEST_P(Progress, HalfAWarpEndsAfterTheBarrierIsReached) {
  Launch run(R"(.visible .entry k()
{
.reg .pred %p<4>; .reg .b32 %r<8>;
mov.u32 %r1, %tid.x;
and.b32 %r1, %r1, 31;
setp.ge.u32 %p1, %r1, 16;
@%p1 bra ELSE;
barrier.sync 1, 64;
ret;
ELSE:
ret;
}
)");
  run.block(64);
  run.options.check = GetParam();
  EXPECT_EQ(run.launch(), "");
}

// The registers never repeat.
TEST_P(Progress, PollingWithAClock) {
  Grid run(gridBarrier(acquire, "mov.u64 %rd4, %globaltimer;\n"), 8,
           GetParam());
  run.grid(7);
  run.options.pollSeconds = 0.1;
  EXPECT_NE(run.launch().find("deadlock"), std::string::npos);
}

// The loop gives up after a while, which is no deadlock.
TEST_P(Progress, PollingWithATimeout) {
  Grid run(gridBarrier(acquire, "add.u32 %r2, %r2, 1;\n"
                                "setp.gt.u32 %p3, %r2, 1000;\n"
                                "@%p3 bra JOIN;\n"),
           8, GetParam());
  run.grid(7);
  EXPECT_EQ(run.launch(), "");
}

TEST(ProgressOf, HostThreadsShareAGridBarrier) {
  for (unsigned i = 0; i < 20; ++i) {
    Grid run(gridBarrier(acquire), 50, false);
    run.options.hostThreads = 4;
    EXPECT_EQ(run.launch(), "");
  }
  Grid missing(gridBarrier(acquire), 50, false);
  missing.options.hostThreads = 4;
  missing.grid(49);
  EXPECT_NE(missing.launch().find("deadlock"), std::string::npos);
}

// As stream-K's CTAs do, each waits for one that begins later.
TEST_P(Progress, EachWaitsForTheNext) {
  Launch run(R"(.visible .entry k(.param .u64 flags, .param .u32 ctas)
{
.reg .pred %p<4>; .reg .b32 %r<8>; .reg .b64 %rd<4>;
ld.param.u64 %rd1, [flags];
ld.param.u32 %r1, [ctas];
mov.u32 %r2, %ctaid.x;
mad.wide.u32 %rd2, %r2, 4, %rd1;
mov.u32 %r3, 1;
add.u32 %r4, %r2, 1;
setp.eq.u32 %p1, %r4, %r1;
@%p1 bra STORE;
SPIN:
ld.acquire.gpu.global.u32 %r3, [%rd2+4];
setp.eq.u32 %p2, %r3, 0;
@%p2 bra SPIN;
add.u32 %r3, %r3, 1;
STORE:
st.release.gpu.global.u32 [%rd2], %r3;
ret;
}
)");
  const unsigned ctas = 300;
  run.buffer(std::vector<uint32_t>(ctas)).scalar(ctas).grid(ctas);
  run.options.check = GetParam();
  EXPECT_EQ(run.launch(), "");
  EXPECT_EQ(run.read<uint32_t>(0, 1)[0], ctas);
}

// Each lane takes the lock for itself, so a lane that holds it must get on
// while the others of its warp spin, at lower and at higher addresses.
TEST_P(Progress, SpinLockWithinAWarp) {
  const std::string head = R"(.visible .entry k(.param .u64 p)
{
.reg .pred %p<4>; .reg .b32 %r<8>; .reg .b64 %rd<4>;
ld.param.u64 %rd1, [p];
)";
  const std::string critical = R"(
fence.acq_rel.gpu;
ld.global.u32 %r2, [%rd1+4];
add.u32 %r2, %r2, 1;
st.global.u32 [%rd1+4], %r2;
fence.acq_rel.gpu;
)";
  const std::string lock = "atom.cas.b32 %r1, [%rd1], 0, 1;\n"
                           "setp.ne.u32 %p1, %r1, 0;\n";
  const std::string held = critical + "atom.exch.b32 %r3, [%rd1], 0;\nret;\n";
  const std::string bodies[] = {
      "SPIN:\n" + lock + "@%p1 bra SPIN;" + held + "}",
      "bra SPIN;\nHELD:" + held + "SPIN:\n" + lock +
          "@!%p1 bra HELD;\nnanosleep.u32 20;\nbra SPIN;\n}"};
  for (const std::string &body : bodies) {
    Launch run(head + body);
    run.buffer(std::vector<uint32_t>(2)).block(64).grid(2);
    run.options.check = GetParam();
    run.options.hostThreads = 1;
    EXPECT_EQ(run.launch(), "");
    EXPECT_EQ(run.read<uint32_t>(0, 2), (std::vector<uint32_t>{0, 128}));
  }
}

// Lanes that cannot leave a loop are found by their registers, here next to
// others that wait for them.
TEST_P(Progress, EndlessLoop) {
  const std::string head = R"(.visible .entry k(.param .u64 p)
{
.reg .pred %p<4>; .reg .b32 %r<8>; .reg .b64 %rd<4>;
.local .align 4 .b8 depot[4];
ld.param.u64 %rd1, [p];
mov.u32 %r1, %tid.x;
mov.u32 %r2, %ctaid.x;
setp.ne.u32 %p1, %r2, 1;
setp.lt.or.u32 %p1, %r1, 7, %p1;
@%p1 bra END;
LOOP:
)";
  const std::string tail = "bra LOOP;\nEND:\nbar.warp.sync -1;\nret;\n}\n";
  for (const char *loop : {"", "add.u32 %r3, %r1, 1;\nxor.b32 %r1, %r1, 1;\n",
                           "add.u32 %r1, %r1, 1;\nand.b32 %r1, %r1, 127;\n"}) {
    Launch run(head + loop + tail);
    run.buffer(std::vector<uint32_t>(2)).block(32).grid(3);
    run.options.check = GetParam();
    std::string found = run.launch();
    EXPECT_NE(found.find("endless-loop: the loop never ends"),
              std::string::npos)
        << found;
    EXPECT_NE(found.find("(cta 1,0,0 thread 7,0,0)"), std::string::npos);
  }
  // Others may change what it reads, but they have ended.
  Launch poll(head + "ld.global.u32 %r3, [%rd1];\n" + tail);
  poll.buffer(std::vector<uint32_t>(2)).block(32).grid(3);
  poll.options.check = GetParam();
  EXPECT_EQ(poll.launch(),
            "line 15: deadlock: the thread polls for ever: each thread of the "
            "1 cluster in flight waits or polls, too (cta 1,0,0 thread 7,0,0)"
            "\n");
  // A clock never comes back, nor does a counter.
  for (const char *loop :
       {"mov.u32 %r3, %clock;\n",
        "ld.global.u32 %r3, [%rd1];\nadd.u32 %r4, %r4, 1;\n"}) {
    Launch run(head + loop + tail);
    run.buffer(std::vector<uint32_t>(2)).block(32).grid(3);
    run.options.check = GetParam();
    run.options.maxInstructions = 1000000;
    std::string found = run.launch();
    EXPECT_NE(found.find("instruction-limit: the warp has not ended after "
                         "1000000 instructions"),
              std::string::npos)
        << found;
    EXPECT_NE(found.find("(cta 1,0,0 thread 7,0,0)"), std::string::npos);
  }
}

// Weak polls do not keep others from running, be they of the same CTA or of
// later ones, and end when those have stored; who only reads afterwards, too.
TEST_P(Progress, WeakPollsOfWhatOthersStoreLate) {
  for (const char *storer : {"%ctaid.x", "%tid.x"}) {
    Launch run(std::string(R"(.visible .entry k(.param .u64 flag)
{
.reg .pred %p<4>; .reg .b32 %r<8>; .reg .b64 %rd<4>;
ld.param.u64 %rd1, [flag];
mov.u32 %r1, )") +
               storer +
               R"(;
mov.u32 %r2, 0;
setp.ge.u32 %p1, %r1, 1;
setp.ge.u32 %p2, %r1, 32;
@%p2 bra WORK;
@%p1 bra WORK;
SPIN:
ld.global.u32 %r3, [%rd1];
setp.eq.u32 %p1, %r3, 0;
@%p1 bra SPIN;
WORK:
ld.global.u32 %r4, [%rd1+4];
add.u32 %r2, %r2, 1;
setp.lt.u32 %p1, %r2, 60000;
@%p1 bra WORK;
st.global.u32 [%rd1], 1;
ret;
}
)");
    run.buffer(std::vector<uint32_t>(2)).block(64).grid(2);
    run.options.check = GetParam();
    run.options.maxInstructions = 30000000;
    std::string found = run.launch();
    EXPECT_EQ(found.find("deadlock"), std::string::npos) << found;
    EXPECT_EQ(found.find("instruction-limit"), std::string::npos) << found;
  }
}

// Lanes that wait for others of their warp see them come by activemask.
TEST_P(Progress, LoopUntilOthersCome) {
  Launch run(R"(.visible .entry k()
{
.reg .pred %p<4>; .reg .b32 %r<8>;
mov.u32 %r1, %tid.x;
setp.ge.u32 %p1, %r1, 32;
@%p1 bra SLOW;
setp.lt.u32 %p2, %r1, 16;
@%p2 barrier.arrive 1, 64;
@%p2 bra SPIN;
barrier.sync 1, 64;
SPIN:
activemask.b32 %r3;
setp.ne.u32 %p3, %r3, -1;
@%p3 bra SPIN;
ret;
SLOW:
mov.u32 %r4, 0;
LOOP:
add.u32 %r4, %r4, 1;
setp.lt.u32 %p3, %r4, 1000000;
@%p3 bra LOOP;
barrier.sync 1, 64;
ret;
}
)");
  run.block(64).options.check = GetParam();
  EXPECT_EQ(run.launch(), "");
}

// Long loops end: one whose registers repeat but for a counter, lanes of which
// each half runs a loop of its own, and one that waits for a store.
TEST_P(Progress, LongLoopsEnd) {
  Launch run(R"(.visible .entry k(.param .u64 p)
{
.reg .pred %p<4>; .reg .b32 %r<8>; .reg .b64 %rd<4>;
ld.param.u64 %rd1, [p];
mov.u32 %r1, %tid.x;
mov.u32 %r2, 0;
setp.lt.u32 %p1, %r1, 16;
@%p1 bra HALF;
LOOP:
add.u32 %r2, %r2, 1;
and.b32 %r3, %r2, 7;
setp.lt.u32 %p2, %r2, 1000000;
@%p2 bra LOOP;
mov.u32 %r4, 1;
st.volatile.global.u32 [%rd1], %r4;
bra END;
HALF:
ld.global.u32 %r4, [%rd1];
setp.eq.u32 %p2, %r4, 0;
@%p2 bra HALF;
END:
ret;
}
)");
  run.buffer(std::vector<uint32_t>(1)).block(32);
  run.options.maxInstructions = 20000000;
  EXPECT_EQ(run.launch(), "");
}

// The limit is exact: a warp of so many instructions ends.
TEST_P(Progress, LimitOfInstructions) {
  Launch run(R"(.visible .entry k()
{
.reg .pred %p<2>; .reg .b32 %r<2>;
mov.u32 %r1, 0;
LOOP:
add.u32 %r1, %r1, 1;
setp.lt.u32 %p1, %r1, 100;
@%p1 bra LOOP;
ret;
}
)");
  run.options.check = GetParam();
  run.options.maxInstructions = 302;
  EXPECT_EQ(run.launch(), "");
  run.options.maxInstructions = 301;
  EXPECT_NE(run.launch().find("line 12: instruction-limit"), std::string::npos);
}

// A thread tests an mbarrier that only completes after many tests of it.
TEST_P(Progress, TestsOfAnMbarrierMayFailOften) {
  Launch run(R"(.visible .entry k(.param .u64 out)
{
.reg .pred %p<4>; .reg .b32 %r<8>; .reg .b64 %rd<4>;
.shared .align 8 .b64 b;
ld.param.u64 %rd1, [out];
mbarrier.init.shared::cta.b64 [b], 1;
mov.u32 %r1, 0;
AGAIN:
setp.ne.u32 %p1, %r1, 100;
@%p1 bra TEST;
mbarrier.arrive.shared::cta.b64 _, [b];
TEST:
add.u32 %r1, %r1, 1;
mbarrier.test_wait.parity.shared::cta.b64 %p2, [b], 0;
@!%p2 bra AGAIN;
st.global.u32 [%rd1], %r1;
ret;
}
)");
  run.output(4);
  run.options.check = GetParam();
  EXPECT_EQ(run.launch(), "");
  EXPECT_EQ(run.read<uint32_t>(0, 1)[0], 101u);
}

INSTANTIATE_TEST_SUITE_P(Mode, Progress, testing::Bool(), [](const auto &info) {
  return info.param ? "checked" : "fast";
});
