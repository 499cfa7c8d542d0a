//===- HeapTest.cpp - malloc and free in kernels --------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Harness.h"

#include <algorithm>

using namespace quantmlir::ptx::test;
using quantmlir::ptx::DeviceMemory;

/// The kernel's `body`, in which MALLOC n and FREE are calls with %d1.
static Launch heapKernel(std::string body) {
  auto replace = [&](const std::string &from, auto text) {
    for (size_t at; (at = body.find(from)) != std::string::npos;) {
      size_t end = body.find(';', at);
      body.replace(at, end + 1 - at,
                   text(body.substr(at + from.size(), end - at - from.size())));
    }
  };
  replace("MALLOC", [](const std::string &bytes) {
    return "{ .param .b64 p; .param .b64 r; st.param.b64 [p]," + bytes +
           "; call (r), malloc, (p); ld.param.b64 %d1, [r]; }";
  });
  replace("FREE", [](const std::string &) {
    return std::string(
        "{ .param .b64 p; st.param.b64 [p], %d1; call free, (p); }");
  });
  return Launch(R"(.extern .func (.param .b64 r) malloc(.param .b64 a);
.extern .func free(.param .b64 a);
.global .align 8 .b64 place;
.visible .entry k(.param .u64 out)
{
.reg .b64 %d<9>; .reg .b32 %r<9>; .reg .pred %p<3>;
.shared .align 16 .b8 s[16]; .shared .align 8 .b64 bar;
mov.u32 %r1, %tid.x;
setp.ne.u32 %p1, %r1, 0;
ld.param.u64 %d8, [out];
mov.u32 %r2, s;
mov.b32 %r3, 7;
)" + body + "\nret;\n}\n");
}

static std::string findings(const std::string &body, unsigned threads = 1,
                            bool check = true) {
  Launch run = heapKernel(body);
  run.output(16).block(threads);
  run.options.check = check;
  return run.launch();
}

static void expectFound(const std::string &found, const std::string &text) {
  EXPECT_NE(found.find(text), std::string::npos) << found;
}

/// Nothing else is found.
static void expectOne(const std::string &found, const std::string &what) {
  expectFound(found, what);
  EXPECT_EQ(std::count(found.begin(), found.end(), '\n'), 1) << found;
}

// Large, so that the host's allocator gives it back to the system.
static const char copyFrom[] = R"(MALLOC 1048576;
st.global.v4.b32 [%d1], {%r3, %r3, %r3, %r3};
cp.async.ca.shared.global [%r2], [%d1], 16;
)";
static const char useCopy[] = R"(ld.shared.b32 %r4, [s];
st.global.b32 [%d8], %r4;
)";

TEST(Heap, FreeBeforeTheCopyIsDone) {
  std::string early =
      std::string(copyFrom) + "FREE;\ncp.async.wait_all;\n" + useCopy;
  std::string late =
      std::string(copyFrom) + "cp.async.wait_all;\nFREE;\n" + useCopy;
  EXPECT_EQ(findings(late), "");
  expectFound(findings(early), "not-arrived: free of 'malloc in line ");
  Launch run = heapKernel(early);
  run.output(16);
  EXPECT_EQ(run.launch(), "");
  EXPECT_EQ(run.read<uint32_t>(0, 1)[0], 7u);
}

static const char storeTo[] = R"(MALLOC 4096;
st.shared.v4.b32 [s], {%r3, %r3, %r3, %r3};
fence.proxy.async.shared::cta;
cp.async.bulk.global.shared::cta.bulk_group [%d1], [%r2], 16;
cp.async.bulk.commit_group;
)";

TEST(Heap, FreeBeforeTheBulkStoreIsDone) {
  std::string early = std::string(storeTo) + "FREE;\nMALLOC 4096;\n"
                                             "cp.async.bulk.wait_group 0;";
  EXPECT_EQ(
      findings(std::string(storeTo) + "cp.async.bulk.wait_group 0;\nFREE;"),
      "");
  expectOne(findings(early), "not-arrived: free of 'malloc in line ");
  EXPECT_EQ(findings(early, 1, false), "");
}

TEST(Heap, FreeBeforeTheBulkLoadIsDone) {
  const std::string load = R"(MALLOC 1048576;
st.global.v4.b32 [%d1], {%r3, %r3, %r3, %r3};
fence.proxy.async;
mov.u32 %r5, bar;
mbarrier.init.shared.b64 [bar], 1;
fence.proxy.async;
mbarrier.arrive.expect_tx.shared.b64 %d2, [bar], 16;
cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%r2], [%d1], 16, [%r5];
)";
  const std::string wait = R"(
W:
mbarrier.try_wait.shared.b64 %p2, [bar], %d2;
@!%p2 bra W;
)";
  EXPECT_EQ(findings(load + wait + "FREE;\n" + useCopy), "");
  expectOne(findings(load + "FREE;\n" + wait), "not-arrived: free of 'malloc");
  Launch run = heapKernel(load + "FREE;\n" + wait + useCopy);
  run.output(16);
  EXPECT_EQ(run.launch(), "");
  EXPECT_EQ(run.read<uint32_t>(0, 1)[0], 7u);
}

// Thread 0 frees what the others may still read.
TEST(Heap, FreeIsAnAccess) {
  auto body = [](const std::string &barrier) {
    return R"(@%p1 bra SHARE;
MALLOC 16;
st.global.b64 [place], %d1;
st.global.b32 [%d1], 5;
SHARE:
bar.sync 0;
ld.global.b64 %d1, [place];
ld.global.b32 %r4, [%d1];
)" + barrier +
           "@%p1 bra DONE;\nFREE;\nDONE:";
  };
  EXPECT_EQ(findings(body("bar.sync 0;\n"), 64), "");
  std::string found = findings(body(""), 64);
  expectFound(found, "race: free of global address 0x");
  expectFound(found, " and the read in line ");
}

TEST(Heap, EmptyAllocationsUseItUp) {
  EXPECT_EQ(findings(R"(L:
MALLOC 0;
setp.ne.b64 %p2, %d1, 0;
@%p2 bra L;)",
                     1, false),
            "");
}

TEST(Heap, WhatWasFreedIsUsedAgain) {
  Launch run = heapKernel(R"(mov.b32 %r5, 20000;
L:
MALLOC 65536;
st.global.b32 [%d1], %r5;
FREE;
sub.u32 %r5, %r5, 1;
setp.ne.u32 %p2, %r5, 0;
@%p2 bra L;
MALLOC 8000000;
st.global.b64 [%d8], %d1;)");
  run.output(16);
  EXPECT_EQ(run.launch(), "");
  EXPECT_NE(run.read<uint64_t>(0, 1)[0], 0u);
}

TEST(Heap, HostAndKernelFreeTheirOwn) {
  DeviceMemory memory;
  uint64_t ofKernel = memory.allocateOnHeap(16, "kernel's");
  uint64_t ofHost = memory.allocate(16, "host's");
  EXPECT_FALSE(memory.free(ofKernel));
  EXPECT_EQ(memory.findOnHeap(ofHost), nullptr);
  EXPECT_NE(memory.findOnHeap(ofKernel), nullptr);
  EXPECT_TRUE(memory.free(ofHost));
  EXPECT_EQ(memory.allocateOnHeap(DeviceMemory::heapBytes - 32, "too large"),
            0u);
}
