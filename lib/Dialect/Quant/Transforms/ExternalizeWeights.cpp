//===- ExternalizeWeights.cpp - constants become globals ------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Dialect/Quant/Transforms/Passes.h"
#include "quant-mlir/Dialect/Quant/Utils/StoredTensors.h"
#include "quant-mlir/Dialect/Quant/Utils/Weights.h"
#include "quant-mlir/Target/Safetensors.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringSet.h"

namespace mlir::quantmlir {
#define GEN_PASS_DEF_QUANTEXTERNALIZEWEIGHTS
#include "quant-mlir/Dialect/Quant/Transforms/Passes.h.inc"
} // namespace mlir::quantmlir

using namespace mlir;
using namespace mlir::quantmlir;

namespace {
/// A constant that becomes one tensor of the file.
struct Weight {
  ElementsAttr attr;
  ArrayRef<char> data;
  /// Of the parameter; empty for a constant that was no resource.
  StringRef parameter;
  /// Of the resource; versions of a parameter differ in it.
  StringRef key;
  SmallVector<arith::ConstantOp> constants;
  std::string name;

  bool isSameTensor(const Weight &other) const {
    return parameter == other.parameter &&
           attr.getShapedType() == other.attr.getShapedType() &&
           data == other.data;
  }
};

struct ExternalizeWeightsPass
    : quantmlir::impl::QuantExternalizeWeightsBase<ExternalizeWeightsPass> {
  using QuantExternalizeWeightsBase::QuantExternalizeWeightsBase;

  void runOnOperation() override;
  LogicalResult collect(std::vector<Weight> &weights);
  LogicalResult chooseNames(MutableArrayRef<Weight> weights);
  LogicalResult write(ArrayRef<Weight> weights);
};
} // namespace

/// Orders versions of a parameter, the first one first; else as in the module.
static bool comesBefore(const Weight *a, const Weight *b) {
  return std::make_tuple(a->key.size(), a->key, a) <
         std::make_tuple(b->key.size(), b->key, b);
}

/// What the file will hold of `constant`: nothing if it stays in the module.
static FailureOr<std::optional<Weight>> getWeight(arith::ConstantOp constant,
                                                  int64_t minBytes) {
  auto attr = dyn_cast<ElementsAttr>(constant.getValue());
  if (!attr || !getDType(attr.getElementType()))
    return std::optional<Weight>();
  auto resource = dyn_cast<DenseResourceElementsAttr>(attr);
  std::optional<ConstantTensor> tensor = ConstantTensor::get(attr);
  if (resource && !tensor)
    return constant.emitError()
           << "resource '" << resource.getRawHandle().getKey()
           << "' has no data in this module";
  if (!tensor || tensor->getRawBytes().empty())
    return std::optional<Weight>();

  Weight weight;
  weight.attr = attr;
  weight.data = tensor->getRawBytes();
  if (resource) {
    weight.parameter = tensor->getName();
    weight.key = resource.getRawHandle().getKey();
  } else if (static_cast<int64_t>(weight.data.size()) < minBytes) {
    return std::optional<Weight>();
  }
  return std::make_optional(std::move(weight));
}

/// Versions of one parameter with equal data become one tensor again.
static std::vector<Weight> mergeEqualVersions(std::vector<Weight> weights) {
  std::vector<Weight> merged;
  llvm::StringMap<SmallVector<size_t, 1>> versions;
  for (Weight &weight : weights) {
    SmallVector<size_t, 1> &earlier = versions[weight.parameter];
    auto same = llvm::find_if(earlier, [&](size_t index) {
      return !weight.parameter.empty() && weight.isSameTensor(merged[index]);
    });
    if (same != earlier.end()) {
      merged[*same].constants.append(weight.constants);
      continue;
    }
    earlier.push_back(merged.size());
    merged.push_back(std::move(weight));
  }
  return merged;
}

LogicalResult ExternalizeWeightsPass::collect(std::vector<Weight> &weights) {
  DenseMap<Attribute, size_t> indices;
  WalkResult result =
      getOperation().walk([&](arith::ConstantOp constant) -> WalkResult {
        auto [it, isNew] =
            indices.try_emplace(constant.getValue(), weights.size());
        if (isNew) {
          FailureOr<std::optional<Weight>> weight =
              getWeight(constant, minBytes);
          if (failed(weight))
            return failure();
          if (!*weight) {
            indices.erase(it);
            return WalkResult::advance();
          }
          weights.push_back(std::move(**weight));
        }
        weights[it->second].constants.push_back(constant);
        return WalkResult::advance();
      });
  if (result.wasInterrupted())
    return failure();
  weights = mergeEqualVersions(std::move(weights));
  return success();
}

LogicalResult
ExternalizeWeightsPass::chooseNames(MutableArrayRef<Weight> weights) {
  SmallVector<Weight *> ordered =
      llvm::to_vector(llvm::make_pointer_range(weights));
  llvm::sort(ordered, comesBefore);
  llvm::StringSet<> taken;
  SmallVector<Weight *> later;
  for (Weight *weight : ordered) {
    StringRef name = weight->parameter.empty() ? "constant" : weight->parameter;
    weight->name = name.str();
    if (!taken.insert(name).second)
      later.push_back(weight);
  }
  // Every parameter has its own name before a later version looks for one.
  for (Weight *weight : later) {
    std::string base = weight->name + "_";
    for (unsigned version = 2; !taken.insert(weight->name).second; ++version)
      weight->name = base + std::to_string(version);
  }

  SymbolTable symbols(getOperation());
  for (Weight &weight : weights)
    if (symbols.lookup(weight.name))
      return weight.constants.front().emitError()
             << "cannot become the global '" << weight.name
             << "': the module has a symbol of this name; bind every weight "
                "before writing them";
  return success();
}

LogicalResult ExternalizeWeightsPass::write(ArrayRef<Weight> weights) {
  SafetensorsWriter writer;
  // Loaders of checkpoints look at this entry.
  writer.setMetadata("format", "pt");
  for (const Weight &weight : weights) {
    TensorSpec spec;
    spec.name = weight.name;
    spec.dtype = *getDType(weight.attr.getElementType());
    llvm::append_range(spec.shape, weight.attr.getShapedType().getShape());
    writer.add(std::move(spec), weight.data);
    numBytes += weight.data.size();
  }
  numWritten += weights.size();
  if (llvm::Error error = writer.write(file))
    return mlir::emitError(getOperation().getLoc())
           << toString(std::move(error));
  return success();
}

void ExternalizeWeightsPass::runOnOperation() {
  ModuleOp module = getOperation();
  std::vector<Weight> weights;
  if (file.empty()) {
    mlir::emitError(module.getLoc(),
                    "quant-externalize-weights needs file=FILE.safetensors");
    return signalPassFailure();
  }
  if (failed(collect(weights)) || failed(chooseNames(weights)) ||
      failed(write(weights)))
    return signalPassFailure();

  OpBuilder globals(module.getBodyRegion());
  for (Weight &weight : weights) {
    auto type = cast<RankedTensorType>(weight.attr.getShapedType());
    ml_program::GlobalOp::create(
        globals, weight.constants.front().getLoc(), weight.name, type,
        /*is_mutable=*/false,
        ml_program::ExternAttr::get(module.getContext(), type),
        globals.getStringAttr("private"));
    for (arith::ConstantOp constant : weight.constants) {
      OpBuilder builder(constant);
      auto load = ml_program::GlobalLoadConstOp::create(
          builder, constant.getLoc(), type,
          FlatSymbolRefAttr::get(module.getContext(), weight.name));
      constant.getResult().replaceAllUsesWith(load.getResult());
      constant.erase();
    }
  }
}
