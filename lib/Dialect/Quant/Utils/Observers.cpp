//===- Observers.cpp - what calibration observes --------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Dialect/Quant/Utils/Observers.h"

#include "quant-mlir/Dialect/Quant/Utils/Linears.h"
#include "quant-mlir/Dialect/Quant/Utils/Weights.h"

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

void mlir::quantmlir::eraseObserver(ObserveOp observe) {
  observe.getResult().replaceAllUsesWith(observe.getInput());
  observe.erase();
}

LogicalResult mlir::quantmlir::checkStatisticsData(ObserveOp observe) {
  for (auto [kind, attr] :
       {std::pair("absmax", observe.getAbsmaxAttr()),
        std::pair("min", observe.getMinAttr()),
        std::pair("max", observe.getMaxAttr()),
        std::pair("mean_abs", observe.getMeanAbsAttr()),
        std::pair("moment2", observe.getMoment2Attr()),
        std::pair("sample", observe.getSampleAttr()),
        std::pair("moment_scale", observe.getMomentScaleAttr()),
        std::pair("histogram", observe.getHistogramAttr())})
    if (attr && !ConstantTensor::get(attr))
      return observe.emitError()
             << "the " << kind << " statistics of '" << observe.getName()
             << "' have no data: attach them again";
  return success();
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

/// The elements of `attr`, whose last dimension is `observe`'s channels,
/// divided by moment_scale along the last dimension, and along the first if
/// `isSquare`.
static std::optional<ArrayRef<float>>
getDivided(ObserveOp observe, std::optional<ElementsAttr> attr, bool isSquare,
           SmallVectorImpl<float> &storage) {
  std::optional<ConstantTensor> constant =
      attr ? ConstantTensor::get(*attr) : std::nullopt;
  if (!constant)
    return std::nullopt;
  FailureOr<ArrayRef<float>> read = constant->getFloats(storage);
  if (failed(read))
    return std::nullopt;
  ArrayRef<float> values = *read;
  std::optional<ElementsAttr> scale = observe.getMomentScale();
  auto scaleTensor = scale ? ConstantTensor::get(*scale) : std::nullopt;
  if (!scaleTensor)
    return values;

  SmallVector<float> scaleStorage;
  SmallVector<float> inverse;
  for (float value : *scaleTensor->getFloats(scaleStorage))
    inverse.push_back(1.0f / value);
  if (values.data() != storage.data())
    storage.assign(values.begin(), values.end());
  size_t channels = inverse.size();
  for (size_t i = 0; i < storage.size(); ++i) {
    float factor = inverse[i % channels];
    storage[i] *= isSquare ? inverse[i / channels] * factor : factor;
  }
  return ArrayRef<float>(storage);
}

std::optional<ArrayRef<float>>
mlir::quantmlir::getSecondMoment(ObserveOp observe,
                                 SmallVectorImpl<float> &storage) {
  return getDivided(observe, observe.getMoment2(), /*isSquare=*/true, storage);
}

std::optional<ArrayRef<float>>
mlir::quantmlir::getSample(ObserveOp observe, SmallVectorImpl<float> &storage) {
  return getDivided(observe, observe.getSample(), /*isSquare=*/false, storage);
}
