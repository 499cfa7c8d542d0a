//===- Observers.cpp - what calibration observes --------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Dialect/Quant/Utils/Observers.h"

#include "quant-mlir/Dialect/Quant/Utils/Linears.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/SHA256.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::quantmlir;

SmallVector<ObserveOp> mlir::quantmlir::getObservers(ModuleOp module) {
  SmallVector<ObserveOp> observers;
  module.walk([&](ObserveOp observe) { observers.push_back(observe); });
  return observers;
}

int64_t mlir::quantmlir::getChannels(ObserveOp observe) {
  return cast<ShapedType>(observe.getInput().getType()).getShape().back();
}

/// One line of text of all that the hash sees of `observe`.
static std::string describe(ObserveOp observe) {
  SmallVector<std::string> weights;
  for (Operation *user : observe.getResult().getUsers()) {
    std::optional<Linear> linear = matchLinear(user);
    if (!linear)
      continue;
    llvm::raw_string_ostream os(weights.emplace_back());
    os << getWeightName(linear->weight) << ' ' << linear->weight.getType();
  }
  llvm::sort(weights);
  std::string text;
  llvm::raw_string_ostream(text)
      << observe.getName() << ' ' << getChannels(observe) << ": "
      << llvm::join(weights, ", ") << '\n';
  return text;
}

std::string mlir::quantmlir::getModuleHash(ModuleOp module) {
  SmallVector<std::string> lines;
  for (ObserveOp observe : getObservers(module))
    lines.push_back(describe(observe));
  llvm::sort(lines);
  llvm::SHA256 hash;
  for (StringRef line : lines)
    hash.update(line);
  // Half of the digest is plenty against accidents, and shorter to read.
  return llvm::toHex(ArrayRef<uint8_t>(hash.final()).take_front(16),
                     /*LowerCase=*/true);
}
