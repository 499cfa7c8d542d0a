//===- Tensor.cpp - tensor copies and their maps (9.7.9.27, 9.7.9.28) -----===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Bulk.h"

#include "quant-mlir/PTX/TensorMap.h"

#include <cstring>

using namespace llvm;

namespace quantmlir::ptx {

namespace {
/// Inst::target: the copy goes to global memory.
enum : uint32_t { Stores = 1 };
/// What follows a tensor copy's BulkOperands in its list.
constexpr unsigned coordinateOperand = BulkOperands::Count;
} // namespace

/// Reads the map at a generic address: of global memory, or a parameter.
static bool readMap(Warp &warp, const Inst &inst, unsigned lane,
                    uint64_t address, TensorMap &map) {
  const std::vector<uint8_t> &parameters = warp.cta.grid.options.parameters;
  uint64_t offset = address - DeviceMemory::paramWindow;
  const uint8_t *object;
  if (offset < DeviceMemory::windowBytes) {
    if (offset + TensorMap::bytes > parameters.size()) {
      warp.fault(inst, 1u << lane, "out-of-bounds",
                 "the tensor map is not within the parameters");
      return false;
    }
    object = parameters.data() + offset;
  } else {
    object = warp.globalRange(inst, lane, address, TensorMap::bytes);
    if (!object)
      return false;
  }
  Expected<TensorMap> decoded = TensorMap::decode(object);
  Error error = decoded ? decoded->verify() : decoded.takeError();
  if (error) {
    warp.fault(inst, 1u << lane, "tensor-map", toString(std::move(error)));
    return false;
  }
  map = *decoded;
  return true;
}

namespace {

/// The pieces of a box: contiguous both in global and in shared memory.
class Box {
public:
  Box(Warp &warp, const Inst &inst, unsigned lane, const TensorMap &map,
      uint64_t shared)
      : warp(warp), inst(inst), lane(lane), map(map), shared(shared) {}

  bool enumerate(const int32_t (&coordinates)[TensorMap::maxRank]);
  std::vector<CopyPiece> pieces;

private:
  bool row(uint64_t line, uint64_t address, bool inside, int64_t first);
  void run(uint64_t offset, uint64_t bytes, uint8_t *host, uint64_t address);

  Warp &warp;
  const Inst &inst;
  unsigned lane;
  const TensorMap &map;
  uint64_t shared;
};

} // namespace

// `host` is null for what lies outside of the tensor: zeros of a load, nothing
// of a store. Pieces have global memory in `from`, shared memory in `to`.
void Box::run(uint64_t offset, uint64_t bytes, uint8_t *host,
              uint64_t address) {
  bool stores = inst.target & Stores;
  while (bytes && (host || !stores)) {
    uint64_t size = bytes;
    if (map.swizzle != TensorMap::Swizzle::None)
      size = std::min<uint64_t>(bytes, 16 - offset % 16);
    pieces.push_back(
        {host, nullptr, address, map.swizzled(shared + offset), size});
    offset += size;
    bytes -= size;
    if (!host)
      continue;
    host += size;
    address += size;
  }
}

// One line along the first dimension, which begins at coordinate `first`.
bool Box::row(uint64_t line, uint64_t address, bool inside, int64_t first) {
  uint64_t width = map.elementBytes();
  auto extent = int64_t(map.extents[0]), size = int64_t(map.box[0]);
  uint64_t offset = line * uint64_t(size) * width;
  int64_t begin = std::clamp<int64_t>(-first, 0, size);
  int64_t end = std::clamp<int64_t>(extent - first, begin, size);
  if (!inside)
    begin = end = size;
  uint64_t bytes = uint64_t(end - begin) * width;
  run(offset, uint64_t(begin) * width, nullptr, 0);
  if (bytes) {
    uint64_t at = address + uint64_t(first + begin) * width;
    uint8_t *host = warp.globalRange(inst, lane, at, bytes);
    if (!host)
      return false;
    run(offset + uint64_t(begin) * width, bytes, host, at);
  }
  run(offset + uint64_t(end) * width, uint64_t(size - end) * width, nullptr, 0);
  return true;
}

bool Box::enumerate(const int32_t (&coordinates)[TensorMap::maxRank]) {
  uint64_t lines = 1;
  for (unsigned i = 1; i < map.rank; ++i)
    lines *= map.box[i];
  for (uint64_t line = 0; line < lines; ++line) {
    uint64_t rest = line, address = map.address;
    bool inside = true;
    for (unsigned i = 1; i < map.rank; ++i) {
      int64_t at = coordinates[i] + int64_t(rest % map.box[i]);
      rest /= map.box[i];
      inside &= at >= 0 && at < int64_t(map.extents[i]);
      address += uint64_t(at) * map.strides[i - 1];
    }
    if (!row(line, address, inside, coordinates[0]))
      return false;
  }
  return true;
}

static Type typeOf(TensorMap::Element element) {
  static const Type types[] = {Type::None, Type::None, Type::U32, Type::S32,
                               Type::U64,  Type::S64,  Type::F16, Type::F32,
                               Type::F64,  Type::BF16, Type::F32, Type::None,
                               Type::None};
  return types[unsigned(element)];
}

/// The pieces were made for a load; a store goes the other way.
static bool issueTensorStore(Warp &warp, const Inst &inst, unsigned lane,
                             BulkCopy &copy, Cta *source) {
  copy.fromCta = source;
  for (CopyPiece &piece : copy.pieces) {
    auto *global = const_cast<uint8_t *>(piece.from);
    piece.from =
        warp.sharedRange(inst, lane, {source, piece.toAddress}, piece.bytes);
    if (!piece.from)
      return false;
    piece.to = global;
    std::swap(piece.fromAddress, piece.toAddress);
  }
  return issueStore(warp, inst, lane, std::move(copy));
}

static bool issueTensor(Warp &warp, const Inst &inst, unsigned lane) {
  bool stores = inst.target & Stores;
  // The map takes the place of the global address.
  unsigned mapOperand = stores ? BulkOperands::Target : BulkOperands::Source;
  TensorMap map;
  if (!readMap(warp, inst, lane, bulkAddress(warp, inst, mapOperand, lane),
               map))
    return false;
  if (map.rank != inst.count) {
    warp.fault(inst, 1u << lane, "tensor-map",
               "copy of " + Twine(unsigned(inst.count)) +
                   " dimensions with a tensor map of " + Twine(map.rank));
    return false;
  }
  const Ref *list = &warp.cta.grid.code.pool[inst.list + coordinateOperand];
  int32_t coordinates[TensorMap::maxRank] = {};
  for (unsigned i = 0; i < map.rank; ++i)
    coordinates[i] = warp.reg<int32_t>(list[i])[lane];

  LoadTarget load;
  if (stores)
    load.place = warp.sharedPlace(
        Space::Shared, bulkAddress(warp, inst, BulkOperands::Source, lane));
  else if (!findLoadTarget(warp, inst, lane, load))
    return false;
  // Before the box is taken to pieces: a map may say more than memory holds.
  if (!warp.sharedRange(inst, lane, load.place, map.boxBytes()))
    return false;
  if (load.place.offset % 128) {
    warp.fault(inst, 1u << lane, "misaligned",
               "the shared offset " + Twine(load.place.offset) +
                   " of the tensor copy is not a multiple of 128");
    return false;
  }
  Box box(warp, inst, lane, map, load.place.offset);
  if (!box.enumerate(coordinates))
    return false;
  BulkCopy copy;
  copy.bytes = map.boxBytes();
  if (inst.bytes) {
    copy.combine = combineFor(inst.bytes - 1, typeOf(map.element));
    if (!copy.combine)
      return warp.fault(inst, 1u << lane, "tensor-map",
                        "reduction of the tensor map's type is not "
                        "supported") == Step::Next;
  }
  copy.pieces = std::move(box.pieces);
  return stores ? issueTensorStore(warp, inst, lane, copy, load.place.cta)
                : issueLoads(warp, inst, lane, copy, load);
}

static Step execTensorCopy(Warp &warp, const Inst &inst, uint32_t mask) {
  for (; mask; mask &= mask - 1)
    if (!issueTensor(warp, inst, unsigned(llvm::countr_zero(mask))))
      return Step::Fault;
  return Step::Next;
}

bool appendCoordinates(Decoder &d, const Operand &operand, unsigned rank) {
  if (operand.kind != Operand::Kind::Address || operand.elements.size() != 2 ||
      operand.elements[1].kind != Operand::Kind::Vector ||
      operand.elements[1].elements.size() != rank)
    return d.error(operand.loc, "a tensor map and " + Twine(rank) +
                                    " coordinates are needed here");
  for (const Operand &coordinate : operand.elements[1].elements)
    if (!d.listUse(coordinate, Type::S32))
      return false;
  return true;
}

bool takeRank(Decoder &d) {
  static const char *const names[] = {"1d", "2d", "3d", "4d", "5d"};
  for (unsigned i = 0; i < TensorMap::maxRank; ++i)
    if (d.take(names[i]))
      d.inst.count = uint8_t(i + 1);
  return d.inst.count;
}

// cp.async.bulk.tensor.Nd.shared::cluster.global{.tile}.mbarrier::complete_tx
// ::bytes{.multicast::cluster}{.L2::cache_hint} [target], [map, {coordinates}],
// [mbarrier]{, CTAs}{, policy}, and .global.shared::cta{.tile}.bulk_group
// [map, {coordinates}], [source]{, policy}
bool decodeTensorCopy(Decoder &d, bool reduce) {
  uint8_t op = 0;
  if ((reduce && !takeCombineOp(d, op)) || !takeRank(d))
    return d.unsupported();
  d.take("tile");
  bool cluster = d.take("shared::cluster"), cta = d.take("shared::cta");
  if (!d.take("global") || cluster == cta)
    return d.unsupported();
  bool stores = d.take("bulk_group");
  if (reduce && !stores)
    return d.unsupported();
  d.inst.bytes = reduce ? op + 1 : 0;
  if (stores ? cluster : !d.take("mbarrier::complete_tx::bytes"))
    return d.unsupported();
  bool multicast = !stores && d.take("multicast::cluster");
  bool hinted = d.take("L2::cache_hint");
  d.take("cta_group::1");
  size_t count = (stores ? 2 : 3) + unsigned(multicast) + unsigned(hinted);
  if (!d.expectOperands(count))
    return false;
  d.inst.space = cluster ? Space::SharedCluster : Space::Shared;
  d.inst.target = stores ? Stores : 0;
  unsigned mapAt = stores ? 0 : 1;
  if (!appendAddress(d, d.operand(0), stores ? Space::Generic : d.inst.space,
                     BulkOperands::Target) ||
      !appendAddress(d, d.operand(1), stores ? Space::Shared : Space::Generic,
                     BulkOperands::Source))
    return false;
  if (stores)
    appendNone(d, 2);
  else if (!appendAddress(d, d.operand(2), d.inst.space, BulkOperands::Barrier))
    return false;
  appendNone(d, 1);
  if (!multicast)
    appendNone(d, 1);
  else if (!d.listUse(d.operand(3), Type::B16))
    return false;
  Ref policy;
  if (!appendCoordinates(d, d.operand(mapAt), d.inst.count) ||
      (hinted && !d.use(policy, d.operand(count - 1), Type::U64)))
    return false;
  d.usesAsyncProxy();
  return d.emit(execTensorCopy);
}

//===----------------------------------------------------------------------===//
// tensormap.replace, tensormap.cp_fenceproxy
//===----------------------------------------------------------------------===//

namespace {
enum class Field : uint8_t {
  Address,
  Rank,
  Box,
  Extent,
  Stride,
  ElementStride,
  Element,
  Interleave,
  Swizzle,
  Fill
};
} // namespace

/// The element types by their numbers in tensormap.replace (9.7.9.28).
static const TensorMap::Element elementNumbers[] = {
    TensorMap::Element::U8,     TensorMap::Element::U16,
    TensorMap::Element::U32,    TensorMap::Element::S32,
    TensorMap::Element::U64,    TensorMap::Element::S64,
    TensorMap::Element::F16,    TensorMap::Element::F32,
    TensorMap::Element::F32Ftz, TensorMap::Element::F64,
    TensorMap::Element::BF16,   TensorMap::Element::TF32,
    TensorMap::Element::TF32Ftz};

/// Sets a field; false if the emulator does not model the value.
static bool setField(TensorMap &map, Field field, unsigned ordinal,
                     uint64_t value) {
  switch (field) {
  case Field::Address:
    map.address = value;
    return true;
  case Field::Rank:
    map.rank = unsigned(value) + 1;
    return value < TensorMap::maxRank;
  case Field::Box:
    map.box[ordinal] = uint32_t(value);
    return true;
  case Field::Extent:
    map.extents[ordinal] = value;
    return true;
  case Field::Stride:
    map.strides[ordinal] = value;
    return true;
  case Field::Element:
    if (value >= std::size(elementNumbers))
      return false;
    map.element = elementNumbers[value];
    return true;
  case Field::Swizzle:
    map.swizzle = TensorMap::Swizzle(value);
    return value <= unsigned(TensorMap::Swizzle::Bytes128);
  case Field::ElementStride:
    return value == 1;
  case Field::Interleave:
  case Field::Fill:
    return value == 0;
  }
  return false;
}

/// Host memory of the map at [a + imm] of `lane`, by 16-byte accesses.
static bool resolveMap(Warp &warp, const Inst &inst, unsigned lane,
                       uint64_t where, Space space, Access access,
                       uint8_t *(&pieces)[TensorMap::bytes / 16]) {
  for (unsigned i = 0; i < TensorMap::bytes / 16; ++i) {
    uint64_t address[warpSize] = {};
    uint8_t *pointer[warpSize] = {};
    address[lane] = where + 16 * i;
    if (!warp.resolve(inst, space, access, 1u << lane, 16, address, pointer))
      return false;
    pieces[i] = pointer[lane];
  }
  return true;
}

static Step execReplace(Warp &warp, const Inst &inst, uint32_t mask) {
  uint64_t address[warpSize];
  warp.addresses(inst, inst.a, inst.imm, address);
  for (; mask; mask &= mask - 1) {
    auto lane = unsigned(llvm::countr_zero(mask));
    uint8_t *pieces[TensorMap::bytes / 16];
    if (!resolveMap(warp, inst, lane, address[lane], inst.space, Access::Write,
                    pieces))
      return Step::Fault;
    TensorMap::Object object;
    for (unsigned i = 0; i < std::size(pieces); ++i)
      std::memcpy(object.data() + 16 * i, pieces[i], 16);
    // A map may be built from nothing, in memory that was never one.
    Expected<TensorMap> map = TensorMap::decode(object.data());
    if (!map) {
      consumeError(map.takeError());
      map = TensorMap();
    }
    uint64_t value = inst.bytes == 8 ? warp.reg<uint64_t>(inst.b)[lane]
                                     : warp.reg<uint32_t>(inst.b)[lane];
    if (!setField(*map, Field(inst.count), inst.target, value))
      return warp.fault(inst, 1u << lane, "tensor-map",
                        "tensormap.replace with the value " + Twine(value) +
                            " is not modelled");
    object = map->encode();
    for (unsigned i = 0; i < std::size(pieces); ++i)
      std::memcpy(pieces[i], object.data() + 16 * i, 16);
  }
  return Step::Next;
}

static bool decodeReplace(Decoder &d) {
  struct FieldInfo {
    const char *name;
    Field field;
    unsigned ordinals;
  };
  static const FieldInfo fields[] = {
      {"global_address", Field::Address, 0},
      {"rank", Field::Rank, 0},
      {"box_dim", Field::Box, 5},
      {"global_dim", Field::Extent, 5},
      {"global_stride", Field::Stride, 4},
      {"element_stride", Field::ElementStride, 5},
      {"elemtype", Field::Element, 0},
      {"interleave_layout", Field::Interleave, 0},
      {"swizzle_mode", Field::Swizzle, 0},
      {"fill_mode", Field::Fill, 0}};
  if (!d.take("tile"))
    return d.unsupported();
  Space space;
  d.takeSpace(space);
  for (const FieldInfo &info : fields) {
    if (!d.take(info.name))
      continue;
    d.inst.count = uint8_t(info.field);
    Type type = d.take("b1024") ? d.takeType() : Type::None;
    if (type != Type::B32 && type != Type::B64)
      return d.unsupported();
    d.inst.bytes = uint8_t(typeBytes(type));
    unsigned last = info.ordinals ? 2 : 1;
    int64_t ordinal = 0;
    bool narrow;
    if (!d.expectOperands(last + 1) ||
        (info.ordinals && !d.immediate(ordinal, d.operand(1))))
      return false;
    if (info.ordinals && (ordinal < 0 || ordinal >= int64_t(info.ordinals)))
      return d.error(d.operand(1).loc, "there is no such dimension");
    d.inst.target = uint32_t(ordinal);
    if (!d.address(d.inst.a, d.inst.imm, narrow, space, d.operand(0)) ||
        !d.use(d.inst.b, d.operand(last), type))
      return false;
    d.inst.space = space;
    d.inst.aux = narrow ? 1 : 0;
    return d.emit(execReplace);
  }
  return d.unsupported();
}

// tensormap.cp_fenceproxy: copies a map and makes it visible to the tensormap
// proxy; here a map is read where the copy is issued.
static Step execCopyMap(Warp &warp, const Inst &inst, uint32_t mask) {
  if (Step step = warp.convergeWarp(inst, mask); step != Step::Next)
    return step;
  auto lane = unsigned(llvm::countr_zero(mask));
  uint64_t target = bulkAddress(warp, inst, BulkOperands::Target, lane);
  uint64_t source = bulkAddress(warp, inst, BulkOperands::Source, lane);
  uint8_t *to[TensorMap::bytes / 16], *from[TensorMap::bytes / 16];
  if (!resolveMap(warp, inst, lane, source, Space::Shared, Access::Read,
                  from) ||
      !resolveMap(warp, inst, lane, target, Space::Global, Access::Write, to))
    return Step::Fault;
  for (unsigned i = 0; i < std::size(to); ++i)
    std::memcpy(to[i], from[i], 16);
  return Step::Next;
}

static bool decodeTensorMap(Decoder &d) {
  if (d.take("replace"))
    return decodeReplace(d);
  if (!d.take("cp_fenceproxy"))
    return d.unsupported();
  for (const char *part : {"global", "shared::cta", "tensormap::generic",
                           "release", "sync", "aligned"})
    if (!d.take(part))
      return d.unsupported();
  for (const char *scope : {"cta", "cluster", "gpu", "sys"})
    d.take(scope);
  int64_t size;
  if (!d.expectOperands(3) || !d.immediate(size, d.operand(2)))
    return false;
  if (size != TensorMap::bytes)
    return d.error(d.operand(2).loc, "the size must be 128");
  return appendAddress(d, d.operand(0), Space::Global, BulkOperands::Target) &&
         appendAddress(d, d.operand(1), Space::Shared, BulkOperands::Source) &&
         d.emit(execCopyMap);
}

ArrayRef<OpcodeEntry> tensorMapOpcodes() {
  static const OpcodeEntry table[] = {{"tensormap", decodeTensorMap}};
  return table;
}

} // namespace quantmlir::ptx
