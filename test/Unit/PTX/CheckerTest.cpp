//===- CheckerTest.cpp - every check fires, and its corrected twin passes -===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Pair.h"

#include <chrono>

using namespace quantmlir::ptx;
using namespace quantmlir::ptx::test;

TEST(Checker, SharedRaceBetweenWarps) {
  Pair(R"(st.shared.u32 [%r3], %r1;
bar.sync 0; // RIGHT
xor.b32 %r4, %r1, 32;
mad.lo.u32 %r5, %r4, 4, %r2;
ld.shared.u32 %r6, [%r5];)")
      .expect("race", "and the ");
}

// Each thread has a local memory of its own, at the same generic addresses.
TEST(Checker, StoresOfLanesAtOneAddress) {
  Pair(R"(mov.u64 %rd4, %rd2; // WRONG
mov.u64 %rd4, depot; // RIGHT
cvta.local.u64 %rd4, %rd4; // RIGHT
st.u32 [%rd4], %r1;)")
      .expect("race", "store different values at one address");
}

TEST(Checker, MissingBarrierBeforeOverwriting) {
  Pair(R"(mov.u32 %r7, 0;
LOOP:
st.shared.u32 [%r3], %r1;
bar.sync 0;
xor.b32 %r4, %r1, 32;
mad.lo.u32 %r5, %r4, 4, %r2;
ld.shared.u32 %r6, [%r5];
bar.sync 0; // RIGHT
add.u32 %r7, %r7, 1;
setp.lt.u32 %p1, %r7, 3;
@%p1 bra LOOP;)")
      .expect("race", "write of shared offset 0 and the read in line");
}

TEST(Checker, MissingWarpSync) {
  Pair(R"(st.shared.u32 [%r3], %r1;
bar.warp.sync -1; // RIGHT
xor.b32 %r4, %r1, 1;
mad.lo.u32 %r5, %r4, 4, %r2;
ld.shared.u32 %r6, [%r5];)")
      .expect("race", "read of shared offset 4 and the write in line");
}

// Lanes that run together are not ordered by it, nor by a shuffle.
TEST(Checker, ShufflesDoNotOrderMemory) {
  Pair(R"(st.shared.u32 [%r3], %r1;
shfl.sync.idx.b32 %r9, %r1, 0, 31, -1; // WRONG
bar.warp.sync -1; // RIGHT
xor.b32 %r4, %r1, 1;
mad.lo.u32 %r5, %r4, 4, %r2;
ld.shared.u32 %r6, [%r5];)")
      .expect("race", "");
}

TEST(Checker, WaitOrdersOnlyTheThreadThatWaits) {
  const std::string copy = R"(add.u64 %rd4, %rd1, %rd3;
mul.wide.u32 %rd5, %r1, 16;
add.u64 %rd4, %rd1, %rd5;
mad.lo.u32 %r3, %r1, 16, %r2;
cp.async.cg.shared.global [%r3], [%rd4], 16;
cp.async.commit_group;
cp.async.wait_group 0;
)";
  Pair(copy + R"(bar.sync 0; // RIGHT
xor.b32 %r4, %r1, 33;
mad.lo.u32 %r5, %r4, 16, %r2;
ld.shared.u32 %r6, [%r5];)")
      .expect("race", "");
}

TEST(Checker, ReadsBeforeTheCopyArrives) {
  Pair(R"(mul.wide.u32 %rd5, %r1, 16;
add.u64 %rd4, %rd1, %rd5;
mad.lo.u32 %r3, %r1, 16, %r2;
cp.async.cg.shared.global [%r3], [%rd4], 16;
cp.async.commit_group;
cp.async.wait_group 1; // WRONG
cp.async.wait_group 0; // RIGHT
bar.sync 0;
ld.shared.u32 %r6, [%r3];)")
      .expect("not-arrived", "a cp.async has not been waited for");
}

TEST(Checker, CopyIntoWhatOthersStillRead) {
  Pair(R"(st.shared.u32 [%r3], %r1;
bar.sync 0;
xor.b32 %r4, %r1, 32;
mad.lo.u32 %r5, %r4, 4, %r2;
ld.shared.u32 %r6, [%r5];
bar.sync 0; // RIGHT
add.u64 %rd4, %rd1, %rd3;
cp.async.ca.shared.global [%r3], [%rd4], 4;
cp.async.wait_all;)")
      .expect("race", "write of shared offset");
}

TEST(Checker, UninitializedMemory) {
  Pair(R"(st.shared.u32 [%r3], %r1; // RIGHT
ld.shared.u32 %r6, [%r3];)")
      .expect("uninitialized",
              "read of 4 bytes of shared memory that nothing has written");
  Pair(R"(add.u64 %rd4, %rd2, %rd3;
st.global.u32 [%rd4], %r1; // RIGHT
ld.global.u32 %r6, [%rd4];)")
      .expect("uninitialized", "of global memory");
}

// Structures are copied with their padding; the rows of matrices have none.
TEST(Checker, PartsOfWhatIsRead) {
  for (const char *read : {"ld.shared.u32 %r6, [%r4];",
                           "ld.shared.v4.u32 {%r6, _, _, %r7}, [%r4];",
                           "atom.shared.add.u32 %r6, [%r4], 1;"})
    Pair("shl.b32 %r4, %r1, 4;\nadd.u32 %r4, %r2, %r4;\n"
         "st.shared.u8 [%r4+1], %r1; // RIGHT\n" +
         std::string(read))
        .expect("uninitialized", "of shared memory that nothing has written");
  Pair(R"(mul.wide.u32 %rd4, %r1, 8;
add.u64 %rd4, %rd2, %rd4;
st.global.u16 [%rd4+6], %r1; // RIGHT
ld.global.u64 %rd5, [%rd4];)")
      .expect("uninitialized", "of global memory");
  Pair(R"(mad.lo.u32 %r4, %r1, 16, %r2;
st.shared.v2.u32 [%r4], {%r1, %r1};
st.shared.v2.u32 [%r4+8], {%r1, %r1}; // RIGHT
bar.sync 0;
ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%r5, %r6, %r7, %r8}, [%r4];)")
      .expect("uninitialized", "read of 16 bytes of shared memory");
}

// Where compilers keep what they could as well have in registers.
TEST(Checker, LocalMemory) {
  const std::string start = "add.u64 %rd4, %rd2, %rd3;\n";
  Pair(start + R"(st.local.u32 [depot+4], %r1; // RIGHT
ld.local.u32 %r6, [depot+4];
add.u32 %r7, %r6, 1;
st.global.u32 [%rd4], %r7;)")
      .expect("uninitialized", "use of a value that line 16 gets from local "
                               "memory, which nothing has written");
  Pair(start + R"(mov.u64 %rd5, depot;
cvta.local.u64 %rd5, %rd5;
st.u8 [%rd5+13], %r1; // RIGHT
ld.v2.u32 {_, %r6}, [%rd5+8];
st.global.u32 [%rd4], %r6;)")
      .expect("uninitialized", "from local memory");
  Pair(start + R"(setp.lt.u32 %p1, %r1, 40;
@%p1 st.local.u32 [depot], %r1;
ld.local.u32 %r6, [depot];
@%p1 st.global.u32 [%rd4], %r6; // RIGHT
st.global.u32 [%rd4], %r6; // WRONG)")
      .expect("uninitialized", "thread 40,0,0");
  // Read and not used; a part of a vector, of which the rest is there.
  Pair(start + "ld.local.u32 %r6, [depot];\nadd.u32 %r6, %r6, 1;").expectNone();
  Pair(start + R"(st.local.v2.u32 [depot], {%r1, %r1};
ld.local.v4.u32 {%r4, %r5, %r6, %r7}, [depot];
shl.b32 %r8, %r1, 4;
cvt.u64.u32 %rd5, %r8;
add.u64 %rd5, %rd2, %rd5;
st.global.v4.u32 [%rd5], {%r4, %r5, %r6, %r7};)")
      .expectNone();
  Pair(start + R"(st.local.v2.u32 [depot], {%r1, %r1};
ld.local.v4.u32 {%r4, %r5, %r6, %r7}, [depot];
st.global.u32 [%rd4], %r5; // RIGHT
st.global.u32 [%rd4], %r6; // WRONG)")
      .expect("uninitialized", "line 17 gets from local memory");
}

TEST(Checker, GlobalRaceBetweenCtas) {
  Pair(R"(setp.ne.u32 %p1, %r1, 0;
@%p1 bra END;
st.global.u32 [%rd1], 1; // WRONG
atom.global.exch.b32 %r4, [%rd1], 1; // RIGHT
END:)")
      .ctas(2)
      .expect("race", "by thread 0,0,0 of cta 0,0,0 are not ordered");
}

// A flag in global memory orders what was written before it only through a
// fence or release, and a fence or acquire.
TEST(Checker, ReleaseAndAcquire) {
  const std::string text = R"(mov.u32 %r4, %ctaid.x;
setp.ne.u32 %p1, %r1, 0;
@%p1 bra END;
setp.ne.u32 %p2, %r4, 0;
@%p2 bra READER;
st.global.u32 [%rd2], 42;
FENCE
STORE
bra END;
READER:
LOAD
setp.eq.u32 %p3, %r5, 3;
@%p3 bra READER;
AFTER
ld.global.u32 %r6, [%rd2];
END:)";
  auto with = [&](const std::string &fence, const std::string &store,
                  const std::string &load, const std::string &after) {
    std::string result = text;
    auto put = [&](const std::string &name, const std::string &line) {
      result.replace(result.find(name), name.size(), line);
    };
    put("FENCE", fence);
    put("STORE", store);
    put("LOAD", load);
    put("AFTER", after);
    return Pair(result).ctas(2);
  };
  const std::string relaxedStore = "st.relaxed.gpu.global.u32 [%rd1], 7;";
  const std::string relaxedLoad = "ld.relaxed.gpu.global.u32 %r5, [%rd1];";
  with("fence.acq_rel.gpu; // RIGHT", relaxedStore, relaxedLoad, "membar.gl;")
      .expect("race", "of cta 0,0,0");
  with("membar.gl;", relaxedStore, relaxedLoad, "membar.gl; // RIGHT")
      .expect("race", "of cta 0,0,0");
  with("",
       "st.release.gpu.global.u32 [%rd1], 7; // RIGHT\n"
       "st.relaxed.gpu.global.u32 [%rd1], 7; // WRONG",
       "ld.acquire.gpu.global.u32 %r5, [%rd1];", "")
      .expect("race", "of cta 0,0,0");
}

TEST(Checker, DivergentBarrier) {
  Pair(R"(setp.lt.u32 %p1, %r1, 16;
@%p1 bra A;
bar.sync 0; // WRONG
A:
bar.sync 0;)")
      .expect("divergent-barrier", "only lanes 0x");
}

// Every thread fences what it has written, one sets the flag after a barrier,
// and the readers fence after theirs: only the order of fence.sc orders that.
TEST(Checker, OrderOfSequentiallyConsistentFences) {
  const std::string text = R"(mov.u32 %r4, %ctaid.x;
setp.ne.u32 %p1, %r1, 0;
setp.ne.u32 %p2, %r4, 0;
add.u64 %rd4, %rd2, %rd3;
@%p2 bra READER;
st.global.u32 [%rd4+4], 42;
FIRST
bar.sync 0;
@%p1 bra END;
atom.global.exch.b32 %r5, [%rd1], 7;
bra END;
READER:
@%p1 bra GO;
POLL:
atom.global.add.u32 %r5, [%rd1], 0;
setp.eq.u32 %p3, %r5, 3;
@%p3 bra POLL;
GO:
bar.sync 0;
SECOND
xor.b32 %r6, %r1, 1;
mul.wide.u32 %rd5, %r6, 4;
add.u64 %rd5, %rd2, %rd5;
ld.global.u32 %r6, [%rd5+4];
END:)";
  auto with = [&](const std::string &first, const std::string &second) {
    std::string result = text;
    result.replace(result.find("FIRST"), 5, first);
    result.replace(result.find("SECOND"), 6, second);
    return Pair(result).ctas(2);
  };
  with("membar.gl; // RIGHT", "membar.gl;").expect("race", "of cta 0,0,0");
  with("fence.sc.sys;", "fence.sc.gpu; // RIGHT").expect("race", "of cta 0,0");
  with("membar.gl; // RIGHT\nfence.acq_rel.gpu; // WRONG", "membar.gl;")
      .expect("race", "of cta 0,0,0");
  with("membar.gl;", "membar.gl; // RIGHT\nmembar.cta; // WRONG")
      .expect("race", "of cta 0,0,0");
}

TEST(Checker, FencesDoNotOrderTheLanesOfAWarp) {
  Pair(R"(st.shared.u32 [%r3], %r1;
membar.gl;
bar.warp.sync 0xffffffff; // RIGHT
xor.b32 %r4, %r1, 1;
mad.lo.u32 %r5, %r4, 4, %r2;
ld.shared.u32 %r6, [%r5];)")
      .expect("race", "read of shared offset");
}

// Constant memory, also at its generic address, in both modes.
TEST(Checker, StoreToConstantMemory) {
  auto run = [](const std::string &space, const std::string &body, bool check) {
    Launch launch(space +
                  R"( .align 16 .b32 table[8] = {1, 2, 3, 4, 5, 6, 7, 8};
.visible .entry k()
{
.reg .b32 %r<8>; .reg .b64 %rd<8>;
.shared .align 16 .b8 s[16];
mov.u32 %r1, %tid.x;
mul.wide.u32 %rd1, %r1, 0;
mov.u64 %rd2, table;
cvta)" + space + R"(.u64 %rd2, %rd2;
add.u64 %rd1, %rd1, %rd2;
mov.u32 %r2, s;
st.shared.v4.u32 [%r2], {0, 0, 0, 0};
fence.proxy.async;
ld.u32 %r3, [%rd1];
)" + body + "\nret;\n}\n");
    launch.options.check = check;
    return launch.launch();
  };
  for (bool check : {false, true})
    for (const char *body :
         {"st.u32 [%rd1], %r3;",
          "st.global.v4.u32 [%rd1], {%r3, %r3, %r3, %r3};",
          "atom.add.u32 %r4, [%rd1], 1;", "red.or.b32 [%rd1], 0;",
          "cp.async.bulk.global.shared::cta.bulk_group [%rd1], [%r2], 16;\n"
          "cp.async.bulk.commit_group;\ncp.async.bulk.wait_group 0;"}) {
      std::string found = run(".const", body, check);
      EXPECT_NE(
          found.find("line 18: read-only: write to constant memory, which "
                     "a kernel may only read: 'table'"),
          std::string::npos)
          << found;
      EXPECT_EQ(run(".global", body, check), "");
    }
}

// ld.global.nc and ldu need memory that nothing writes while the kernel runs.
TEST(Checker, ReadOnlyLoads) {
  // By the same thread and by another CTA, before and after.
  for (const char *load : {"ld.global.nc", "ldu.global"}) {
    const std::string wrong =
        std::string(load) + ".u32 %r5, [%rd4]; // WRONG\n";
    const std::string right = "ld.global.u32 %r5, [%rd4]; // RIGHT\n";
    Pair("add.u64 %rd4, %rd1, %rd3;\nst.global.u32 [%rd4], 7;\n" + wrong +
         right)
        .expect("read-only", "which the same launch writes in line 16");
    Pair("add.u64 %rd4, %rd1, %rd3;\n" + wrong + right +
         "st.global.u32 [%rd4], %r5;")
        .expect("read-only", "which ld.global.nc or ldu reads in line 16");
    const std::string order = R"(mov.u32 %r6, %ctaid.x;
setp.eq.u32 %p1, %r6, SECOND;
@%p1 bra WAIT;
FIRST
fence.acq_rel.gpu;
atom.global.add.u32 %r7, [%rd1], 1;
bra END;
WAIT:
ld.acquire.gpu.global.u32 %r7, [%rd1];
setp.lt.u32 %p2, %r7, 67;
@%p2 bra WAIT;
LAST
END:)";
    for (bool loadFirst : {false, true}) {
      std::string body = "add.u64 %rd4, %rd1, %rd3;\n" + order;
      auto put = [&](const std::string &name, const std::string &value) {
        body.replace(body.find(name), name.size(), value);
      };
      const std::string store = "st.global.u32 [%rd4+1024], 7;";
      const std::string at = "[%rd4+1024]";
      std::string both = wrong + right;
      for (size_t i; (i = both.find("[%rd4]")) != std::string::npos;)
        both.replace(i, 6, at);
      put("SECOND", "1");
      put("FIRST", loadFirst ? both : store);
      put("LAST", loadFirst ? store : both);
      Pair(body).ctas(2).expect("read-only", "line ");
    }
  }
}

// One finding for each place, and bytes next to those that are read may be
// written.
TEST(Checker, ReadOnlyLoadsOfOtherBytes) {
  Pair(R"(mov.u64 %rd4, %rd1;
setp.ne.u32 %p1, %r1, 0;
@%p1 bra END;
ld.global.nc.u8 %r4, [%rd4];
st.global.u8 [%rd4], 3; // WRONG
st.global.u8 [%rd4+1], 3; // RIGHT
END:)")
      .expect("read-only", "write of global address");
}

// A word that very many threads read, or update, is checked in a time near to
// linear, and no race is lost: only the last thread's store is wrong.
TEST(Checker, WordOfManyThreads) {
  auto run = [](const std::string &access, const std::string &last) {
    Launch launch(R"(.visible .entry k(.param .u64 p)
{
.reg .pred %p<4>; .reg .b32 %r<8>; .reg .b64 %rd<4>;
ld.param.u64 %rd1, [p];
)" + access + R"(
mov.u32 %r2, %tid.x;
mov.u32 %r3, %ctaid.x;
mad.lo.u32 %r2, %r3, 256, %r2;
setp.ne.u32 %p1, %r2, 65535;
@%p1 bra END;
)" + last + "\nEND:\nret;\n}\n");
    launch.buffer(std::vector<uint32_t>(4)).block(256).grid(256);
    launch.options.check = true;
    return launch.launch();
  };
  auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(run("ld.global.u32 %r1, [%rd1];", ""), "");
  EXPECT_EQ(run("atom.global.add.u32 %r1, [%rd1], 1;", ""), "");
  const std::string strong = "atom.global.add.u32 %r1, [%rd1], 1;\n"
                             "ld.relaxed.gpu.global.u32 %r1, [%rd1];";
  EXPECT_EQ(run(strong, ""), "");
  EXPECT_NE(run(strong, "st.global.u32 [%rd1], 1;")
                .find("race: write of global address"),
            std::string::npos);
  EXPECT_NE(run("ld.global.u32 %r1, [%rd1];", "st.global.u32 [%rd1], 1;")
                .find("race: write of global address"),
            std::string::npos);
  EXPECT_NE(
      run("atom.global.add.u32 %r1, [%rd1], 1;", "ld.global.u32 %r4, [%rd1];")
          .find("race: read of global address"),
      std::string::npos);
  EXPECT_NE(run("ld.global.u32 %r1, [%rd1];", "red.global.add.u32 [%rd1], 1;")
                .find("race: write of global address"),
            std::string::npos);
  std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
  EXPECT_LT(time.count(), 30);
}

// Of very many reads that a barrier orders before a store and one, after its
// thread's arrival, that it does not, the one is found: the word's records are
// tidied before and after it.
TEST(Checker, OneReadOfManyIsNotOrdered) {
  const std::string reads = "LOAD.global.u32 %r4, [%rd1];\nbar.warp.sync -1;\n"
                            "LOAD.global.u32 %r4, [%rd1];\nbar.warp.sync -1;\n"
                            "LOAD.global.u32 %r4, [%rd1];\n";
  for (const char *kind : {"ld", "ld.volatile"}) {
    std::string text = reads + R"(shr.u32 %r5, %r1, 5;
setp.eq.u32 %p1, %r5, 24;
@%p1 bra ONE;
nanosleep.u32 20;
nanosleep.u32 20;
)" + reads + R"(bar.sync 1, 1024;
setp.ne.u32 %p1, %r1, 999;
@%p1 bra END;
st.global.u32 [%rd1], 5;
bra END;
ONE:
bar.arrive 1, 1024;
setp.ne.u32 %p1, %r1, 777;
@!%p1 LOAD.global.u32 %r4, [%rd1]; // WRONG
END:)";
    for (size_t i; (i = text.find("LOAD")) != std::string::npos;)
      text.replace(i, 4, kind);
    Pair(text).threads(1024).expect(
        "race", "by thread 777,0,0 are not ordered (cta 0,0,0 thread 999,0,0)");
  }
}

TEST(Checker, Deadlock) {
  Pair(R"(setp.lt.u32 %p1, %r1, 32;
@%p1 bra A; // WRONG
bar.sync 1, 64;
A:)")
      .expect("deadlock", "the thread waits forever at a barrier");
  Pair(R"(setp.lt.u32 %p1, %r1, 32;
@%p1 bra A;
bar.sync 1, 32; // RIGHT
bar.sync 1, 64; // WRONG
bra END;
A:
bar.sync 2, 32;
END:)")
      .expect("deadlock", "");
}

TEST(Checker, OutOfBoundsAndMisaligned) {
  Pair(R"(add.u64 %rd4, %rd1, %rd3;
ld.global.u32 %r4, [%rd4+3844]; // WRONG
ld.global.u32 %r4, [%rd4+3840]; // RIGHT)")
      .expect("out-of-bounds", "this is at offset 4096");
  Pair(R"(add.u64 %rd4, %rd1, %rd3;
ld.global.v2.u32 {%r4, %r5}, [%rd4]; // WRONG
ld.global.u32 %r4, [%rd4]; // RIGHT)")
      .expect("misaligned", "global read of 8 bytes");
}

TEST(Checker, OutOfBoundsOfEverySpace) {
  Pair(R"(mov.u32 %r3, s;
st.shared.u32 [%r3+-4], %r1; // WRONG)")
      .expect("out-of-bounds", "at offset -4 of 4096");
  Pair(R"(mov.u32 %r4, depot;
st.local.u32 [%r4+-4], %r1; // WRONG)")
      .expect("out-of-bounds", "at offset -4 of 64");
  Pair(R"(st.shared.u32 [%r3+3844], %r1; // WRONG
st.shared.u32 [%r3+3840], %r1; // RIGHT)")
      .expect("out-of-bounds",
              "shared write of 4 bytes at offset 4096 of 4096");
  Pair(R"(st.local.u32 [depot+64], %r1; // WRONG
st.local.u32 [depot+60], %r1; // RIGHT)")
      .expect("out-of-bounds", "local write of 4 bytes at offset 64 of 64");
  Pair(R"(st.shared.v2.u32 [%r3], {%r1, %r1}; // WRONG
st.shared.u32 [%r3], %r1; // RIGHT)")
      .expect("misaligned", "shared write of 8 bytes");
  Pair(R"(mov.u64 %rd1, 16; // WRONG
ld.global.u32 %r4, [%rd1];)")
      .expect("out-of-bounds", "the address is near null");
}

TEST(Checker, GlobalRaceBetweenWarps) {
  Pair(R"(add.u64 %rd4, %rd2, %rd3;
st.global.u32 [%rd4], %r1;
bar.sync 0; // RIGHT
xor.b32 %r4, %r1, 32;
mul.wide.u32 %rd5, %r4, 4;
add.u64 %rd5, %rd5, %rd2;
ld.global.u32 %r5, [%rd5];)")
      .expect("race", "read of global address");
}

TEST(Checker, ShuffleFromAnAbsentLane) {
  Pair(R"(setp.lt.u32 %p1, %r1, 64;
and.b32 %r4, %r1, 31;
setp.gt.u32 %p2, %r4, 15;
@%p2 bra END;
shfl.sync.down.b32 %r5, %r1, 4, 31, 0xffff; // WRONG
shfl.sync.down.b32 %r5, %r1, 4, 0x100f, 0xffff; // RIGHT
END:)")
      .expect("shuffle", "does not take part");
}

// Named barriers: a producer that only arrives is ordered before the consumer.
TEST(Checker, ArriveOrdersTheProducer) {
  Pair(R"(setp.ge.u32 %p1, %r1, 32;
@%p1 bra CONSUMER;
st.shared.u32 [%r3], %r1;
bar.arrive 1, 64; // RIGHT
bra END;
CONSUMER:
bar.sync 1, 64; // RIGHT
ld.shared.u32 %r4, [%r3+-128];
END:)")
      .expect("race", "");
}

TEST(Counters, BankConflictsAndSectors) {
  auto count = [](const std::string &body) {
    Launch run(R"(.visible .entry k(.param .u64 in)
{
.reg .b32 %r<8>; .reg .b64 %rd<8>;
.shared .align 16 .b8 s[8192];
ld.param.u64 %rd1, [in];
mov.u32 %r1, %tid.x;
mov.u32 %r2, s;
)" + body + "\nret;\n}\n");
    run.buffer(std::vector<uint32_t>(8192)).block(32);
    run.options.count = true;
    EXPECT_EQ(run.launch(), "");
    return run.result.counters;
  };
  // Consecutive words, one column of a 32-wide matrix, and the same word.
  EXPECT_EQ(count("mad.lo.u32 %r3, %r1, 4, %r2;\nst.shared.u32 [%r3], %r1;")
                .sharedCycles,
            1u);
  EXPECT_EQ(count("mad.lo.u32 %r3, %r1, 128, %r2;\nst.shared.u32 [%r3], %r1;")
                .sharedCycles,
            32u);
  EXPECT_EQ(count("st.shared.u32 [%r2], %r1;").sharedCycles, 1u);
  EXPECT_EQ(count("mad.lo.u32 %r3, %r1, 132, %r2;\nst.shared.u32 [%r3], %r1;")
                .sharedCycles,
            1u);
  // ldmatrix of rows with a pitch of 128 bytes: all in the same 4 banks.
  auto pitch = [&](unsigned bytes) {
    return count("and.b32 %r3, %r1, 7;\nmad.lo.u32 %r3, %r3, " +
                 std::to_string(bytes) +
                 ", %r2;\nldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r4}, "
                 "[%r3];")
        .sharedCycles;
  };
  EXPECT_EQ(pitch(128), 8u);
  EXPECT_EQ(pitch(16), 1u);
  EXPECT_EQ(pitch(144), 1u);
  Counters strided = count("mul.wide.u32 %rd2, %r1, 32;\nadd.u64 %rd2, %rd2, "
                           "%rd1;\nld.global.u32 %r3, [%rd2];");
  EXPECT_EQ(strided.globalSectors, 32u);
  EXPECT_EQ(strided.globalIdealSectors, 4u);
  EXPECT_EQ(strided.globalBytesRead, 128u);
  EXPECT_EQ(strided.instructions["ld.global"].first, 1u);
  EXPECT_EQ(strided.instructions["ld.global"].second, 32u);
}
