//===- BufferizableOpInterfaceImpl.cpp - bufferization of our ops ---------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Dialect/Quant/Transforms/BufferizableOpInterfaceImpl.h"

#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"

#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/DstBufferizableOpInterfaceImpl.h"

using namespace mlir;
using namespace mlir::bufferization;
using namespace mlir::quantmlir;

namespace {
/// The memref form of each op has the tensor form's operands, attributes and
/// property layout, and no results.
template <typename OpTy>
struct DestinationOpModel
    : DstBufferizableOpInterfaceExternalModel<DestinationOpModel<OpTy>, OpTy> {
  /// Destinations are overwritten, never read.
  bool bufferizesToMemoryRead(Operation *op, OpOperand &operand,
                              const AnalysisState &state) const {
    return !cast<DestinationStyleOpInterface>(op).isDpsInit(&operand);
  }

  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const BufferizationOptions &options,
                          BufferizationState &state) const {
    auto destinationOp = cast<DestinationStyleOpInterface>(op);
    if (destinationOp.hasPureBufferSemantics())
      return success();
    if (!destinationOp.hasPureTensorSemantics())
      return op->emitOpError("mixes tensors and memrefs; bufferization needs "
                             "every operand to be a tensor");

    SmallVector<Value> buffers, destinations;
    for (OpOperand &operand : op->getOpOperands()) {
      FailureOr<Value> buffer =
          getBuffer(rewriter, operand.get(), options, state);
      if (failed(buffer))
        return failure();
      buffers.push_back(*buffer);
      if (destinationOp.isDpsInit(&operand))
        destinations.push_back(*buffer);
    }

    OpBuilder::InsertionGuard guard(rewriter);
    rewriter.setInsertionPoint(op);
    OperationState bufferized(op->getLoc(), op->getName(), buffers, TypeRange(),
                              op->getDiscardableAttrDictionary().getValue());
    bufferized.propertiesAttr = op->getPropertiesAsAttribute();
    for (Region &region : op->getRegions())
      bufferized.addRegion()->takeBody(region);
    rewriter.create(bufferized);
    replaceOpWithBufferizedValues(rewriter, op, destinations);
    return success();
  }
};
} // namespace

void mlir::quantmlir::registerBufferizableOpInterfaceExternalModels(
    DialectRegistry &registry) {
  // Extensions run in the order of their registration: the ops come first.
  registerQuantOps(registry);
  registry.addExtension(+[](MLIRContext *context, quant::QuantDialect *) {
    // A plugin in a tool that has our ops finds another library's classes, with
    // their interfaces, under the names.
    if (!RegisteredOperationName::lookup(TypeID::get<QuantizeOp>(), context))
      return;
    QuantizeOp::attachInterface<DestinationOpModel<QuantizeOp>>(*context);
    MatmulOp::attachInterface<DestinationOpModel<MatmulOp>>(*context);
    GroupMatmulOp::attachInterface<DestinationOpModel<GroupMatmulOp>>(*context);
    QuantizeRowsOp::attachInterface<DestinationOpModel<QuantizeRowsOp>>(
        *context);
    OutlierMatmulOp::attachInterface<DestinationOpModel<OutlierMatmulOp>>(
        *context);
  });
}
