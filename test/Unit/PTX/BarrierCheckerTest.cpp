//===- BarrierCheckerTest.cpp - threads that barriers wait for ------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Pair.h"

using namespace quantmlir::ptx;
using namespace quantmlir::ptx::test;

// Lanes that do something else and end in place of executing what others wait
// at; who just returns early is not waited for.
TEST(BarrierChecker, EndsInPlaceOfBarrier) {
  const std::string branch = R"(and.b32 %r4, %r1, 31;
setp.ge.u32 %p1, %r4, 16;
add.u64 %rd4, %rd2, %rd3;
@%p1 bra ELSE;
SYNC
st.global.u32 [%rd4], %r5;
bra END;
ELSE:
st.global.u32 [%rd4], 7; // WRONG
END:)";
  auto with = [&](const std::string &sync) {
    std::string text = branch;
    text.replace(text.find("SYNC"), 4, "mov.u32 %r5, 0;\n" + sync);
    return Pair(text);
  };
  with("bar.sync 0;").expect("divergent-barrier", "lanes 0xffff0000 of");
  for (const char *sync : {"bar.warp.sync 0xffffffff;",
                           "shfl.sync.idx.b32 %r5, %r1, 0, 31, 0xffffffff;",
                           "vote.sync.ballot.b32 %r5, %p1, 0xffffffff;",
                           "match.any.sync.b32 %r5, %r1, 0xffffffff;",
                           "redux.sync.add.u32 %r5, %r1, 0xffffffff;"})
    with(sync).expect("warp-sync", "lanes 0xffff0000 of");
  with("bar.warp.sync 0xffffffff; // WRONG\nbar.warp.sync 0xffff; // RIGHT")
      .expect("warp-sync", "");
}

// Of those that are waited for, some write; then others return early or come to
// the barrier as well; then those that wrote end.
TEST(BarrierChecker, EndsInPlaceOfBarrierAfterOthers) {
  const std::string text = R"(and.b32 %r4, %r1, 31;
mov.u32 %r5, 0;
setp.ge.u32 %p1, %r4, 8;
add.u64 %rd4, %rd2, %rd3;
@%p1 bra FIRST;
AGAIN:
SYNC
bra END;
FIRST:
nanosleep.u32 1;
setp.lt.u32 %p2, %r4, 24;
@!%p2 bra LAST;
MEANWHILE
LAST:
st.global.u32 [%rd4], 7; // WRONG
nanosleep.u32 1;
ret;
END:)";
  for (const char *sync : {"bar.sync 0;", "bar.warp.sync 0xffffffff;",
                           "shfl.sync.idx.b32 %r5, %r1, 0, 31, 0xffffffff;"})
    for (const char *meanwhile :
         {"ret;", "nanosleep.u32 1;\nret;", "bra AGAIN;"}) {
      SCOPED_TRACE(std::string(sync) + " " + meanwhile);
      std::string body = text;
      body.replace(body.find("SYNC"), 4, sync);
      body.replace(body.find("MEANWHILE"), 9, meanwhile);
      bool barrier = std::string(sync) == "bar.sync 0;";
      Pair(body).expect(barrier ? "divergent-barrier" : "warp-sync",
                        "lanes 0xff000000 of");
    }
}

// barrier.sync is for threads: half of a warp may wait while the other half
// ends, since sm_70 in whatever place.
TEST(BarrierChecker, HalfAWarpEndsInPlaceOfBarrier) {
  const std::string text = R"(and.b32 %r4, %r1, 31;
setp.ge.u32 %p1, %r4, 16;
add.u64 %rd4, %rd2, %rd3;
@%p1 bra ELSE;
BARRIER
bra END;
ELSE:
st.global.u32 [%rd4], 7; // WRONG
END:)";
  auto with = [&](const std::string &barrier) {
    std::string body = text;
    body.replace(body.find("BARRIER"), 7, barrier);
    return Pair(body);
  };
  for (const char *target : {"sm_70", "sm_90"}) {
    with("barrier.sync 0;").target(target).expectNone();
    for (const char *barrier : {"bar.sync 0;", "barrier.sync.aligned 0;"})
      with(barrier).target(target).expect("divergent-barrier",
                                          "lanes 0xffff0000 of");
  }
  for (const char *barrier : {"barrier.sync 0;", "bar.sync 0;"})
    with(barrier).target("sm_60").expect("divergent-barrier",
                                         "lanes 0xffff0000 of");
}

// Warps do something else and end while others wait, or before: from sm_70 on
// the barrier is for those that have not ended.
TEST(BarrierChecker, WholeWarpsEndInPlaceOfBarrier) {
  for (const char *compare : {"lt", "ge"})
    for (const char *barrier : {"bar.sync 0;", "barrier.sync 0;"}) {
      std::string body = "setp." + std::string(compare) + R"(.u32 %p1, %r1, 32;
add.u64 %rd4, %rd2, %rd3;
@!%p1 bra REST;
and.b32 %r4, %r1, 1;
setp.eq.u32 %p2, %r4, 0;
@%p2 bra EVEN;
st.global.u32 [%rd4], 7; // WRONG
ret;
EVEN:
st.global.u32 [%rd4], 8; // WRONG
ret;
REST:
)" + barrier + "\nst.global.u32 [%rd4], 9;";
      SCOPED_TRACE(body);
      Pair(body).expectNone();
      Pair(body).target("sm_60").expect("divergent-barrier", "lanes 0x");
    }
}

// A warp writes on its way while others wait already; then a part of it returns
// early.
TEST(BarrierChecker, WritesBeforeAnEarlyReturnAreNotMissed) {
  for (const char *target : {"sm_60", "sm_90"})
    for (const char *barrier : {"bar.sync 0;", "barrier.sync 0;"})
      Pair(R"(setp.ge.u32 %p1, %r1, 40;
add.u64 %rd4, %rd2, %rd3;
st.global.u32 [%rd4], 7;
@%p1 bra END;
)" + std::string(barrier) +
           "\nEND:")
          .target(target)
          .expectNone();
}

// Those that skip the barrier have ended before the others of their warp come
// to it.
TEST(BarrierChecker, EndedInPlaceOfBarrierBefore) {
  const std::string text = R"(and.b32 %r4, %r1, 31;
setp.COMPARE.u32 %p1, %r4, 16;
add.u64 %rd4, %rd2, %rd3;
@%p1 bra SKIP; // WRONG
nanosleep.u32 20;
nanosleep.u32 20;
nanosleep.u32 20;
BARRIER
SKIP:
st.global.u32 [%rd4], 7;)";
  for (const char *compare : {"lt", "ge"})
    for (const char *barrier : {"bar.sync 0;", "barrier.sync.aligned 0;"})
      for (unsigned threads : {32, 64}) {
        SCOPED_TRACE(std::string(compare) + barrier);
        std::string body = text;
        body.replace(body.find("COMPARE"), 7, compare);
        body.replace(body.find("BARRIER"), 7, barrier);
        Pair(body).threads(threads).expect("divergent-barrier", "lanes 0x");
      }
}

// Who writes and then returns early could still have come to the barrier, and
// who came there before is not missed at the next one's branch.
TEST(BarrierChecker, EarlyReturnsAreNotMissed) {
  Pair(R"(setp.ge.u32 %p1, %r1, 40;
add.u64 %rd4, %rd2, %rd3;
st.global.u32 [%rd4], 7;
@%p1 st.global.u32 [%rd4], 8; // RIGHT
@%p1 ret;
nanosleep.u32 20;
bar.sync 0;
@!%p1 bra END; // RIGHT
st.shared.u32 [%r2], 7; // WRONG
END:)")
      .expect("race", "");
}

// What a thread writes where it can still come to the barrier is no matter, no
// matter when: warps and lanes run in any order.
TEST(BarrierChecker, WritesBeforeAnEarlyReturn) {
  for (const char *write :
       {"st.global.u32 [%rd4], 7;", "red.global.add.u32 [%rd5], 7;",
        "st.shared.u32 [%r3], 7;",
        "cp.async.ca.shared.global [%r3], [%rd5], 4;"
        "\ncp.async.wait_all;"})
    for (const char *barrier : {"bar.sync 0;", "bar.sync 3;", "barrier.sync 0;",
                                "bar.red.popc.u32 %r7, 0, %p1;"})
      for (const char *sleep : {"", "nanosleep.u32 20;\n"})
        for (const char *target : {"sm_80", "sm_90"}) {
          const std::string start = "add.u64 %rd4, %rd2, %rd3;\nadd.u64 "
                                    "%rd5, %rd1, %rd3;\nsetp.ge.u32 %p1, "
                                    "%r1, 20;\n";
          std::string rest = sleep;
          rest.append(write).append("\n@%p1 bra DONE;\nGO:\n");
          rest.append(barrier).append("\nDONE:");
          // Half of a warp goes to the barrier by a way of its own, or none.
          for (const char *half :
               {"", "setp.lt.u32 %p2, %r1, 16;\n@%p2 bra GO;\n",
                "setp.ge.u32 %p2, %r1, 16;\n@%p2 bra OWN;\nbra GO;\nOWN:\n"})
            Pair(std::string(start).append(half).append(rest))
                .target(target)
                .expectNone();
        }
}

TEST(BarrierChecker, TooFewBarriers) {
  const std::string loop = R"(shr.u32 %r4, %r1, SHIFT; // WRONG
mov.u32 %r4, 1; // RIGHT
mov.u32 %r5, 0;
LOOP:
bar.sync 0;
add.u32 %r5, %r5, 1;
setp.le.u32 %p1, %r5, %r4;
@%p1 bra LOOP;
add.u64 %rd4, %rd2, %rd3;
st.global.u32 [%rd4], 7;)";
  auto with = [&](const char *shift) {
    std::string text = loop;
    text.replace(text.find("SHIFT"), 5, shift);
    return Pair(text);
  };
  with("4").expect("divergent-barrier", "while others wait for them");
  with("5").target("sm_60").expect("divergent-barrier",
                                   "while others wait for them");
  with("5").target("sm_70").expectNone();
}
