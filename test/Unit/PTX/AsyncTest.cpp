//===- AsyncTest.cpp - mbarriers, bulk copies, clusters -------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Harness.h"

#include <numeric>

using namespace quantmlir::ptx;
using namespace quantmlir::ptx::test;

namespace {

/// A kernel k(in, out) with %rd1 and %rd2 as its pointers, %r1 = tid, %r2 = the
/// shared array s, %p1 = tid is 0, and mbarriers b of 8 bytes each.
std::string kernel(const std::string &body,
                   const std::string &directives = "") {
  return ".version 8.6\n.target sm_90a\n.address_size 64\n"
         ".visible .entry k(.param .u64 in, .param .u64 out) " +
         directives + R"(
{
.reg .pred %p<8>; .reg .b16 %h<4>; .reg .b32 %r<32>; .reg .b64 %rd<16>;
.shared .align 128 .b8 s[4096];
.shared .align 8 .b8 b[64];
ld.param.u64 %rd1, [in];
ld.param.u64 %rd2, [out];
mov.u32 %r1, %tid.x;
mov.u32 %r2, s;
mul.wide.u32 %rd3, %r1, 4;
setp.eq.u32 %p1, %r1, 0;
)" + body +
         "\nret;\n}\n";
}

std::vector<uint32_t> numbers(size_t count, uint32_t first = 0) {
  std::vector<uint32_t> values(count);
  std::iota(values.begin(), values.end(), first);
  return values;
}

/// Runs with an input of 0, 1, ... and returns `count` results.
std::vector<uint32_t> run(const std::string &text, unsigned threads,
                          unsigned ctas, size_t count,
                          const std::string &expected = "") {
  Launch launch(text);
  launch.buffer(numbers(1024)).output(count * 4).block(threads).grid(ctas);
  launch.options.check = true;
  EXPECT_EQ(launch.launch(), expected);
  return launch.error.empty() ? launch.read<uint32_t>(1, count)
                              : std::vector<uint32_t>();
}

} // namespace

// Every thread adds its number before the phase, reads all after it; twice.
TEST(Mbarrier, PhasesOrderThreads) {
  std::string text = kernel(R"(
@%p1 mbarrier.init.shared::cta.b64 [b], 64;
bar.sync 0;
mov.u32 %r10, 0;
mov.u32 %r11, 0;
LOOP:
shl.b32 %r3, %r1, 2;
add.u32 %r3, %r3, %r2;
add.u32 %r4, %r1, %r10;
st.shared.u32 [%r3], %r4;
mbarrier.arrive.shared::cta.b64 %rd4, [b];
WAIT:
mbarrier.try_wait.shared::cta.b64 %p2, [b], %rd4;
@!%p2 bra WAIT;
xor.b32 %r5, %r1, 32;
shl.b32 %r5, %r5, 2;
add.u32 %r5, %r5, %r2;
ld.shared.u32 %r6, [%r5];
add.u32 %r11, %r11, %r6;
mbarrier.arrive.shared::cta.b64 _, [b];
and.b32 %r7, %r10, 0;
add.u32 %r7, %r7, 1;
WAIT2:
mbarrier.test_wait.parity.shared::cta.b64 %p2, [b], %r7;
@!%p2 bra WAIT2;
add.u32 %r10, %r10, 1;
setp.lt.u32 %p3, %r10, 2;
@%p3 bra LOOP;
add.u64 %rd2, %rd2, %rd3;
st.global.u32 [%rd2], %r11;)");
  auto out = run(text, 64, 1, 64);
  ASSERT_EQ(out.size(), 64u);
  for (unsigned i = 0; i < 64; ++i)
    EXPECT_EQ(out[i], 2 * (i ^ 32) + 1);
}

TEST(Mbarrier, CountsAndDrops) {
  std::string text = kernel(R"(
mbarrier.init.shared.b64 [b], 5;
mbarrier.arrive.shared.b64 %rd4, [b], 2;
mbarrier.pending_count.b64 %r3, %rd4;
mbarrier.arrive_drop.shared.b64 %rd5, [b];
mbarrier.pending_count.b64 %r4, %rd5;
mbarrier.arrive.noComplete.shared.b64 %rd6, [b], 1;
mbarrier.expect_tx.relaxed.cta.shared::cta.b64 [b], 16;
mbarrier.arrive.shared.b64 %rd6, [b], 1;
mbarrier.test_wait.shared.b64 %p2, [b], %rd6;
selp.u32 %r5, 1, 0, %p2;
mbarrier.complete_tx.relaxed.cta.shared::cta.b64 [b], 16;
mbarrier.test_wait.shared.b64 %p2, [b], %rd6;
selp.u32 %r6, 1, 0, %p2;
mbarrier.arrive.shared.b64 %rd7, [b], 1;
mbarrier.pending_count.b64 %r7, %rd7;
mbarrier.inval.shared.b64 [b];
st.global.v4.u32 [%rd2], {%r3, %r4, %r5, %r6};
st.global.u32 [%rd2+16], %r7;)");
  EXPECT_EQ(run(text, 1, 1, 5), (std::vector<uint32_t>{5, 3, 0, 1, 4}));
}

TEST(Mbarrier, TracksCopiesOfThreads) {
  std::string text = kernel(R"(
@%p1 mbarrier.init.shared.b64 [b], 32;
bar.warp.sync -1;
shl.b32 %r3, %r1, 4;
cvt.u64.u32 %rd4, %r3;
add.u64 %rd4, %rd4, %rd1;
add.u32 %r3, %r3, %r2;
cp.async.cg.shared.global [%r3], [%rd4], 16;
cp.async.mbarrier.arrive.noinc.shared.b64 [b];
WAIT:
mbarrier.try_wait.parity.shared.b64 %p2, [b], 0;
@!%p2 bra WAIT;
xor.b32 %r4, %r3, 16;
ld.shared.u32 %r5, [%r4+4];
add.u64 %rd2, %rd2, %rd3;
st.global.u32 [%rd2], %r5;)");
  auto out = run(text, 32, 1, 32);
  ASSERT_EQ(out.size(), 32u);
  for (unsigned i = 0; i < 32; ++i)
    EXPECT_EQ(out[i], (i ^ 1) * 4 + 1);
}

static const char *const bulkLoad = R"(
@!%p1 bra ISSUED;
mbarrier.init.shared::cta.b64 [b], 1;
fence.mbarrier_init.release.cluster;
mbarrier.arrive.expect_tx.shared::cta.b64 _, [b], 256;
cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [s], [%rd1+64], 256, [b];
ISSUED:
bar.sync 0;
WAIT:
mbarrier.try_wait.parity.shared::cta.b64 %p2, [b], 0;
@!%p2 bra WAIT;
)";

TEST(Bulk, LoadsToSharedAndStores) {
  std::string text = kernel(std::string(bulkLoad) + R"(
shl.b32 %r3, %r1, 2;
add.u32 %r3, %r3, %r2;
ld.shared.u32 %r4, [%r3];
add.u32 %r4, %r4, 1000;
st.shared.u32 [%r3], %r4;
fence.proxy.async.shared::cta;
bar.sync 0;
@!%p1 bra DONE;
cp.async.bulk.global.shared::cta.bulk_group [%rd2], [s], 256;
cp.async.bulk.commit_group;
cp.async.bulk.wait_group.read 0;
cp.async.bulk.wait_group 0;
DONE:)");
  EXPECT_EQ(run(text, 64, 1, 64), numbers(64, 1016));
}

// The source is read at the wait, and not before: what is written into it too
// early is what the copy moves, and the checks say so.
TEST(Bulk, SourceIsReadUntilTheWait) {
  std::string text = kernel(std::string(bulkLoad) + R"(
@!%p1 bra DONE;
cp.async.bulk.global.shared::cta.bulk_group [%rd2], [s], 256;
cp.async.bulk.commit_group;
mov.u32 %r4, 7;
st.shared.u32 [s], %r4;
DONE:)");
  Launch launch(text);
  launch.buffer(numbers(1024)).output(256).block(64);
  EXPECT_EQ(launch.launch(), "");
  EXPECT_EQ(launch.read<uint32_t>(1, 2), (std::vector<uint32_t>{7, 17}));
}

TEST(Bulk, ReducesIntoGlobalMemory) {
  std::string text = kernel(std::string(bulkLoad) + R"(
@!%p1 bra DONE;
cp.reduce.async.bulk.global.shared::cta.bulk_group.add.u32 [%rd1], [s], 256;
cp.reduce.async.bulk.global.shared::cta.bulk_group.max.s32 [%rd1], [s+16], 16;
cp.async.bulk.commit_group;
cp.async.bulk.wait_group 0;
ld.global.v4.u32 {%r4, %r5, %r6, %r7}, [%rd1];
st.global.v4.u32 [%rd2], {%r4, %r5, %r6, %r7};
ld.global.v2.u32 {%r4, %r5}, [%rd1+248];
st.global.v2.u32 [%rd2+16], {%r4, %r5};
DONE:)");
  EXPECT_EQ(run(text, 64, 1, 6),
            (std::vector<uint32_t>{20, 21, 22, 23, 140, 142}));
}

TEST(Cluster, RanksAndDistributedSharedMemory) {
  // Each CTA reads its neighbour's number out of the neighbour's memory.
  std::string text = kernel(R"(
mov.u32 %r3, %cluster_ctarank;
mov.u32 %r4, %cluster_nctarank;
mov.u32 %r5, %ctaid.x;
@%p1 st.shared.u32 [s], %r5;
barrier.cluster.arrive.aligned;
barrier.cluster.wait.aligned;
add.u32 %r6, %r3, 1;
rem.u32 %r6, %r6, %r4;
mapa.shared::cluster.u32 %r7, %r2, %r6;
ld.shared::cluster.u32 %r8, [%r7];
getctarank.shared::cluster.u32 %r9, %r7;
cvt.u64.u32 %rd5, %r2;
cvta.shared.u64 %rd5, %rd5;
mapa.u64 %rd6, %rd5, %r6;
ld.u32 %r10, [%rd6];
barrier.cluster.arrive;
barrier.cluster.wait;
mov.u32 %r11, %clusterid.x;
@!%p1 bra DONE;
mul.wide.u32 %rd4, %r5, 16;
add.u64 %rd4, %rd4, %rd2;
st.global.v4.u32 [%rd4], {%r8, %r9, %r10, %r11};
DONE:)",
                            ".explicitcluster\n.reqnctapercluster 4, 1, 1");
  auto out = run(text, 32, 8, 32);
  ASSERT_EQ(out.size(), 32u);
  for (unsigned cta = 0; cta < 8; ++cta) {
    unsigned rank = (cta + 1) % 4, neighbour = cta / 4 * 4 + rank;
    EXPECT_EQ(out[4 * cta], neighbour);
    EXPECT_EQ(out[4 * cta + 1], rank);
    EXPECT_EQ(out[4 * cta + 2], neighbour);
    EXPECT_EQ(out[4 * cta + 3], cta / 4);
  }
}

// Bits: an address is in the CTA's own shared memory, in the cluster's; the
// same of its own address mapped to its own rank, and to the other's; the ranks
// of those; an explicit cluster.
TEST(Cluster, WhereAnAddressLies) {
  Launch run(R"(.visible .entry k(.param .u64 out)
{
.reg .pred %p<12>; .reg .b32 %r<16>; .reg .b64 %rd<12>;
.shared .align 16 .b8 s[64];
ld.param.u64 %rd1, [out];
mov.u32 %r1, %cluster_ctarank;
xor.b32 %r2, %r1, 1;
mov.u64 %rd2, s;
cvta.shared.u64 %rd3, %rd2;
mapa.u64 %rd4, %rd3, %r1;
mapa.u64 %rd5, %rd3, %r2;
isspacep.shared::cta %p1, %rd3;
isspacep.shared::cluster %p2, %rd3;
isspacep.shared %p3, %rd4;
isspacep.shared::cluster %p4, %rd4;
isspacep.shared::cta %p5, %rd5;
isspacep.shared::cluster %p6, %rd5;
isspacep.global %p7, %rd5;
mov.pred %p8, %is_explicit_cluster;
getctarank.u64 %r3, %rd4;
getctarank.u64 %r4, %rd5;
st.u32 [%rd4], %r1;
ld.shared.u32 %r5, [s];
selp.u32 %r6, 1, 0, %p1;
@%p2 or.b32 %r6, %r6, 2;
@%p3 or.b32 %r6, %r6, 4;
@%p4 or.b32 %r6, %r6, 8;
@%p5 or.b32 %r6, %r6, 16;
@%p6 or.b32 %r6, %r6, 32;
@%p7 or.b32 %r6, %r6, 64;
@%p8 or.b32 %r6, %r6, 128;
mad.wide.u32 %rd6, %r1, 16, %rd1;
st.global.v4.u32 [%rd6], {%r3, %r4, %r5, %r6};
barrier.cluster.arrive;
barrier.cluster.wait;
ret;
}
)");
  run.output(32).grid(2);
  run.options.cluster[0] = 2;
  EXPECT_EQ(run.launch(), "");
  EXPECT_EQ(run.read<uint32_t>(0, 8),
            (std::vector<uint32_t>{0, 1, 0, 0xaf, 1, 0, 1, 0xaf}));
}

TEST(Cluster, OfOneCtaMayBeExplicit) {
  const std::string text = R"(.visible .entry k(.param .u64 out)
{
.reg .pred %p<2>; .reg .b32 %r<2>; .reg .b64 %rd<2>;
ld.param.u64 %rd1, [out];
mov.pred %p1, %is_explicit_cluster;
selp.u32 %r1, 1, 0, %p1;
st.global.u32 [%rd1], %r1;
ret;
}
)";
  for (unsigned size : {0, 1}) {
    Launch run(text);
    run.output(4).options.cluster[0] = size;
    EXPECT_EQ(run.launch(), "");
    EXPECT_EQ(run.read<uint32_t>(0, 1)[0], size);
  }
}

TEST(Cluster, AsyncStoresSignalTheReceiver) {
  std::string text = kernel(R"(
mov.u32 %r3, %cluster_ctarank;
@%p1 mbarrier.init.shared.b64 [b], 1;
fence.mbarrier_init.release.cluster;
barrier.cluster.arrive;
barrier.cluster.wait;
@%p1 mbarrier.arrive.expect_tx.shared.b64 _, [b], 256;
xor.b32 %r4, %r3, 1;
shl.b32 %r5, %r1, 3;
add.u32 %r5, %r5, %r2;
mapa.shared::cluster.u32 %r6, %r5, %r4;
mov.u32 %r7, b;
mapa.shared::cluster.u32 %r8, %r7, %r4;
mad.lo.u32 %r9, %r3, 100, %r1;
st.async.shared::cluster.mbarrier::complete_tx::bytes.v2.u32 [%r6], {%r9, %r3}, [%r8];
WAIT:
mbarrier.try_wait.parity.acquire.cluster.shared::cta.b64 %p2, [b], 0;
@!%p2 bra WAIT;
ld.shared.v2.u32 {%r10, %r11}, [%r5];
mad.lo.u32 %r12, %r11, 1000, %r10;
mad.lo.u32 %r13, %r3, 32, %r1;
mul.wide.u32 %rd4, %r13, 4;
add.u64 %rd4, %rd4, %rd2;
st.global.u32 [%rd4], %r12;
barrier.cluster.arrive;
barrier.cluster.wait;)",
                            ".reqnctapercluster 2, 1, 1");
  auto out = run(text, 32, 2, 64);
  ASSERT_EQ(out.size(), 64u);
  for (unsigned i = 0; i < 64; ++i)
    EXPECT_EQ(out[i], (1 - i / 32) * 1100 + i % 32);
}

TEST(Cluster, MulticastReachesTheCtasOfTheMask) {
  std::string text = kernel(R"(
mov.u32 %r3, %cluster_ctarank;
@%p1 mbarrier.init.shared.b64 [b], 1;
fence.mbarrier_init.release.cluster;
barrier.cluster.arrive;
barrier.cluster.wait;
setp.ne.u32 %p4, %r3, 1;
@!%p1 bra WAITING;
@%p4 mbarrier.arrive.expect_tx.shared.b64 _, [b], 128;
setp.eq.u32 %p3, %r3, 0;
mov.u16 %h1, 13;
@%p3 cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes.multicast::cluster [s], [%rd1], 128, [b], %h1;
WAITING:
mov.u32 %r10, 99;
@!%p4 bra STORE;
WAIT:
mbarrier.try_wait.parity.shared::cta.b64 %p2, [b], 0;
@!%p2 bra WAIT;
shl.b32 %r5, %r1, 2;
add.u32 %r5, %r5, %r2;
ld.shared.u32 %r10, [%r5];
STORE:
mad.lo.u32 %r13, %r3, 32, %r1;
mul.wide.u32 %rd4, %r13, 4;
add.u64 %rd4, %rd4, %rd2;
st.global.u32 [%rd4], %r10;
barrier.cluster.arrive;
barrier.cluster.wait;)",
                            ".reqnctapercluster 4, 1, 1");
  auto out = run(text, 32, 4, 128);
  ASSERT_EQ(out.size(), 128u);
  for (unsigned i = 0; i < 128; ++i)
    EXPECT_EQ(out[i], i / 32 == 1 ? 99u : i % 32);
}

TEST(Cluster, LaunchMustFitTheCluster) {
  Launch launch(kernel("", ".reqnctapercluster 2, 1, 1"));
  launch.buffer(numbers(4)).output(4).grid(3);
  EXPECT_EQ(launch.launch(),
            "the grid is not a multiple of the cluster of 2 CTAs along axis 0");
}

TEST(Cluster, SharedMemoryOfOthers) {
  auto findings = [](const std::string &body) {
    Launch launch(kernel(body, ".reqnctapercluster 2, 1, 1"));
    launch.buffer(numbers(4)).output(4).grid(2);
    return launch.launch();
  };
  EXPECT_NE(findings("mapa.shared::cluster.u32 %r3, %r2, 2;")
                .find("mapa to CTA 2 of a cluster of 2"),
            std::string::npos);
  EXPECT_NE(findings(R"(mov.u32 %r5, %cluster_ctarank;
setp.eq.u32 %p2, %r5, 0;
@%p2 exit;
barrier.cluster.arrive;
barrier.cluster.wait;
mapa.shared::cluster.u32 %r3, %r2, 0;
ld.shared::cluster.u32 %r4, [%r3];)")
                .find("of a CTA that has ended"),
            std::string::npos);
}
