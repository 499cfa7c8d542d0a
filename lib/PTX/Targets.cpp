//===- Targets.cpp - what instructions need of .target and .version -------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From the notes "PTX ISA Notes" and "Target ISA Notes" of each instruction,
// and from what ptxas 13.0 says of the forms in test/PTX/Inputs/coverage.txt.
//
//===----------------------------------------------------------------------===//

#include "Decoder.h"

using namespace llvm;

namespace quantmlir::ptx {

namespace {
enum class Chips : uint8_t {
  Later,    // this architecture and later ones
  Only90a,  // sm_90a alone
  Specific, // later ones too, but only with the suffix a or f
};

/// A form of instructions, and the least that it needs.
struct Need {
  /// Null is every opcode.
  const char *opcode;
  /// Modifiers that the form has, in this order, with others between them.
  const char *modifiers;
  unsigned chip;
  /// 78 is PTX ISA 7.8.
  unsigned version;
  Chips chips = Chips::Later;
};

struct Target {
  unsigned number = 0;
  bool specific = false;
};
} // namespace

static const Need needs[] = {
    // Types.
    {nullptr, "bf16", 80, 70},
    {nullptr, "bf16x2", 80, 70},
    {nullptr, "tf32", 80, 70},
    {nullptr, "f32x2", 100, 86},
    {nullptr, "b128", 70, 83},
    {nullptr, "e4m3x2", 89, 81},
    {nullptr, "e5m2x2", 89, 81},
    // Arithmetic.
    {"add", "f32 f16", 100, 86},
    {"add", "f32 bf16", 100, 86},
    {"sub", "f32 f16", 100, 86},
    {"sub", "f32 bf16", 100, 86},
    {"fma", "f32 f16", 100, 86},
    {"fma", "f32 bf16", 100, 86},
    {"add", "u16x2", 90, 80},
    {"add", "s16x2", 90, 80},
    {"min", "relu", 80, 70},
    {"max", "relu", 80, 70},
    {"min", "relu s32", 90, 80},
    {"max", "relu s32", 90, 80},
    {"min", "u16x2", 90, 80},
    {"max", "u16x2", 90, 80},
    {"min", "s16x2", 90, 80},
    {"max", "s16x2", 90, 80},
    {"szext", "", 70, 76},
    {"bmsk", "", 70, 76},
    {"dp4a", "", 61, 60},
    {"dp2a", "", 61, 60},
    {"tanh", "", 75, 70},
    {"tanh", "bf16", 90, 78},
    {"tanh", "bf16x2", 90, 78},
    {"ex2", "f16", 75, 70},
    {"ex2", "f16x2", 75, 70},
    {"ex2", "bf16", 90, 78},
    {"ex2", "bf16x2", 90, 78},
    {"min", "NaN", 80, 70},
    {"max", "NaN", 80, 70},
    {"min", "xorsign", 86, 72},
    {"max", "xorsign", 86, 72},
    {"min", "f16", 80, 70},
    {"max", "f16", 80, 70},
    {"min", "f16x2", 80, 70},
    {"max", "f16x2", 80, 70},
    {"add", "f16", 53, 60},
    {"add", "f16x2", 53, 60},
    {"sub", "f16", 53, 60},
    {"sub", "f16x2", 53, 60},
    {"mul", "f16", 53, 60},
    {"mul", "f16x2", 53, 60},
    {"fma", "f16", 53, 60},
    {"fma", "f16x2", 53, 60},
    {"neg", "f16", 53, 60},
    {"neg", "f16x2", 53, 60},
    {"abs", "f16", 53, 65},
    {"abs", "f16x2", 53, 65},
    {"fma", "relu", 80, 70},
    {"add", "bf16", 90, 78},
    {"add", "bf16x2", 90, 78},
    {"sub", "bf16", 90, 78},
    {"sub", "bf16x2", 90, 78},
    {"mul", "bf16", 90, 78},
    {"mul", "bf16x2", 90, 78},
    // Comparison, conversion, data movement.
    {"set", "f16", 53, 60},
    {"set", "f16x2", 53, 60},
    {"setp", "f16", 53, 60},
    {"setp", "f16x2", 53, 60},
    {"set", "bf16", 90, 78},
    {"set", "bf16x2", 90, 78},
    {"setp", "bf16", 90, 78},
    {"setp", "bf16x2", 90, 78},
    {"cvt", "f32 bf16", 80, 71},
    {"cvt", "satfinite f16", 70, 81},
    {"cvt", "satfinite bf16", 80, 81},
    {"cvt", "satfinite f16x2", 80, 81},
    {"cvt", "satfinite bf16x2", 80, 81},
    {"cvt", "rna satfinite tf32", 80, 81},
    {"cvt", "rn satfinite tf32", 100, 86},
    {"cvt", "rz satfinite tf32", 100, 86},
    {"cvt", "ftz bf16", 90, 78},
    {"cvt", "f64 bf16", 90, 78},
    {"cvt", "f16x2 f32", 80, 70},
    {"cvt", "rn tf32", 90, 78},
    {"cvt", "rz tf32", 90, 78},
    {"cvt", "pack", 72, 65},
    {"cvta", "param", 70, 77},
    {"isspacep", "param", 70, 77},
    {"mapa", "", 90, 78},
    {"getctarank", "", 90, 78},
    // Memory.
    {nullptr, "shared::cluster", 90, 78},
    {"ld", "shared::cta", 0, 78},
    {"st", "shared::cta", 0, 78},
    {"atom", "shared::cta", 0, 78},
    {"red", "shared::cta", 0, 78},
    {"mbarrier", "shared::cta", 0, 78},
    {"isspacep", "shared::cta", 0, 78},
    {"membar", "proxy", 60, 75},
    {nullptr, "L2::cache_hint", 80, 74},
    {nullptr, "L2::64B", 75, 74},
    {nullptr, "L2::128B", 75, 74},
    {nullptr, "L2::256B", 80, 74},
    {nullptr, "L1::no_allocate", 70, 74},
    {nullptr, "v8", 100, 88},
    {"ld", "v4 b64", 100, 88},
    {"ld", "v4 f64", 100, 88},
    {"ld", "v4 u64", 100, 88},
    {"ld", "v4 s64", 100, 88},
    {"st", "v4 b64", 100, 88},
    {"st", "v4 f64", 100, 88},
    {"st", "v4 u64", 100, 88},
    {"st", "v4 s64", 100, 88},
    {"ld", "relaxed", 70, 60},
    {"ld", "acquire", 70, 60},
    {"st", "relaxed", 70, 60},
    {"st", "release", 70, 60},
    {"ld", "mmio", 70, 82},
    {"st", "mmio", 70, 82},
    {"st", "async", 90, 81},
    {"prefetch", "L2::evict_last", 80, 74},
    {"prefetch", "L2::evict_normal", 80, 74},
    {"prefetch", "tensormap", 90, 80},
    {"applypriority", "", 80, 74},
    {"discard", "", 80, 74},
    {"createpolicy", "", 80, 74},
    {"fence", "", 70, 60},
    {"fence", "cluster", 90, 78},
    {"fence", "proxy alias", 70, 75},
    {"fence", "proxy async", 90, 80},
    {"fence", "proxy tensormap::generic", 90, 83},
    {"fence", "proxy async::generic", 90, 86},
    {"fence", "mbarrier_init", 90, 80},
    // Atomics.
    {"atom", "relaxed", 70, 60},
    {"atom", "acquire", 70, 60},
    {"atom", "release", 70, 60},
    {"atom", "acq_rel", 70, 60},
    {"red", "relaxed", 70, 60},
    {"red", "release", 70, 60},
    {"atom", "cluster", 90, 78},
    {"red", "cluster", 90, 78},
    {"atom", "add f64", 60, 60},
    {"red", "add f64", 60, 60},
    {"atom", "noftz f16", 70, 63},
    {"red", "noftz f16", 70, 63},
    {"atom", "noftz f16x2", 60, 62},
    {"red", "noftz f16x2", 60, 62},
    {"atom", "bf16", 90, 78},
    {"red", "bf16", 90, 78},
    {"atom", "bf16x2", 90, 78},
    {"red", "bf16x2", 90, 78},
    {"atom", "cas b16", 70, 63},
    {"atom", "b128", 90, 83},
    {"red", "async", 90, 81},
    // Asynchronous copies.
    {"cp", "async", 80, 70},
    {"cp", "async bulk", 90, 80},
    {"cp", "async bulk shared::cta global", 90, 86},
    {"cp", "async bulk tensor shared::cta global", 90, 86},
    {"tensormap", "replace", 90, 83, Chips::Specific},
    {"tensormap", "cp_fenceproxy", 90, 83},
    {"mbarrier", "", 80, 70},
    {"mbarrier", "expect_tx", 90, 80},
    {"mbarrier", "complete_tx", 90, 80},
    {"mbarrier", "try_wait", 90, 78},
    {"mbarrier", "test_wait parity", 80, 71},
    {"mbarrier", "relaxed", 90, 80},
    {"mbarrier", "arrive relaxed", 90, 86},
    {"mbarrier", "cluster", 90, 80},
    {"mbarrier", "release", 80, 80},
    {"mbarrier", "acquire", 80, 80},
    // Matrices.
    {"ldmatrix", "", 75, 65},
    {"stmatrix", "", 90, 78},
    {"movmatrix", "", 75, 78},
    {"mma", "", 70, 64},
    {"mma", "m16n8k8", 75, 65},
    {"mma", "m8n8k16", 75, 65},
    {"mma", "m8n8k32", 75, 65},
    {"mma", "m8n8k128", 75, 70},
    {"mma", "m16n8k4", 80, 70},
    {"mma", "m16n8k16", 80, 70},
    {"mma", "m16n8k32", 80, 70},
    {"mma", "m16n8k64", 80, 70},
    {"mma", "m16n8k128", 80, 70},
    {"mma", "m16n8k256", 80, 70},
    {"mma", "m8n8k4 f64", 80, 70},
    {"mma", "m16n8k4 f64", 90, 78},
    {"mma", "m16n8k8 f64", 90, 78},
    {"mma", "m16n8k16 f64", 90, 78},
    {"mma", "and popc", 80, 71},
    {"wgmma", "", 90, 80, Chips::Only90a},
    // Warps, barriers, control.
    {"match", "", 70, 60},
    {"activemask", "", 0, 62},
    {"redux", "", 80, 70},
    {"elect", "", 90, 80},
    {"bar", "cta", 0, 78},
    {"barrier", "cta", 0, 78},
    {"barrier", "cluster", 90, 78},
    {"barrier", "cluster relaxed", 90, 80},
    {"barrier", "cluster acquire", 90, 80},
    {"barrier", "cluster release", 90, 80},
    {"nanosleep", "", 70, 62},
    {"griddepcontrol", "", 90, 78},
    {"setmaxnreg", "", 90, 80, Chips::Specific},
    {"pmevent", "mask", 0, 60},
};

/// Special registers, by their beginnings.
static const Need specialNeeds[] = {
    {"%cluster", "", 90, 78},
    {"%nclusterid", "", 90, 78},
    {"%is_explicit_cluster", "", 90, 78},
    {"%aggr_smem_size", "", 90, 81},
    {"%current_graph_exec", "", 50, 80},
    {"%reserved_smem_offset", "", 80, 76},
};

static bool hasInOrder(ArrayRef<StringRef> modifiers, StringRef wanted) {
  while (!wanted.empty()) {
    auto [first, rest] = wanted.split(' ');
    const auto *it = llvm::find(modifiers, first);
    if (it == modifiers.end())
      return false;
    modifiers = modifiers.drop_front(size_t(it - modifiers.begin()) + 1);
    wanted = rest;
  }
  return true;
}

static Target parseTarget(StringRef name) {
  Target target;
  name.consume_front("sm_");
  name.consumeInteger(10, target.number);
  target.specific = name == "a" || name == "f";
  return target;
}

unsigned targetNumber(const Module &module) {
  return parseTarget(module.target).number;
}

/// What the module lacks for `need`, or nothing.
static std::string lacks(const Module &module, const Need &need) {
  Target target = parseTarget(module.target);
  std::string chip = "sm_" + std::to_string(need.chip);
  if (need.chips == Chips::Only90a && module.target != "sm_90a")
    return "needs .target sm_90a; the module is for " + module.target;
  if (need.chips == Chips::Specific &&
      (target.number < need.chip || !target.specific))
    return "needs .target " + chip + "a; the module is for " + module.target;
  if (target.number < need.chip)
    return "needs .target " + chip + " or later; the module is for " +
           module.target;
  if (module.versionMajor * 10 + module.versionMinor >= need.version)
    return "";
  return "needs .version " + std::to_string(need.version / 10) + "." +
         std::to_string(need.version % 10) + " or later; the module has " +
         std::to_string(module.versionMajor) + "." +
         std::to_string(module.versionMinor);
}

static std::string lacks(const Module &module, const Operand &operand) {
  if (operand.kind == Operand::Kind::Special)
    for (const Need &need : specialNeeds)
      if (operand.name.starts_with(need.opcode))
        if (std::string text = lacks(module, need); !text.empty())
          return "'" + operand.name.str() + "' " + text;
  for (const Operand &element : operand.elements)
    if (std::string text = lacks(module, element); !text.empty())
      return text;
  return "";
}

/// Forms that are told by their operands.
static const Need *needOfOperands(const FlatFunction &function,
                                  const Statement &statement) {
  static const Need ignoredSource = {"", "", 80, 75};
  static const Need threeInputs = {"", "", 100, 88};
  static const Need countedArrive = {"", "", 90, 78};
  auto has = [&](StringRef modifier) {
    return llvm::is_contained(statement.modifiers, modifier);
  };
  if ((statement.opcode == "min" || statement.opcode == "max") && has("f32") &&
      statement.operands.size() == 4)
    return &threeInputs;
  if (statement.opcode == "mbarrier" && has("arrive") && !has("noComplete") &&
      statement.operands.size() == 3)
    return &countedArrive;
  const Operand *last =
      statement.operands.empty() ? nullptr : &statement.operands.back();
  if (statement.opcode == "cp" && last &&
      last->kind == Operand::Kind::Register &&
      function.registers[last->reg].type == Type::Pred)
    return &ignoredSource;
  return nullptr;
}

std::string missingFeature(const Module &module, const FlatFunction &function,
                           const Statement &statement) {
  auto describe = [&](const std::string &text) {
    std::string name = "'" + statement.opcode.str();
    for (StringRef modifier : statement.modifiers)
      name += ("." + modifier).str();
    return name + "' " + text;
  };
  for (const Need &need : needs) {
    if ((need.opcode && statement.opcode != need.opcode) ||
        !hasInOrder(statement.modifiers, need.modifiers))
      continue;
    if (std::string text = lacks(module, need); !text.empty())
      return describe(text);
  }
  if (const Need *need = needOfOperands(function, statement))
    if (std::string text = lacks(module, *need); !text.empty())
      return describe(text);
  for (const Operand &operand : statement.operands)
    if (std::string text = lacks(module, operand); !text.empty())
      return text;
  return "";
}

} // namespace quantmlir::ptx
