//===- TensorTest.cpp - tensor copies and their maps ----------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Copies of boxes are compared with loops that go from shared memory to the
// tensor, while the emulator goes the other way.
//
//===----------------------------------------------------------------------===//

#include "Harness.h"

#include "quant-mlir/PTX/TensorMap.h"

#include <numeric>

using namespace quantmlir::ptx;
using namespace quantmlir::ptx::test;

namespace {

/// A tensor of 16-bit numbers, and a box of it.
struct Case {
  std::vector<unsigned> extents, box; // the contiguous dimension first
  std::vector<int> at;
  TensorMap::Swizzle swizzle = TensorMap::Swizzle::None;

  unsigned rank() const { return unsigned(extents.size()); }
  /// Elements of a line in memory: strides are multiples of 16 bytes.
  unsigned pitch() const { return (extents[0] + 7) / 8 * 8; }
  size_t size() const {
    size_t count = pitch();
    for (unsigned i = 1; i < rank(); ++i)
      count *= extents[i];
    return count;
  }
  size_t boxSize() const {
    size_t count = 1;
    for (unsigned extent : box)
      count *= extent;
    return count;
  }
  TensorMap map(uint64_t address) const {
    TensorMap result;
    result.element = TensorMap::Element::U16;
    result.swizzle = swizzle;
    result.rank = rank();
    result.address = address;
    uint64_t stride = 2;
    for (unsigned i = 0; i < rank(); ++i) {
      result.extents[i] = extents[i];
      result.box[i] = box[i];
      stride *= i ? extents[i] : pitch();
      if (i + 1 < rank())
        result.strides[i] = stride;
    }
    return result;
  }
  /// The element of the tensor at a place in the box, or -1 outside.
  long source(size_t place) const {
    size_t index = 0, weight = 1;
    for (unsigned i = 0; i < rank(); ++i) {
      long coordinate = at[i] + long(place % box[i]);
      place /= box[i];
      if (coordinate < 0 || coordinate >= long(extents[i]))
        return -1;
      index += size_t(coordinate) * weight;
      weight *= i ? extents[i] : pitch();
    }
    return long(index);
  }
  /// The swizzle as the CUDA programming guide draws it: within a pattern of
  /// 2, 4 or 8 rows, piece p of row r is at p xor r.
  size_t swizzledPlace(size_t place) const {
    size_t byte = place * 2, pieces = size_t(1) << unsigned(swizzle);
    size_t line = byte / 128, inLine = byte % 128 / 16;
    size_t piece = inLine ^ (line % pieces);
    return (line * 128 + piece * 16 + byte % 16) / 2;
  }
  std::string coordinates() const {
    std::string text;
    for (int value : at)
      text += (text.empty() ? "" : ", ") + std::to_string(value);
    return "{" + text + "}";
  }
};

std::string dimension(const Case &c) { return std::to_string(c.rank()) + "d"; }

const char *const header = R"(.version 8.6
.target sm_90a
.address_size 64
.visible .entry k(.param .align 64 .b8 map[128], .param .u64 data)
{
.reg .pred %p<4>; .reg .b32 %r<8>; .reg .b64 %rd<8>;
.shared .align 1024 .b8 s[32768];
.shared .align 8 .b8 b[8];
mov.b64 %rd1, map;
cvta.param.u64 %rd2, %rd1;
ld.param.u64 %rd3, [data];
)";

Launch &prepare(Launch &launch, const Case &c,
                const std::vector<uint16_t> &tensor,
                const std::vector<uint16_t> &data) {
  uint64_t address = launch.allocate(tensor);
  TensorMap::Object object = c.map(address).encode();
  launch.options.parameters.assign(object.begin(), object.end());
  launch.buffer(data);
  launch.options.check = true;
  return launch;
}

void load(const Case &c) {
  std::string text = header;
  text += "prefetch.tensormap [%rd2];\nmbarrier.init.shared.b64 [b], 1;\n";
  text += "mbarrier.arrive.expect_tx.shared.b64 _, [b], " +
          std::to_string(c.boxSize() * 2) + ";\n";
  text += "cp.async.bulk.tensor." + dimension(c) +
          ".shared::cluster.global.tile.mbarrier::complete_tx::bytes [s], "
          "[%rd2, " +
          c.coordinates() + "], [b];\n";
  text += R"(WAIT:
mbarrier.try_wait.parity.shared.b64 %p1, [b], 0;
@!%p1 bra WAIT;
mov.u32 %r1, s;
mov.u32 %r2, 0;
COPY:
ld.shared.v4.u32 {%r3, %r4, %r5, %r6}, [%r1];
st.global.v4.u32 [%rd3], {%r3, %r4, %r5, %r6};
add.u32 %r1, %r1, 16;
add.u64 %rd3, %rd3, 16;
add.u32 %r2, %r2, 16;
setp.lt.u32 %p2, %r2, )" +
          std::to_string(c.boxSize() * 2) + ";\n@%p2 bra COPY;\nret;\n}\n";
  std::vector<uint16_t> tensor(c.size());
  std::iota(tensor.begin(), tensor.end(), uint16_t(1));
  Launch launch(text);
  prepare(launch, c, tensor, std::vector<uint16_t>(c.boxSize(), 0xdead));
  ASSERT_EQ(launch.launch(), "");
  auto result = launch.read<uint16_t>(0, c.boxSize());
  for (size_t place = 0; place < c.boxSize(); ++place) {
    long from = c.source(place);
    uint16_t expected = from < 0 ? 0 : tensor[size_t(from)];
    ASSERT_EQ(result[c.swizzledPlace(place)], expected) << place;
  }
}

void store(const Case &c) {
  std::string text = header;
  text += R"(mov.u32 %r1, s;
mov.u32 %r2, 0;
COPY:
ld.global.v4.u32 {%r3, %r4, %r5, %r6}, [%rd3];
st.shared.v4.u32 [%r1], {%r3, %r4, %r5, %r6};
add.u32 %r1, %r1, 16;
add.u64 %rd3, %rd3, 16;
add.u32 %r2, %r2, 16;
setp.lt.u32 %p2, %r2, )" +
          std::to_string(c.boxSize() * 2) +
          ";\n@%p2 bra COPY;\nfence.proxy.async.shared::cta;\n"
          "cp.async.bulk.tensor." +
          dimension(c) + ".global.shared::cta.tile.bulk_group [%rd2, " +
          c.coordinates() + R"(], [s];
cp.async.bulk.commit_group;
cp.async.bulk.wait_group 0;
ret;
}
)";
  std::vector<uint16_t> tensor(c.size(), 5), data(c.boxSize());
  std::iota(data.begin(), data.end(), uint16_t(1));
  Launch launch(text);
  prepare(launch, c, tensor, data);
  ASSERT_EQ(launch.launch(), "");
  std::vector<uint16_t> expected = tensor;
  for (size_t place = 0; place < c.boxSize(); ++place)
    if (long to = c.source(place); to >= 0)
      expected[size_t(to)] = data[c.swizzledPlace(place)];
  EXPECT_EQ(launch.readAt<uint16_t>(launch.extra[0], c.size()), expected);
}

std::vector<Case> cases() {
  using Swizzle = TensorMap::Swizzle;
  return {
      {{100}, {64}, {8}},
      {{100}, {64}, {60}},
      {{100}, {64}, {-8}},
      {{40, 20}, {16, 8}, {3, 5}},
      {{40, 20}, {64, 8}, {-1, 15}},
      {{24, 6, 5}, {8, 4, 3}, {20, -2, 3}},
      {{16, 5, 4, 3}, {16, 2, 4, 2}, {0, 4, -1, 2}},
      {{16, 3, 4, 2, 3}, {8, 2, 2, 2, 2}, {8, 2, 3, 1, 2}},
      {{100, 30}, {16, 32}, {4, 2}, Swizzle::Bytes32},
      {{100, 30}, {32, 16}, {80, 20}, Swizzle::Bytes64},
      {{100, 30}, {64, 24}, {-3, 10}, Swizzle::Bytes128},
      {{128, 9, 3}, {64, 8, 2}, {64, 1, 1}, Swizzle::Bytes128},
  };
}

} // namespace

TEST(Tensor, LoadsBoxesOfEveryRankAndSwizzle) {
  for (const Case &c : cases())
    load(c);
}

TEST(Tensor, StoresLeaveWhatIsOutsideAlone) {
  for (const Case &c : cases())
    store(c);
}

TEST(Tensor, Reduces) {
  // f16 sums: 5 is 0x4500, 1 is 0x3c00, 6 is 0x4600.
  Case c{{16, 4}, {8, 2}, {0, 1}};
  std::string text = header;
  text += R"(mov.u32 %r1, 0x3c003c00;
st.shared.v4.u32 [s], {%r1, %r1, %r1, %r1};
st.shared.v4.u32 [s+16], {%r1, %r1, %r1, %r1};
fence.proxy.async;
cp.reduce.async.bulk.tensor.2d.global.shared::cta.add.tile.bulk_group [%rd2, {0, 1}], [s];
cp.async.bulk.commit_group;
cp.async.bulk.wait_group 0;
ret;
}
)";
  Launch launch(text);
  uint64_t address = launch.allocate(std::vector<uint16_t>(c.size(), 0x4500));
  TensorMap map = c.map(address);
  map.element = TensorMap::Element::F16;
  TensorMap::Object object = map.encode();
  launch.options.parameters.assign(object.begin(), object.end());
  launch.buffer(std::vector<uint16_t>(1));
  EXPECT_EQ(launch.launch(), "");
  auto tensor = launch.readAt<uint16_t>(address, c.size());
  for (unsigned i = 0; i < c.size(); ++i)
    EXPECT_EQ(tensor[i],
              i / 16 >= 1 && i / 16 < 3 && i % 16 < 8 ? 0x4600 : 0x4500);
}

// A map made on the device, field by field, in shared memory.
TEST(Tensor, ReplacesEveryField) {
  std::string text = R"(.version 8.6
.target sm_90a
.address_size 64
.visible .entry k(.param .u64 tensor, .param .u64 map, .param .u64 out)
{
.reg .pred %p<4>; .reg .b32 %r<8>; .reg .b64 %rd<8>;
.shared .align 128 .b8 s[256];
.shared .align 128 .b8 m[128];
.shared .align 8 .b8 b[8];
ld.param.u64 %rd1, [tensor];
ld.param.u64 %rd2, [map];
ld.param.u64 %rd3, [out];
tensormap.replace.tile.global_address.shared::cta.b1024.b64 [m], %rd1;
tensormap.replace.tile.rank.shared::cta.b1024.b32 [m], 1;
tensormap.replace.tile.box_dim.shared::cta.b1024.b32 [m], 0, 8;
tensormap.replace.tile.box_dim.shared::cta.b1024.b32 [m], 1, 2;
tensormap.replace.tile.global_dim.shared::cta.b1024.b32 [m], 0, 20;
tensormap.replace.tile.global_dim.shared::cta.b1024.b32 [m], 1, 10;
tensormap.replace.tile.global_stride.shared::cta.b1024.b64 [m], 0, 96;
tensormap.replace.tile.element_stride.shared::cta.b1024.b32 [m], 0, 1;
tensormap.replace.tile.element_stride.shared::cta.b1024.b32 [m], 1, 1;
tensormap.replace.tile.elemtype.shared::cta.b1024.b32 [m], 7;
tensormap.replace.tile.interleave_layout.shared::cta.b1024.b32 [m], 0;
tensormap.replace.tile.swizzle_mode.shared::cta.b1024.b32 [m], 0;
tensormap.replace.tile.fill_mode.shared::cta.b1024.b32 [m], 0;
mov.u32 %r1, %tid.x;
setp.eq.u32 %p2, %r1, 0;
bar.warp.sync -1;
tensormap.cp_fenceproxy.global.shared::cta.tensormap::generic.release.gpu.sync.aligned [%rd2], [m], 128;
fence.proxy.tensormap::generic.acquire.gpu [%rd2], 128;
@!%p2 bra DONE;
mbarrier.init.shared.b64 [b], 1;
mbarrier.arrive.expect_tx.shared.b64 _, [b], 64;
cp.async.bulk.tensor.2d.shared::cta.global.mbarrier::complete_tx::bytes [s], [%rd2, {12, 9}], [b];
WAIT:
mbarrier.try_wait.parity.shared.b64 %p1, [b], 0;
@!%p1 bra WAIT;
ld.shared.v4.u32 {%r3, %r4, %r5, %r6}, [s+16];
st.global.v4.u32 [%rd3], {%r3, %r4, %r5, %r6};
ld.shared.u32 %r3, [s+32];
st.global.u32 [%rd3+16], %r3;
DONE:
ret;
}
)";
  std::vector<uint32_t> tensor(240);
  std::iota(tensor.begin(), tensor.end(), 0u);
  Launch launch(text);
  launch.buffer(tensor).output(128).output(20).block(32);
  EXPECT_EQ(launch.launch(), "");
  // Row 9 begins at 9 * 24; the row after it is outside.
  EXPECT_EQ(launch.read<uint32_t>(2, 5),
            (std::vector<uint32_t>{232, 233, 234, 235, 0}));
}

TEST(Tensor, RefusesWhatTheDriverRefuses) {
  TensorMap good;
  good.rank = 2;
  good.box[0] = 16;
  good.strides[0] = 16;
  EXPECT_FALSE(bool(good.verify()));
  auto message = [&](auto change) {
    TensorMap map = good;
    change(map);
    return llvm::toString(map.verify());
  };
  EXPECT_EQ(message([](TensorMap &m) { m.rank = 6; }),
            "tensor map: rank 6 is not from 1 to 5");
  EXPECT_EQ(message([](TensorMap &m) { m.address = 8; }),
            "tensor map: the address 0x8 is not a multiple of 16");
  EXPECT_EQ(message([](TensorMap &m) { m.box[1] = 257; }),
            "tensor map: box of 257 elements; at most 256 along each "
            "dimension");
  // No field is cut when the object is made.
  good.box[1] = 65536 + 2;
  EXPECT_EQ(llvm::cantFail(TensorMap::decode(good.encode().data())).box[1],
            65538u);
  good.box[1] = 1;
  EXPECT_EQ(message([](TensorMap &m) { m.strides[0] = 24; }),
            "tensor map: stride of 24 bytes is not a multiple of 16 below "
            "2^40");
  EXPECT_EQ(message([](TensorMap &m) { m.box[0] = 24; }),
            "tensor map: box of 24 bytes along the first dimension, not a "
            "multiple of 16");
  EXPECT_NE(message([](TensorMap &m) {
              m.swizzle = TensorMap::Swizzle::Bytes128;
            }).find("a swizzle of 128 bytes"),
            std::string::npos);
}

TEST(Tensor, FaultsOfCopies) {
  Case c{{16, 4}, {8, 2}, {0, 1}};
  auto findings = [&](const std::string &copy, bool valid) {
    Launch launch(header + ("mbarrier.init.shared.b64 [b], 1;\n" + copy) +
                  "\nret;\n}\n");
    prepare(launch, c, std::vector<uint16_t>(c.size()), {1});
    if (!valid)
      launch.options.parameters[0] ^= 1;
    return launch.launch();
  };
  const char *load = "cp.async.bulk.tensor.2d.shared::cta.global.mbarrier::"
                     "complete_tx::bytes [s], [%rd2, {0, 0}], [b];";
  EXPECT_NE(findings(load, false).find("are not a tensor map"),
            std::string::npos);
  EXPECT_NE(findings("cp.async.bulk.tensor.1d.shared::cta.global.mbarrier::"
                     "complete_tx::bytes [s], [%rd2, {0}], [b];",
                     true)
                .find("copy of 1 dimensions with a tensor map of 2"),
            std::string::npos);
  EXPECT_NE(findings("cp.async.bulk.tensor.2d.shared::cta.global.mbarrier::"
                     "complete_tx::bytes [s+16], [%rd2, {0, 0}], [b];",
                     true)
                .find("is not a multiple of 128"),
            std::string::npos);
  EXPECT_NE(findings("cp.async.bulk.tensor.2d.shared::cta.global.mbarrier::"
                     "complete_tx::bytes [s], [%rd2, {0, 0}], [s+64];",
                     true)
                .find("no mbarrier was initialized"),
            std::string::npos);
  // 2^25 elements: what the driver takes but no shared memory holds.
  c.extents = c.box = {256, 256, 256, 2};
  c.at = {0, 0, 0, 0};
  EXPECT_NE(findings("cp.async.bulk.tensor.4d.shared::cta.global.mbarrier::"
                     "complete_tx::bytes [s], [%rd2, {0, 0, 0, 0}], [b];",
                     true)
                .find("out-of-bounds: copy of 67108864 bytes at shared offset"),
            std::string::npos);
}
