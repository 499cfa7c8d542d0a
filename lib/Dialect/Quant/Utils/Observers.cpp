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

#include "llvm/ADT/Sequence.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/SHA256.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <cstring>
#include <limits>

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

std::string UniqueNames::make(const Twine &base, StringRef suffix) {
  std::string name = (base + suffix).str();
  for (unsigned number = 2; !taken.insert(name).second; ++number)
    name = (base + "_" + Twine(number) + suffix).str();
  return name;
}

LogicalResult
mlir::quantmlir::checkObserverNames(ArrayRef<ObserveOp> observers) {
  llvm::StringMap<ObserveOp> seen;
  for (ObserveOp observe : observers) {
    auto [earlier, isNew] = seen.try_emplace(observe.getName(), observe);
    if (isNew)
      continue;
    InFlightDiagnostic error =
        observe.emitError()
        << "another value is observed as '" << observe.getName()
        << "': give each quant.observe a name of its own";
    error.attachNote(earlier->second.getLoc()) << "it is observed here";
    return error;
  }
  return success();
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

/// The layout of one scale a channel.
static ScaleLayout getChannelLayout(ObserveOp observe) {
  int64_t rank = observe.getInput().getType().getRank();
  return ScaleLayout::getIdentity({rank - 1}, {getChannels(observe)});
}

//===----------------------------------------------------------------------===//
// Statistics of some channels
//===----------------------------------------------------------------------===//

SmallVector<float> mlir::quantmlir::readChannels(ElementsAttr attr) {
  std::optional<ConstantTensor> tensor =
      attr ? ConstantTensor::get(attr) : std::nullopt;
  SmallVector<float> storage;
  FailureOr<ArrayRef<float>> values = failure();
  if (tensor)
    values = tensor->getFloats(storage);
  return failed(values) ? SmallVector<float>() : SmallVector<float>(*values);
}

SmallVector<uint32_t> mlir::quantmlir::getHistogram(ObserveOp observe) {
  SmallVector<uint32_t> counts;
  ElementsAttr attr = observe.getHistogramAttr();
  if (auto dense = dyn_cast_or_null<DenseIntElementsAttr>(attr)) {
    for (const APInt &count : dense)
      counts.push_back(count.getZExtValue());
    return counts;
  }
  std::optional<ConstantTensor> tensor =
      attr ? ConstantTensor::get(attr) : std::nullopt;
  ArrayRef<char> bytes = tensor ? tensor->getRawBytes() : ArrayRef<char>();
  counts.resize(bytes.size() / sizeof(uint32_t));
  std::memcpy(counts.data(), bytes.data(), bytes.size());
  return counts;
}

/// The `rows` and `columns` of `values`, the elements of the matrix `attr`; of
/// a vector the `rows`. Named `name` if `attr` has a name.
template <typename T>
static ElementsAttr select(ElementsAttr attr, ArrayRef<T> values,
                           ArrayRef<int64_t> rows, ArrayRef<int64_t> columns,
                           StringRef name) {
  ShapedType type = attr.getShapedType();
  int64_t width = 1;
  SmallVector<int64_t> shape = {static_cast<int64_t>(rows.size())};
  if (type.getRank() == 2) {
    width = type.getDimSize(1);
    shape.push_back(columns.size());
  }
  SmallVector<T> selected;
  for (int64_t row : rows)
    for (int64_t column : columns)
      selected.push_back(values[row * width + column]);
  bool isNamed = !ConstantTensor::get(attr)->getName().empty();
  return createElementsAttr(
      isNamed ? name : "", RankedTensorType::get(shape, type.getElementType()),
      [&](MutableArrayRef<char> bytes) {
        std::memcpy(bytes.data(), selected.data(), bytes.size());
      });
}

static SmallVector<int64_t> getAll(ElementsAttr attr, int64_t dim) {
  return llvm::to_vector(
      llvm::seq<int64_t>(attr.getShapedType().getDimSize(dim)));
}

void mlir::quantmlir::copyStatistics(ObserveOp whole,
                                     ArrayRef<int64_t> channels,
                                     ObserveOp part) {
  auto getName = [&](StringRef kind) {
    return (part.getName() + "." + kind).str();
  };
  auto copy = [&](ElementsAttr attr, StringRef kind, ArrayRef<int64_t> rows,
                  ArrayRef<int64_t> columns) -> ElementsAttr {
    if (!attr)
      return {};
    SmallVector<float> storage;
    return select(attr, *ConstantTensor::get(attr)->getFloats(storage), rows,
                  columns, getName(kind));
  };
  auto copyVector = [&](ElementsAttr attr, StringRef kind) {
    return copy(attr, kind, channels, /*columns=*/{0});
  };
  part.setAbsmaxAttr(copyVector(whole.getAbsmaxAttr(), "absmax"));
  part.setMinAttr(copyVector(whole.getMinAttr(), "min"));
  part.setMaxAttr(copyVector(whole.getMaxAttr(), "max"));
  part.setMeanAbsAttr(copyVector(whole.getMeanAbsAttr(), "mean_abs"));
  part.setTokensAttr(whole.getTokensAttr());
  part.setSamplesAttr(whole.getSamplesAttr());
  part.setMoment2Attr(
      copy(whole.getMoment2Attr(), "moment2", channels, channels));
  if (ElementsAttr rows = whole.getSampleAttr())
    part.setSampleAttr(copy(rows, "sample", getAll(rows, 0), channels));
  if (ElementsAttr counts = whole.getHistogramAttr())
    part.setHistogramAttr(select<uint32_t>(counts, getHistogram(whole),
                                           channels, getAll(counts, 1),
                                           getName("histogram")));
  part.setMomentScaleAttr(
      copyVector(whole.getMomentScaleAttr(), "moment_scale"));
}

void mlir::quantmlir::clearStatistics(ObserveOp observe,
                                      ArrayRef<int64_t> channels) {
  // Divided by infinity a channel is 0, also in what is divided once it is
  // read: large statistics need no copy.
  SmallVector<float> scales(getChannels(observe), 1.0f);
  for (int64_t channel : channels)
    scales[channel] = std::numeric_limits<float>::infinity();
  observe.updateForScale(/*number=*/0, getChannelLayout(observe), scales);
}

std::string mlir::quantmlir::findScalingObstacle(ObserveOp observe,
                                                 const ScaleLayout &layout,
                                                 ArrayRef<float> scales) {
  auto read = [&](ElementsAttr attr) {
    SmallVector<float> values = readChannels(attr);
    return values.size() == layout.getChannels().size() ? values
                                                        : SmallVector<float>();
  };
  SmallVector<SmallVector<float>> divided = {
      read(observe.getAbsmaxAttr()), read(observe.getMinAttr()),
      read(observe.getMaxAttr()), read(observe.getMeanAbsAttr())};
  SmallVector<float> multiplied = read(observe.getMomentScaleAttr());
  // The first scale that moves through the observer makes its moment_scale.
  if (multiplied.empty() &&
      (observe.getMoment2() || observe.getSample() || observe.getHistogram()))
    multiplied.assign(layout.getChannels().size(), 1.0f);
  for (size_t k = 0, e = layout.getChannels().size(); k < e; ++k) {
    ScaleChannel channel = layout.getChannels()[k];
    if (channel < 0)
      continue;
    float scale = scales[channel];
    auto isFinite = [&](float before, float after) {
      return !std::isfinite(before) || std::isfinite(after);
    };
    bool fits = llvm::all_of(divided, [&](ArrayRef<float> values) {
      return values.empty() || isFinite(values[k], values[k] / scale);
    });
    if (!multiplied.empty()) {
      float product = multiplied[k] * scale;
      fits &= isFinite(multiplied[k], product) && std::isfinite(1 / product);
    }
    if (!fits)
      return llvm::formatv("statistics of {0} would exceed f32: its channel "
                           "{1} is divided by {2:e1}",
                           observe.getName(), k, scale);
  }
  return "";
}

std::string mlir::quantmlir::findScalingObstacle(ObserveOp observe,
                                                 ArrayRef<float> scales) {
  return findScalingObstacle(observe, getChannelLayout(observe), scales);
}

//===----------------------------------------------------------------------===//
// Statistics as they are now
//===----------------------------------------------------------------------===//

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
