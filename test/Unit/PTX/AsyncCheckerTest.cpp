//===- AsyncCheckerTest.cpp - checks of the async proxy and clusters ------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each wrong kernel with its corrected twin, which passes.
//
//===----------------------------------------------------------------------===//

#include "Pair.h"

using namespace quantmlir::ptx::test;

namespace {

const std::string barriers = ".shared .align 8 .b8 b[64];\n"
                             "setp.eq.u32 %p1, %r1, 0;\n";

/// Thread 0 loads 256 bytes into s; mbarrier b tells of them.
const std::string issueLoad = barriers + R"(@!%p1 bra ISSUED;
mbarrier.init.shared::cta.b64 [b], 1;
mbarrier.arrive.expect_tx.shared::cta.b64 _, [b], 256;
cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [s], [%rd1], 256, [b];
ISSUED:
bar.sync 0;
)";

std::string waitFor(const std::string &label, const std::string &mbarrier,
                    unsigned parity, const std::string &mark = "") {
  return label + ":" + mark +
         "\nmbarrier.try_wait.parity.shared::cta.b64 %p2, [" + mbarrier +
         "], " + std::to_string(parity) + ";" + mark + "\n@!%p2 bra " + label +
         ";" + mark + "\n";
}

/// Every thread writes its number into s, and thread 0 stores s to global
/// memory.
std::string storeAfter(const std::string &between) {
  return barriers + "st.shared.u32 [%r3], %r1;\n" + between +
         R"(@!%p1 bra END;
cp.async.bulk.global.shared::cta.bulk_group [%rd2], [s], 256;
cp.async.bulk.commit_group;
cp.async.bulk.wait_group 0;
END:)";
}

} // namespace

TEST(AsyncChecker, ReadsBeforeTheBulkCopyArrives) {
  Pair(issueLoad + waitFor("WAIT", "b", 0, " // RIGHT") +
       "ld.shared.u32 %r6, [%r3];")
      .expect("not-arrived", "a cp.async has not been waited for");
}

TEST(AsyncChecker, OthersWaitDoesNotHelp) {
  // Warp 1 waits; the barrier tells warp 0.
  Pair(issueLoad + "setp.lt.u32 %p3, %r1, 32;\n@%p3 bra READ;\n" +
       waitFor("WAIT", "b", 0) +
       "READ:\nbar.sync 0; // RIGHT\nld.shared.u32 %r6, [%r3];")
      .expect("race", "by the async proxy are not ordered");
}

TEST(AsyncChecker, MissingProxyFence) {
  Pair(storeAfter("fence.proxy.async.shared::cta; // RIGHT\nbar.sync 0;\n"))
      .expect("proxy", "without a fence.proxy.async between");
  // The fence of the thread that issues covers what the barrier ordered.
  Pair(storeAfter("bar.sync 0;\nfence.proxy.async.shared::cta; // RIGHT\n"))
      .expect("proxy", "the async proxy reads shared memory");
}

TEST(AsyncChecker, ProxyFenceWithoutBarrier) {
  Pair(storeAfter("fence.proxy.async;\nbar.sync 0; // RIGHT\n"))
      .expect("race", "");
}

TEST(AsyncChecker, SourceOverwrittenEarly) {
  Pair(barriers + R"(st.shared.u32 [%r3], %r1;
fence.proxy.async;
bar.sync 0;
@!%p1 bra END;
cp.async.bulk.global.shared::cta.bulk_group [%rd2], [s], 256;
cp.async.bulk.commit_group;
cp.async.bulk.wait_group.read 0; // RIGHT
st.shared.u32 [s+8], %r1;
END:)")
      .expect("race", "write of shared offset 8 and the read in line");
}

TEST(AsyncChecker, ReadingTheTargetNeedsTheFullWait) {
  Pair(barriers + R"(st.shared.u32 [%r3], %r1;
fence.proxy.async;
bar.sync 0;
@!%p1 bra END;
cp.async.bulk.global.shared::cta.bulk_group [%rd2], [s], 256;
cp.async.bulk.commit_group;
cp.async.bulk.wait_group.read 0; // WRONG
cp.async.bulk.wait_group 0; // RIGHT
ld.global.u32 %r4, [%rd2];
END:)")
      .expect("race", "read of global address");
}

// A ring of one buffer: the producer must wait until it has been read.
TEST(AsyncChecker, LoadIntoWhatOthersStillRead) {
  Pair(issueLoad + waitFor("FIRST", "b", 0) + R"(ld.shared.u32 %r6, [%r3];
bar.sync 0; // RIGHT
@!%p1 bra ISSUED2;
mbarrier.arrive.expect_tx.shared::cta.b64 _, [b], 256;
cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [s], [%rd1+256], 256, [b];
ISSUED2:
)" + waitFor("SECOND", "b", 1))
      .expect("race", "write of shared offset");
}

TEST(AsyncChecker, InitializationNeedsABarrier) {
  Pair(barriers + R"(@%p1 mbarrier.init.shared::cta.b64 [b], 64;
bar.sync 0; // RIGHT
mbarrier.arrive.shared::cta.b64 _, [b];
)" + waitFor("WAIT", "b", 0))
      .expect("race", "");
}

TEST(AsyncChecker, BytesThatNeverCome) {
  Pair(barriers + R"(@!%p1 bra ISSUED;
mbarrier.init.shared::cta.b64 [b], 1;
mbarrier.arrive.expect_tx.shared::cta.b64 _, [b], 272; // WRONG
mbarrier.arrive.expect_tx.shared::cta.b64 _, [b], 256; // RIGHT
cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [s], [%rd1], 256, [b];
ISSUED:
bar.sync 0;
)" + waitFor("WAIT", "b", 0))
      .expect("deadlock", "which lacks 0 arrivals and 16 bytes");
}

TEST(AsyncChecker, MisusedMbarriers) {
  Pair(barriers + R"(@!%p1 bra END;
mbarrier.init.shared::cta.b64 [b], 1;
mbarrier.arrive.shared::cta.b64 _, [b], 2; // WRONG
mbarrier.arrive.shared::cta.b64 _, [b]; // RIGHT
END:)")
      .expect("mbarrier", "arrival of 2 where the phase waits for 1");
  Pair(barriers + R"(@!%p1 bra END;
mbarrier.init.shared::cta.b64 [b], 1;
st.shared.u32 [b+4], %r1; // WRONG
mbarrier.arrive.shared::cta.b64 _, [b];
END:)")
      .expect("mbarrier", "the mbarrier at shared offset 4096 was overwritten");
  Pair(barriers + R"(@!%p1 bra END;
mbarrier.init.shared::cta.b64 [b], 1;
mbarrier.inval.shared::cta.b64 [b]; // WRONG
mbarrier.arrive.shared::cta.b64 _, [b];
END:)")
      .expect("mbarrier", "no mbarrier was initialized");
}

TEST(AsyncChecker, CtaEndsBeforeTheCopyArrives) {
  Pair(issueLoad + waitFor("WAIT", "b", 0, " // RIGHT"))
      .expect("not-arrived", "the CTA ended before the copy");
}

TEST(AsyncChecker, ThreadEndsBeforeItsCopyHasReadSharedMemory) {
  const std::string store = barriers + R"(st.shared.u32 [%r3], %r1;
fence.proxy.async;
bar.sync 0;
@!%p1 bra END;
cp.async.bulk.global.shared::cta.bulk_group [%rd2], [s], 256;
)";
  Pair(store + R"(cp.async.bulk.commit_group;
cp.async.bulk.wait_group.read 0; // RIGHT
END:)")
      .expect("not-read", "the thread ended before the copy had read its");
  Pair(store + R"(cp.async.bulk.commit_group; // RIGHT
cp.async.bulk.wait_group.read 0;
END:)")
      .expect("not-read", "cp.async.bulk.wait_group.read must come before");
}

TEST(AsyncChecker, ProxyFencesCoverTheirStateSpace) {
  Pair(storeAfter("fence.proxy.async.global; // WRONG\n"
                  "fence.proxy.async.shared::cta; // RIGHT\nbar.sync 0;\n"))
      .expect("proxy", "without a fence.proxy.async between");
  // Fences of both kinds in one kernel.
  Pair(storeAfter("fence.proxy.async.global;\n"
                  "fence.proxy.async.shared::cluster; // RIGHT\n"
                  "bar.sync 0;\n"))
      .expect("proxy", "without a fence.proxy.async between");
  Pair(storeAfter("fence.proxy.alias; // WRONG\n"
                  "fence.proxy.async; // RIGHT\nbar.sync 0;\n"))
      .expect("proxy", "without a fence.proxy.async between");
  // The source of a load is in global memory.
  Pair(barriers + R"(@!%p1 bra END;
st.global.u32 [%rd2], %r1;
st.global.v4.u32 [%rd2], {%r1, %r1, %r1, %r1};
mbarrier.init.shared::cta.b64 [b], 1;
fence.proxy.async.shared::cta;
fence.proxy.async.global; // RIGHT
mbarrier.arrive.expect_tx.shared::cta.b64 _, [b], 16;
cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [s], [%rd2], 16, [b];
)" + waitFor("WAIT", "b", 0) +
       "END:")
      .expect("proxy", "the async proxy reads global memory");
}

// What the writers' fences made known to the reader's, its proxy fence covers:
// nothing else orders the writes of CTA 0's threads before the copy.
TEST(AsyncChecker, ProxyFenceAfterOrderedFences) {
  const std::string text = barriers + R"(mov.u32 %r4, %ctaid.x;
setp.ne.u32 %p3, %r4, 0;
add.u64 %rd4, %rd2, %rd3;
@%p3 bra READER;
st.global.u32 [%rd4], 42;
WRITERS
membar.gl;
bar.sync 0;
@%p1 atom.global.exch.b32 %r5, [%rd1], 7;
bra END;
READER:
@!%p1 bra END;
mbarrier.init.shared::cta.b64 [b], 1;
POLL:
atom.global.add.u32 %r5, [%rd1], 0;
setp.eq.u32 %p4, %r5, 3;
@%p4 bra POLL;
membar.gl;
READERS
mbarrier.arrive.expect_tx.shared::cta.b64 _, [b], 256;
cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [s], [%rd2], 256, [b];
)" + waitFor("WAIT", "b", 0) +
                           "END:";
  auto with = [&](const std::string &writers, const std::string &readers) {
    std::string result = text;
    result.replace(result.find("WRITERS"), 7, writers);
    result.replace(result.find("READERS"), 7, readers);
    return Pair(result).ctas(2);
  };
  const std::string wrong = "without a fence.proxy.async between";
  with("", "fence.proxy.async; // RIGHT").expect("proxy", wrong);
  with("fence.proxy.async; // RIGHT", "").expect("proxy", wrong);
  // Fences of both state spaces in one kernel.
  with("", "fence.proxy.async.shared::cta;\nfence.proxy.async.global; // RIGHT")
      .expect("proxy", wrong);
  with("fence.proxy.async.shared::cta;", "fence.proxy.async.global; // RIGHT")
      .expect("proxy", wrong);
  // Between the reader's fence and its proxy fence there may be others' fences.
  with("", "fence.proxy.async; // RIGHT\nmembar.gl;").expect("proxy", wrong);
}

// A third CTA copies what the second one has covered by its proxy fence and
// published by another membar.
TEST(AsyncChecker, ProxyFencesArePublishedByOrderedFences) {
  Pair(barriers + R"(mov.u32 %r4, %ctaid.x;
setp.eq.u32 %p3, %r4, 0;
setp.eq.u32 %p5, %r4, 2;
add.u64 %rd4, %rd2, %rd3;
@!%p3 bra LATER;
st.global.u32 [%rd4], 42;
membar.gl;
bar.sync 0;
@%p1 atom.global.exch.b32 %r5, [%rd1], 0;
bra END;
LATER:
@!%p1 bra END;
mbarrier.init.shared::cta.b64 [b], 1;
sub.u32 %r6, %r4, 1;
POLL:
atom.global.add.u32 %r5, [%rd1], 0;
setp.ne.u32 %p4, %r5, %r6;
@%p4 bra POLL;
membar.gl;
@%p5 bra COPY;
fence.proxy.async; // RIGHT
membar.gl;
atom.global.exch.b32 %r5, [%rd1], 1;
bra END;
COPY:
mbarrier.arrive.expect_tx.shared::cta.b64 _, [b], 256;
cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [s], [%rd2], 256, [b];
)" + waitFor("WAIT", "b", 0) +
       "END:")
      .ctas(3)
      .expect("proxy", "without a fence.proxy.async between");
}

TEST(AsyncChecker, MisalignedBulkCopies) {
  Pair(barriers + R"(@!%p1 bra END;
mbarrier.init.shared::cta.b64 [b], 1;
mbarrier.arrive.expect_tx.shared::cta.b64 _, [b], 32;
cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [s], [%rd1+8], 32, [b]; // WRONG
cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [s], [%rd1+16], 32, [b]; // RIGHT
)" + waitFor("WAIT", "b", 0) +
       "END:")
      .expect("misaligned", "the source");
}

//===----------------------------------------------------------------------===//
// Clusters
//===----------------------------------------------------------------------===//

TEST(AsyncChecker, NeighboursMemoryNeedsTheClusterBarrier) {
  Pair(R"(mov.u32 %r4, %cluster_ctarank;
st.shared.u32 [%r3], %r4;
barrier.cluster.arrive.aligned; // RIGHT
barrier.cluster.wait.aligned; // RIGHT
xor.b32 %r5, %r4, 1;
mapa.shared::cluster.u32 %r6, %r3, %r5;
ld.shared::cluster.u32 %r7, [%r6];
barrier.cluster.arrive.aligned;
barrier.cluster.wait.aligned;)")
      .cluster(2)
      .expect("race", "of cta ");
}

TEST(AsyncChecker, RelaxedArrivalOrdersNothing) {
  Pair(R"(mov.u32 %r4, %cluster_ctarank;
st.shared.u32 [%r3], %r4;
barrier.cluster.arrive.relaxed; // WRONG
barrier.cluster.arrive.release; // RIGHT
barrier.cluster.wait.acquire;
xor.b32 %r5, %r4, 1;
mapa.shared::cluster.u32 %r6, %r3, %r5;
ld.shared::cluster.u32 %r7, [%r6];
barrier.cluster.arrive;
barrier.cluster.wait;)")
      .cluster(2)
      .expect("race", "of cta ");
}

// As CUTLASS does it: the fence makes the mbarriers visible, so the arrival may
// be relaxed.
TEST(AsyncChecker, FenceBeforeARelaxedArrival) {
  Pair(barriers + R"(@!%p1 bra INITIALIZED;
mbarrier.init.shared::cta.b64 [b], 1;
fence.mbarrier_init.release.cluster; // RIGHT
INITIALIZED:
barrier.cluster.arrive.relaxed.aligned;
barrier.cluster.wait.acquire.aligned;
mov.u32 %r4, %cluster_ctarank;
xor.b32 %r4, %r4, 1;
mov.u32 %r5, b;
mapa.shared::cluster.u32 %r6, %r5, %r4;
@%p1 mbarrier.arrive.release.cluster.shared::cluster.b64 _, [%r6];
barrier.cluster.arrive.aligned;
barrier.cluster.wait.aligned;)")
      .cluster(2)
      .expect("race", "the write in line");
}

TEST(AsyncChecker, MbarrierInitializedTwice) {
  Pair(barriers + R"(@!%p1 bra END;
mbarrier.init.shared::cta.b64 [b], 1;
mbarrier.inval.shared::cta.b64 [b]; // RIGHT
mbarrier.init.shared::cta.b64 [b], 2;
END:)")
      .expect("mbarrier", "is initialized again without mbarrier.inval");
}

TEST(AsyncChecker, MisusedClusterBarrier) {
  Pair(R"(barrier.cluster.arrive;
barrier.cluster.arrive; // WRONG
barrier.cluster.wait;)")
      .expect("barrier", "without a wait between");
  Pair(R"(barrier.cluster.arrive; // RIGHT
barrier.cluster.wait;)")
      .expect("barrier", "without an arrive before");
  Pair(R"(and.b32 %r4, %r1, 31;
setp.lt.u32 %p1, %r4, 16;
@%p1 barrier.cluster.arrive.aligned; // WRONG
@!%p1 barrier.cluster.arrive.aligned; // WRONG
@%p1 barrier.cluster.arrive; // RIGHT
@!%p1 barrier.cluster.arrive; // RIGHT
barrier.cluster.wait;)")
      .expect("divergent-barrier", "only lanes 0xffff ");
  Pair(R"(mov.u32 %r4, %cluster_ctarank;
setp.eq.u32 %p1, %r4, 0;
@%p1 bra END; // RIGHT
@%p1 bra OTHER; // WRONG
barrier.cluster.arrive;
barrier.cluster.wait;
bra END;
OTHER:
bar.sync 1, 96; // WRONG
END:)")
      .cluster(2)
      .expect("deadlock", "");
}

TEST(AsyncChecker, AsyncStoreMustBeWaitedFor) {
  Pair(barriers + R"(@%p1 mbarrier.init.shared::cta.b64 [b], 1;
barrier.cluster.arrive;
barrier.cluster.wait;
@%p1 mbarrier.arrive.expect_tx.shared::cta.b64 _, [b], 256;
mov.u32 %r4, %cluster_ctarank;
xor.b32 %r5, %r4, 1;
mapa.shared::cluster.u32 %r6, %r3, %r5;
mov.u32 %r7, b;
mapa.shared::cluster.u32 %r8, %r7, %r5;
st.async.shared::cluster.mbarrier::complete_tx::bytes.u32 [%r6], %r1, [%r8];
barrier.cluster.arrive;
barrier.cluster.wait;
)" + waitFor("WAIT", "b", 0, " // RIGHT") +
       R"(ld.shared.u32 %r9, [%r3];
)" + waitFor("LAST", "b", 0, " // WRONG"))
      .cluster(2)
      .expect("not-arrived", "");
}

//===----------------------------------------------------------------------===//
// wgmma
//===----------------------------------------------------------------------===//

namespace {

/// 64x8x32 of s8 by tiles in s, without a swizzle; PLACES to break it.
std::string product(const std::string &fence, const std::string &proxy,
                    const std::string &after) {
  return R"(.reg .b32 %d<4>;
mov.b32 %d0, 0;
mov.b32 %d1, 0;
mov.b32 %d2, 0;
mov.b32 %d3, 0;
mov.b32 %r8, 0;
mad.lo.u32 %r9, %r1, 16, %r2;
st.shared.v4.u32 [%r9], {%r8, %r8, %r8, %r8};
st.shared.v4.u32 [%r9+2048], {%r8, %r8, %r8, %r8};
)" + proxy +
         R"(bar.sync 0;
mov.b64 %rd4, 0x0000000800400000;
mov.b64 %rd5, 0x0000000800080080;
setp.ne.u32 %p3, 0, 1;
)" + fence +
         R"(wgmma.mma_async.sync.aligned.m64n8k32.s32.s8.s8 {%d0, %d1, %d2, %d3}, %rd4, %rd5, %p3;
wgmma.commit_group.sync.aligned;
)" + after;
}

const char *const productFence = "wgmma.fence.sync.aligned;\n";
const char *const proxyFence = "fence.proxy.async;\n";
const char *const productWait = "wgmma.wait_group.sync.aligned 0;\n";

} // namespace

TEST(AsyncChecker, ProductsRegistersBeforeTheWait) {
  Pair(product(productFence, proxyFence,
               "wgmma.wait_group.sync.aligned 0; // RIGHT\n"
               "wgmma.wait_group.sync.aligned 1; // WRONG\n"
               "add.u32 %r4, %d2, 1;\n"
               "wgmma.wait_group.sync.aligned 0;"))
      .threads(128)
      .expect("wgmma", "read of a register of the wgmma.mma_async in line");
  Pair(product(productFence, proxyFence,
               "wgmma.wait_group.sync.aligned 0; // RIGHT\n"
               "mov.b32 %d1, 7;\n"
               "wgmma.wait_group.sync.aligned 0;"))
      .threads(128)
      .expect("wgmma", "write of a register of the wgmma.mma_async in line");
}

// The sum of a mad.cc is an instruction of its own here.
TEST(AsyncChecker, ProductsRegistersAndCarries) {
  for (const char *access : {"mad.lo.cc.u32 %d1, %r1, %r1, %r1;",
                             "mad.lo.cc.u32 %r4, %r1, %r1, %d1;"})
    Pair(product(productFence, proxyFence,
                 "wgmma.wait_group.sync.aligned 0; // RIGHT\n" +
                     std::string(access) +
                     "\nwgmma.wait_group.sync.aligned 0;"))
        .threads(128)
        .expect("wgmma", "of a register of the wgmma.mma_async in line");
}

TEST(AsyncChecker, ProductNeedsItsFence) {
  Pair(product("wgmma.fence.sync.aligned; // RIGHT\n", proxyFence, productWait))
      .threads(128)
      .expect("wgmma", "written after the last wgmma.fence");
  Pair(product("wgmma.fence.sync.aligned; // WRONG\nmov.b32 %d3, 1;\n"
               "wgmma.fence.sync.aligned; // RIGHT\n",
               proxyFence, productWait))
      .threads(128)
      .expect("wgmma", "written after the last wgmma.fence");
}

TEST(AsyncChecker, ProductNeedsTheProxyFence) {
  Pair(product(productFence, "fence.proxy.async; // RIGHT\n", productWait))
      .threads(128)
      .expect("proxy", "the async proxy reads shared memory");
}

TEST(AsyncChecker, ProductsOperandsOverwritten) {
  Pair(product(productFence, proxyFence,
               std::string("wgmma.wait_group.sync.aligned 0; // RIGHT\n"
                           "bar.sync 0;\nst.shared.u32 [%r9], %r1;\n") +
                   productWait))
      .threads(128)
      .expect("race", "and the read in line");
}

//===----------------------------------------------------------------------===//
// One instruction's stores
//===----------------------------------------------------------------------===//

TEST(AsyncChecker, LanesStoreOneValueAtOneAddress) {
  Pair(R"(shr.u32 %r4, %r1, 5;
mad.lo.u32 %r5, %r4, 4, %r2;
st.shared.u32 [%r5], %r4; // RIGHT
st.shared.u32 [%r5], %r1; // WRONG)")
      .expect("race", "of one instruction store different values");
}
