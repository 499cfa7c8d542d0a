//===- QuantScaleMigration.cpp - how scales move through our ops ----------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"
#include "quant-mlir/Dialect/Quant/Utils/Weights.h"

using namespace mlir;
using namespace mlir::quantmlir;

//===----------------------------------------------------------------------===//
// observe
//===----------------------------------------------------------------------===//

void ObserveOp::getScaleRoutes(unsigned, const ScaleLayout &layout,
                               SmallVectorImpl<ScaleRoute> &routes,
                               std::string &reason) {
  int64_t channels = getInput().getType().getRank() - 1;
  if (layout.getAxes() != ArrayRef<int64_t>{channels}) {
    reason = "statistics are kept by channel, and the scale varies otherwise";
    return;
  }
  routes.push_back(ScaleRoute{{{&getInputMutable(), layout}}, {}});
}

/// The observer's moment_scale, 1 if it has none, times `scales`.
static ElementsAttr multiplyScale(ObserveOp observe, const ScaleLayout &layout,
                                  ArrayRef<float> scales) {
  SmallVector<float> product(layout.getChannels().size(), 1.0f);
  if (std::optional<ElementsAttr> scale = observe.getMomentScale()) {
    SmallVector<float> storage;
    if (auto constant = ConstantTensor::get(*scale))
      llvm::copy(*constant->getFloats(storage), product.begin());
  }
  for (auto [value, channel] : llvm::zip_equal(product, layout.getChannels()))
    if (channel >= 0)
      value *= scales[channel];
  auto type = RankedTensorType::get(static_cast<int64_t>(product.size()),
                                    Float32Type::get(observe.getContext()));
  return createElementsAttr(
      /*parameterName=*/"", type, [&](MutableArrayRef<char> bytes) {
        storeFloats(product, cast<FloatType>(type.getElementType()), bytes);
      });
}

void ObserveOp::updateForScale(unsigned, const ScaleLayout &layout,
                               ArrayRef<float> scales) {
  auto divide = [&](std::optional<ElementsAttr> attr) -> ElementsAttr {
    if (!attr)
      return {};
    std::optional<ConstantTensor> constant = ConstantTensor::get(*attr);
    SmallVector<float> storage;
    FailureOr<ArrayRef<float>> values = failure();
    if (constant)
      values = constant->getFloats(storage);
    if (failed(values) || values->size() != layout.getChannels().size())
      return *attr;
    SmallVector<float> divided;
    for (auto [value, channel] : llvm::zip_equal(*values, layout.getChannels()))
      divided.push_back(channel < 0 ? value : value / scales[channel]);
    auto type = cast<RankedTensorType>(constant->getType());
    return createElementsAttr(
        constant->getName(), type, [&](MutableArrayRef<char> bytes) {
          storeFloats(divided, cast<FloatType>(type.getElementType()), bytes);
        });
  };
  setAbsmaxAttr(divide(getAbsmax()));
  setMinAttr(divide(getMin()));
  setMaxAttr(divide(getMax()));
  setMeanAbsAttr(divide(getMeanAbs()));
  removeClipAttr();
  if (getMoment2() || getSample() || getHistogram())
    setMomentScaleAttr(multiplyScale(*this, layout, scales));
}

//===----------------------------------------------------------------------===//
// smooth, fuse_scale
//===----------------------------------------------------------------------===//

// Scales commute.
void SmoothOp::getScaleRoutes(unsigned, const ScaleLayout &layout,
                              SmallVectorImpl<ScaleRoute> &routes,
                              std::string &) {
  routes.push_back(ScaleRoute{{{&getInputMutable(), layout}}, {}});
}

void FuseScaleOp::getScaleRoutes(unsigned, const ScaleLayout &layout,
                                 SmallVectorImpl<ScaleRoute> &routes,
                                 std::string &) {
  routes.push_back(ScaleRoute{{{&getInputMutable(), layout}}, {}});
}
