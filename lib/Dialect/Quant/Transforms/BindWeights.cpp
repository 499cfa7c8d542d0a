//===- BindWeights.cpp - external globals become constants ----------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Dialect/Quant/Transforms/Passes.h"
#include "quant-mlir/Dialect/Quant/Utils/Linears.h"
#include "quant-mlir/Dialect/Quant/Utils/StoredTensors.h"
#include "quant-mlir/Target/Safetensors.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"

namespace mlir::quantmlir {
#define GEN_PASS_DEF_QUANTBINDWEIGHTS
#include "quant-mlir/Dialect/Quant/Transforms/Passes.h.inc"
} // namespace mlir::quantmlir

using namespace mlir;
using namespace mlir::quantmlir;

namespace {
/// An external global, what loads it, and the data that it will have.
struct Binding {
  ml_program::GlobalOp global;
  SmallVector<ml_program::GlobalLoadConstOp> loads;
  const StoredTensor *tensor = nullptr;
};

struct BindWeightsPass
    : quantmlir::impl::QuantBindWeightsBase<BindWeightsPass> {
  using QuantBindWeightsBase::QuantBindWeightsBase;

  void runOnOperation() override;
};
} // namespace

/// The external globals of `module` in its order.
static SmallVector<Binding> collectBindings(ModuleOp module) {
  SmallVector<Binding> bindings;
  llvm::StringMap<size_t> indices;
  for (auto global : module.getOps<ml_program::GlobalOp>()) {
    if (!isa_and_nonnull<ml_program::ExternAttr>(
            global.getValue().value_or(Attribute())) ||
        global.getIsMutable())
      continue;
    indices[global.getSymName()] = bindings.size();
    bindings.push_back({global, {}, nullptr});
  }
  module.walk([&](ml_program::GlobalLoadConstOp load) {
    auto it = indices.find(load.getGlobal().getLeafReference());
    if (it != indices.end())
      bindings[it->second].loads.push_back(load);
  });
  return bindings;
}

/// Finds each global's tensor. One wrong file gives one message.
static LogicalResult findTensors(MutableArrayRef<Binding> bindings,
                                 const SafetensorsFile &file) {
  Operation *firstMissing = nullptr;
  size_t numMissing = 0;
  for (Binding &binding : bindings) {
    binding.tensor = file.lookup(binding.global.getSymName());
    if (binding.tensor)
      continue;
    if (!firstMissing)
      firstMissing = binding.global;
    ++numMissing;
  }
  if (!firstMissing)
    return success();
  InFlightDiagnostic error = firstMissing->emitError()
                             << "no tensor of this name in '" << file.getPath()
                             << "'";
  if (numMissing > 1)
    error << ", nor " << numMissing - 1 << " others of " << bindings.size();
  return error << "; give the file that was made with this module";
}

void BindWeightsPass::runOnOperation() {
  ModuleOp module = getOperation();
  if (file.empty()) {
    mlir::emitError(module.getLoc(),
                    "quant-bind-weights needs file=FILE.safetensors");
    return signalPassFailure();
  }
  auto weights = SafetensorsFile::open(file);
  if (!weights) {
    mlir::emitError(module.getLoc()) << toString(weights.takeError());
    return signalPassFailure();
  }

  SmallVector<Binding> bindings = collectBindings(module);
  SmallVector<Binding> unused;
  llvm::copy_if(bindings, std::back_inserter(unused), [&](Binding &binding) {
    return binding.loads.empty() &&
           SymbolTable::symbolKnownUseEmpty(binding.global, module);
  });
  llvm::erase_if(bindings, [](Binding &b) { return b.loads.empty(); });
  if (failed(findTensors(bindings, **weights)))
    return signalPassFailure();

  SmallVector<DenseResourceElementsAttr> resources;
  for (Binding &binding : bindings) {
    auto type = dyn_cast<RankedTensorType>(binding.global.getType());
    auto resource = type ? makeResource(*binding.tensor, type, *weights)
                         : llvm::createStringError("it is not a ranked tensor");
    if (!resource) {
      binding.global.emitError()
          << "'" << file << "': " << toString(resource.takeError());
      return signalPassFailure();
    }
    resources.push_back(*resource);
  }

  for (auto [binding, resource] : llvm::zip_equal(bindings, resources)) {
    for (ml_program::GlobalLoadConstOp load : binding.loads) {
      OpBuilder builder(load);
      load.getResult().replaceAllUsesWith(
          arith::ConstantOp::create(builder, load.getLoc(), resource));
      load.erase();
    }
    binding.global.erase();
    ++numBound;
  }
  for (Binding &binding : unused) {
    binding.global.erase();
    ++numUnused;
  }
  foldWeightTransposes(module);
}
