//===- WarpTest.cpp - member masks, and what a whole warp must execute ----===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Pair.h"

using namespace quantmlir::ptx::test;

//===----------------------------------------------------------------------===//
// Lanes that name different member masks in one instruction
//===----------------------------------------------------------------------===//

// Tiles of four lanes: %r4 is the member mask of each.
static std::vector<uint32_t> tiles(const std::string &body) {
  Launch run(R"(.visible .entry k(.param .u64 out)
{
.reg .pred %p<8>; .reg .b32 %r<16>; .reg .b64 %rd<8>;
ld.param.u64 %rd1, [out];
mov.u32 %r1, %tid.x;
mad.wide.u32 %rd2, %r1, 4, %rd1;
and.b32 %r3, %r1, 28;
shl.b32 %r4, 15, %r3;
)" + body + "\nst.global.u32 [%rd2], %r2;\nret;\n}\n");
  run.output(128).block(32);
  run.options.check = true;
  EXPECT_EQ(run.launch(), "");
  return run.error.empty() ? run.read<uint32_t>(0, 32)
                           : std::vector<uint32_t>(32);
}

TEST(Members, EachTileForItself) {
  auto shuffled = tiles("shfl.sync.bfly.b32 %r2, %r1, 3, 0x1c1f, %r4;");
  auto ballot = tiles("setp.gt.u32 %p1, %r1, 13;\n"
                      "vote.sync.ballot.b32 %r2, %p1, %r4;");
  auto all = tiles("setp.gt.u32 %p1, %r1, 13;\n"
                   "vote.sync.all.pred %p2, %p1, %r4;\n"
                   "selp.u32 %r2, 1, 0, %p2;");
  auto match = tiles("shr.u32 %r5, %r1, 1;\nmatch.any.sync.b32 %r2, %r5, %r4;");
  auto sum = tiles("redux.sync.add.u32 %r2, %r1, %r4;");
  auto leader = tiles("elect.sync %r2|%p1, %r4;\n@%p1 add.u32 %r2, %r2, 100;");
  // The mask's register is the result's as well.
  auto reused = tiles("mov.u32 %r2, %r4;\nredux.sync.max.u32 %r2, %r1, %r2;");
  for (unsigned i = 0; i < 32; ++i) {
    unsigned first = i / 4 * 4;
    EXPECT_EQ(shuffled[i], i ^ 3);
    EXPECT_EQ(ballot[i], (15u << first) & 0xffffc000);
    EXPECT_EQ(all[i], first > 13 ? 1u : 0u);
    EXPECT_EQ(match[i], 3u << i / 2 * 2);
    EXPECT_EQ(sum[i], 4 * first + 6);
    EXPECT_EQ(leader[i], first + (i == first ? 100 : 0));
    EXPECT_EQ(reused[i], first + 3);
  }
}

// Tiles reach the instruction at different times: those that are whole go on,
// the lanes of others wait.
TEST(Members, TilesThatDiverge) {
  auto sum = tiles(R"(mov.u32 %r2, 0;
mov.u32 %r5, 0;
and.b32 %r6, %r1, 5;
LOOP:
setp.gt.u32 %p1, %r5, %r6;
@%p1 bra DONE;
add.u32 %r5, %r5, 1;
bra LOOP;
DONE:
setp.ge.u32 %p2, %r1, 16;
@%p2 bra SKIP;
redux.sync.add.u32 %r2, %r5, %r4;
SKIP:)");
  for (unsigned i = 0; i < 32; ++i)
    EXPECT_EQ(sum[i], i >= 16 ? 0u : i / 4 % 2 ? 22u : 6u);
}

// Each tile synchronizes its own exchange through shared memory.
TEST(Members, WarpBarriersOfTiles) {
  Pair(R"(and.b32 %r4, %r1, 28;
shl.b32 %r5, 15, %r4;
st.shared.u32 [%r3], %r1;
bar.warp.sync %r5; // RIGHT
xor.b32 %r6, %r1, 3;
mad.lo.u32 %r6, %r6, 4, %r2;
ld.shared.u32 %r7, [%r6];)")
      .expect("race", "read of shared offset");
  // Of a neighbour's tile, the barrier of its own says nothing.
  Pair(R"(and.b32 %r4, %r1, 28;
shl.b32 %r5, 15, %r4;
st.shared.u32 [%r3], %r1;
bar.warp.sync %r5; // WRONG
bar.warp.sync -1; // RIGHT
xor.b32 %r6, %r1, 7;
mad.lo.u32 %r6, %r6, 4, %r2;
ld.shared.u32 %r7, [%r6];)")
      .expect("race", "read of shared offset");
}

TEST(Members, ThatDisagree) {
  Pair(R"(mov.u32 %r4, -1;
setp.eq.u32 %p1, %r1, 7; // WRONG
@%p1 mov.u32 %r4, 128; // WRONG
redux.sync.add.u32 %r5, %r1, %r4;)")
      .expect("warp-sync", "is in the member mask 0xffffffff of others, and "
                           "names another mask");
  Pair(R"(and.b32 %r4, %r1, 28;
shl.b32 %r5, 15, %r4;
shl.b32 %r5, %r5, 1; // WRONG
bar.warp.sync %r5;)")
      .expect("warp-sync", "the executing lane is not in the member mask");
}

//===----------------------------------------------------------------------===//
// What needs all 32 threads, or the whole warpgroup
//===----------------------------------------------------------------------===//

TEST(WholeWarp, LanesThatEnded) {
  const std::string exit = "setp.eq.u32 %p1, %r1, 9; // WRONG\n"
                           "@%p1 bra END; // WRONG\n";
  const std::string mma =
      "mov.u32 %r4, 0;\n"
      "mma.sync.aligned.m8n8k16.row.col.s32.s8.s8.s32 {%r5,%r6}, {%r4}, {%r4}, "
      "{%r4,%r4};\nEND:";
  Pair(exit + mma)
      .expect("divergence", "needs all 32 threads of the warp; lanes 0x200 "
                            "have ended (");
  Pair("st.shared.u32 [%r3], %r1;\nbar.sync 0;\n" + exit + R"(
shl.b32 %r4, %r1, 4;
and.b32 %r4, %r4, 112;
add.u32 %r4, %r4, %r2;
ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r5}, [%r4];
END:)")
      .expect("divergence", "lanes 0x200 have ended (");
  Pair(exit + "setmaxnreg.dec.sync.aligned.u32 40;\nEND:")
      .threads(128)
      .expect("divergence", "lanes 0x200 have ended (");
}

TEST(WholeWarp, LanesThatDoNotExist) {
  Launch run(".visible .entry k()\n{\n.reg .b32 %r<8>;\nmov.u32 %r4, 0;\n"
             "mma.sync.aligned.m8n8k16.row.col.s32.s8.s8.s32 {%r5,%r6}, "
             "{%r4}, {%r4}, {%r4,%r4};\nret;\n}\n");
  run.block(48).options.check = true;
  EXPECT_EQ(run.launch(), "line 8: divergence: the instruction needs all 32 "
                          "threads of the warp; lanes 0xffff0000 have ended or "
                          "do not exist (cta 0,0,0 thread 32,0,0)\n");
}

TEST(WholeWarp, LanesWithAFalseGuard) {
  Pair("setp.lt.u32 %p1, %r1, 40; // WRONG\n"
       "setp.lt.u32 %p1, %r1, 128; // RIGHT\n"
       "@%p1 setmaxnreg.inc.sync.aligned.u32 40;")
      .threads(128)
      .expect("divergence", "a lane that the instruction needs has a false");
}

TEST(Warpgroup, WarpsThatAreMissing) {
  Pair("setp.ge.u32 %p1, %r1, 96; // WRONG\n@%p1 bra END; // WRONG\n"
       "wgmma.fence.sync.aligned;\nEND:")
      .threads(128)
      .expect("warpgroup", "the warp never executes the instruction");
  Pair("setp.ge.u32 %p1, %r1, 96; // WRONG\n@%p1 bra END; // WRONG\n"
       "setmaxnreg.inc.sync.aligned.u32 40;\nEND:")
      .threads(256)
      .expect("warpgroup", "cta 0,0,0 thread 96,0,0");
}

TEST(Warpgroup, WarpsThatDisagree) {
  Pair(R"(setp.ge.u32 %p1, %r1, 96; // WRONG
setp.ge.u32 %p1, %r1, 128; // RIGHT
@%p1 bra OTHER;
setmaxnreg.inc.sync.aligned.u32 240;
bra END;
OTHER:
setmaxnreg.dec.sync.aligned.u32 40;
END:)")
      .threads(256)
      .expect("warpgroup", "another warp of the warpgroup has executed");
}
