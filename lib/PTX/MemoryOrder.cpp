//===- MemoryOrder.cpp - orders and scopes of memory instructions ---------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which memory orders an instruction has, and which of them go with a scope
// (8.5, 8.6, 9.7.9.8, 9.7.9.12, 9.7.13).
//
//===----------------------------------------------------------------------===//

#include "Decoder.h"

using namespace llvm;

namespace quantmlir::ptx {

namespace {
enum class Scope : uint8_t {
  Optional,  // .gpu if there is none, or .cta
  WithOrder, // if and only if there is an order
  Required,
};

struct Rule {
  const char *opcode;
  std::initializer_list<StringRef> orders;
  Scope scope;
};
} // namespace

static const Rule rules[] = {
    {"ld", {"weak", "volatile", "relaxed", "acquire"}, Scope::WithOrder},
    {"ldu", {}, Scope::WithOrder},
    {"st", {"weak", "volatile", "relaxed", "release"}, Scope::WithOrder},
    {"atom", {"relaxed", "acquire", "release", "acq_rel"}, Scope::Optional},
    {"red", {"relaxed", "release"}, Scope::Optional},
    {"fence", {"sc", "acq_rel", "acquire", "release"}, Scope::Required},
    {"mbarrier", {"relaxed", "acquire", "release"}, Scope::WithOrder},
};

static bool isOrder(StringRef modifier) {
  return llvm::is_contained(
      {"weak", "volatile", "relaxed", "acquire", "release", "acq_rel", "sc"},
      modifier);
}

static bool isScope(StringRef modifier) {
  return llvm::is_contained({"cta", "cluster", "gpu", "sys"}, modifier);
}

static std::string quote(StringRef modifier) {
  return ("'." + modifier + "'").str();
}

static std::string findProblem(const Rule &rule,
                               ArrayRef<StringRef> modifiers) {
  StringRef order, scope;
  for (StringRef modifier : modifiers) {
    if (!isOrder(modifier) && !isScope(modifier))
      continue;
    StringRef &other = isOrder(modifier) ? order : scope;
    if (!other.empty())
      return quote(other) + " and " + quote(modifier) + " exclude each other";
    other = modifier;
  }
  if (!order.empty() && !llvm::is_contained(rule.orders, order))
    return quote(order) + " is no memory order of it";
  if (order == "weak" || order == "volatile")
    return scope.empty() ? "" : quote(order) + " has no scope";
  if (order.empty() && !scope.empty() && rule.scope == Scope::WithOrder)
    return quote(scope) + " needs a memory order such as .relaxed";
  bool lacks =
      scope.empty() && (rule.scope == Scope::Required ||
                        (rule.scope == Scope::WithOrder && !order.empty()));
  return lacks ? "a scope such as .gpu is needed" : "";
}

std::string orderProblem(const Statement &statement) {
  // Fences of proxies and of mbarrier.init have rules of their own.
  for (StringRef modifier : statement.modifiers)
    if (modifier == "proxy" || modifier == "mbarrier_init" ||
        modifier == "async")
      return "";
  for (const Rule &rule : rules)
    if (statement.opcode == rule.opcode)
      return findProblem(rule, statement.modifiers);
  return "";
}

} // namespace quantmlir::ptx
