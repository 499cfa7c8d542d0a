//===- KernelEmitter.cpp - loops over pointers for one kernel -------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelEmitter.h"

#include "quant-mlir/Execution/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::quantmlir;

/// Elements of less than a byte take a whole one in memory.
static Type getStorageType(Type type) {
  if (type.isInteger() && type.getIntOrFloatBitWidth() < 8)
    return IntegerType::get(type.getContext(), 8);
  if (type.isIndex())
    return IntegerType::get(type.getContext(), 64);
  return type;
}

static Type getElementType(Value tensor) {
  return cast<RankedTensorType>(tensor.getType()).getElementType();
}

KernelEmitter::KernelEmitter(func::FuncOp kernel,
                             SmallVectorImpl<StringRef> &assertMessages)
    : kernel(kernel), layout(kernel), assertMessages(assertMessages),
      builder(kernel) {}

FailureOr<func::FuncOp> KernelEmitter::emit(StringRef name) {
  Location loc = kernel.getLoc();
  ValueRange returned = kernel.getBody().front().getTerminator()->getOperands();
  unsigned numBuffers = kernel.getNumArguments() + returned.size();
  SmallVector<Type> types(numBuffers,
                          LLVM::LLVMPointerType::get(builder.getContext()));
  types.append(2, builder.getIndexType());
  auto function = func::FuncOp::create(builder, loc, name,
                                       builder.getFunctionType(types, {}));
  Block *entry = function.addEntryBlock();
  for (unsigned i = 0; i < numBuffers; ++i) {
    function.setArgAttr(i, LLVM::LLVMDialect::getNoAliasAttrName(),
                        builder.getUnitAttr());
    Value tensor = i < kernel.getNumArguments()
                       ? kernel.getArgument(i)
                       : returned[i - kernel.getNumArguments()];
    buffers[tensor] = {entry->getArgument(i), /*holdsOneRow=*/false};
  }

  builder.setInsertionPointToStart(entry);
  Value one = LLVM::ConstantOp::create(builder, loc, builder.getI64Type(), 1);
  for (Value value : layout.getStackValues()) {
    Type type = LLVM::LLVMArrayType::get(getStorageType(getElementType(value)),
                                         layout.getRowElements(value));
    Value pointer =
        LLVM::AllocaOp::create(builder, loc, types.front(), type, one, 64);
    buffers[value] = {pointer, /*holdsOneRow=*/true};
  }
  Value step = arith::ConstantIndexOp::create(builder, loc, 1);
  auto rows = scf::ForOp::create(builder, loc, entry->getArgument(numBuffers),
                                 entry->getArgument(numBuffers + 1), step);
  func::ReturnOp::create(builder, loc);
  row = rows.getInductionVar();
  for (Operation *op : layout.getStoredOps()) {
    builder.setInsertionPoint(rows.getBody()->getTerminator());
    if (failed(emitOp(op))) {
      function.erase();
      return failure();
    }
  }
  return function;
}

LogicalResult KernelEmitter::emitOp(Operation *op) {
  KernelOp kernelOp(op);
  for (unsigned i = 0, e = kernelOp.getNumNests(); i < e; ++i) {
    OpBuilder::InsertionGuard guard(builder);
    if (failed(emitNest(kernelOp, i)))
      return failure();
  }
  return success();
}

LogicalResult KernelEmitter::emitNest(const KernelOp &op, unsigned index) {
  Scope scope{op.getNest(index, layout.getNumRows()), {row}};
  scope.variables.resize(scope.nest.space.getNumVariables());
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op.getOperation());
  if (!linalgOp || getCopySource(linalgOp) ||
      linalgOp.getNumReductionLoops() == 0)
    return emitElementwise(op, index, scope);

  // Accumulate in registers, unless the last parallel dimension is the one that
  // is contiguous in memory.
  RowNest::Loop *lastParallel = nullptr;
  for (RowNest::Loop &loop : scope.nest.loops)
    if (!loop.isReduction)
      lastParallel = &loop;
  bool isContiguous = false;
  if (lastParallel && linalgOp.getNumDpsInputs() > 0)
    op.forEachRead(0, scope.nest, [&](Value value, ArrayRef<AffineExpr> at) {
      Access access = resolveViews(scope.nest.space, value, at);
      auto type = cast<RankedTensorType>(access.base.getType());
      AffineExpr position =
          scope.nest.space.linearize(access.indices, type.getShape());
      isContiguous |= LinearForm::get(position).getCoefficient(
                          lastParallel->variable) == 1 &&
                      value == linalgOp.getDpsInputOperand(0)->get();
    });
  scope.variables.resize(scope.nest.space.getNumVariables());
  return isContiguous ? emitMemoryReduction(linalgOp, scope)
                      : emitReduction(linalgOp, scope);
}

void KernelEmitter::openLoops(Scope &scope, ArrayRef<RowNest::Loop> loops) {
  Location loc = kernel.getLoc();
  Value zero, one;
  for (const RowNest::Loop &loop : loops) {
    if (!zero) {
      zero = arith::ConstantIndexOp::create(builder, loc, 0);
      one = arith::ConstantIndexOp::create(builder, loc, 1);
    }
    Value extent = arith::ConstantIndexOp::create(builder, loc, loop.extent);
    auto forOp = scf::ForOp::create(builder, loc, zero, extent, one);
    scope.variables[cast<AffineDimExpr>(loop.variable).getPosition()] =
        forOp.getInductionVar();
    builder.setInsertionPointToStart(forOp.getBody());
  }
}

LogicalResult KernelEmitter::emitElementwise(const KernelOp &op, unsigned index,
                                             Scope &scope) {
  auto insert = dyn_cast<tensor::InsertSliceOp>(op.getOperation());
  if (insert && index == 0 && insert.getDest().getDefiningOp<tensor::EmptyOp>())
    return success();
  openLoops(scope, scope.nest.loops);
  SmallVector<Value> elements;
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op.getOperation());
  if (linalgOp && !getCopySource(linalgOp)) {
    FailureOr<SmallVector<Value>> results = emitBody(linalgOp, scope, {});
    if (failed(results))
      return failure();
    elements = *results;
  } else {
    Value source;
    SmallVector<AffineExpr> at;
    op.forEachRead(index, scope.nest,
                   [&](Value value, ArrayRef<AffineExpr> indices) {
                     source = value;
                     at.assign(indices.begin(), indices.end());
                   });
    FailureOr<Value> element = emitElement(source, at, scope);
    if (failed(element))
      return failure();
    elements.push_back(*element);
  }
  for (auto [i, element] : llvm::enumerate(elements))
    emitStore(element, op.getOperation()->getResult(i),
              op.getResultIndices(index, scope.nest, i), scope);
  return success();
}

static SmallVector<AffineExpr>
getIndices(linalg::LinalgOp op, OpOperand *operand, const RowNest &nest) {
  SmallVector<AffineExpr> indices;
  for (AffineExpr result : op.getMatchingIndexingMap(operand).getResults())
    indices.push_back(nest.space.simplify(result.replaceDims(nest.iterators)));
  return indices;
}

/// Lets a float sum or product be computed in any order.
static void allowReassociation(Value result) {
  if (auto add = result.getDefiningOp<arith::AddFOp>())
    add.setFastmath(arith::FastMathFlags::reassoc);
  else if (auto mul = result.getDefiningOp<arith::MulFOp>())
    mul.setFastmath(arith::FastMathFlags::reassoc);
}

LogicalResult KernelEmitter::emitReduction(linalg::LinalgOp op, Scope &scope) {
  Location loc = kernel.getLoc();
  ArrayRef<RowNest::Loop> loops = scope.nest.loops;
  unsigned numParallel = llvm::count_if(
      loops, [](const RowNest::Loop &loop) { return !loop.isReduction; });
  openLoops(scope, loops.take_front(numParallel));
  SmallVector<Value> accumulators;
  for (OpOperand &init : op.getDpsInitsMutable()) {
    FailureOr<Value> element =
        emitElement(init.get(), getIndices(op, &init, scope.nest), scope);
    if (failed(element))
      return failure();
    accumulators.push_back(*element);
  }
  Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
  Value one = arith::ConstantIndexOp::create(builder, loc, 1);
  scf::ForOp outermost;
  SmallVector<Value> results = accumulators;
  for (const RowNest::Loop &loop : loops.drop_front(numParallel)) {
    Value extent = arith::ConstantIndexOp::create(builder, loc, loop.extent);
    auto forOp =
        scf::ForOp::create(builder, loc, zero, extent, one, accumulators);
    if (outermost)
      scf::YieldOp::create(builder, loc, forOp.getResults());
    else
      outermost = forOp;
    accumulators.assign(forOp.getRegionIterArgs().begin(),
                        forOp.getRegionIterArgs().end());
    scope.variables[cast<AffineDimExpr>(loop.variable).getPosition()] =
        forOp.getInductionVar();
    builder.setInsertionPointToStart(forOp.getBody());
  }
  FailureOr<SmallVector<Value>> yielded = emitBody(op, scope, accumulators);
  if (failed(yielded))
    return failure();
  results = *yielded;
  if (outermost) {
    llvm::for_each(results, allowReassociation);
    scf::YieldOp::create(builder, loc, results);
    builder.setInsertionPointAfter(outermost);
    results.assign(outermost.result_begin(), outermost.result_end());
  }
  for (auto [i, result] : llvm::enumerate(results))
    emitStore(result, op->getResult(i),
              getIndices(op, op.getDpsInitOperand(i), scope.nest), scope);
  return success();
}

LogicalResult KernelEmitter::emitMemoryReduction(linalg::LinalgOp op,
                                                 Scope &scope) {
  SmallVector<RowNest::Loop> parallel, reductions;
  for (const RowNest::Loop &loop : scope.nest.loops)
    (loop.isReduction ? reductions : parallel).push_back(loop);
  {
    OpBuilder::InsertionGuard guard(builder);
    openLoops(scope, parallel);
    for (auto [i, init] : llvm::enumerate(op.getDpsInitsMutable())) {
      SmallVector<AffineExpr> at = getIndices(op, &init, scope.nest);
      FailureOr<Value> element = emitElement(init.get(), at, scope);
      if (failed(element))
        return failure();
      emitStore(*element, op->getResult(i), at, scope);
    }
  }
  openLoops(scope, reductions);
  openLoops(scope, parallel);
  SmallVector<Value> accumulators;
  for (auto [i, init] : llvm::enumerate(op.getDpsInitsMutable())) {
    FailureOr<Value> element =
        emitElement(op->getResult(i), getIndices(op, &init, scope.nest), scope);
    accumulators.push_back(*element);
  }
  FailureOr<SmallVector<Value>> results = emitBody(op, scope, accumulators);
  if (failed(results))
    return failure();
  for (auto [i, result] : llvm::enumerate(*results))
    emitStore(result, op->getResult(i),
              getIndices(op, op.getDpsInitOperand(i), scope.nest), scope);
  return success();
}

FailureOr<SmallVector<Value>>
KernelEmitter::emitBody(linalg::LinalgOp op, Scope &scope,
                        ArrayRef<Value> accumulators) {
  Block *body = op.getBlock();
  IRMapping mapping;
  for (OpOperand &operand : op->getOpOperands()) {
    BlockArgument argument = op.getMatchingBlockArgument(&operand);
    if (argument.use_empty())
      continue;
    FailureOr<Value> value;
    if (op.isDpsInit(&operand) && !accumulators.empty())
      value = accumulators[operand.getOperandNumber() - op.getNumDpsInputs()];
    else if (isa<RankedTensorType>(operand.get().getType()))
      value = emitElement(operand.get(), getIndices(op, &operand, scope.nest),
                          scope);
    else
      value = emitScalar(operand.get());
    if (failed(value))
      return failure();
    mapping.map(argument, *value);
  }
  for (Operation &inner : body->without_terminator()) {
    FailureOr<Value> value = emitBodyOp(inner, mapping, scope);
    if (failed(value))
      return failure();
    if (*value)
      mapping.map(inner.getResult(0), *value);
  }
  SmallVector<Value> results;
  for (Value yielded : body->getTerminator()->getOperands()) {
    FailureOr<Value> value = mapping.contains(yielded)
                                 ? FailureOr<Value>(mapping.lookup(yielded))
                                 : emitScalar(yielded);
    if (failed(value))
      return failure();
    results.push_back(*value);
  }
  return results;
}

/// Emits one op of a linalg body. The value is null for an op without results,
/// or with several, which are mapped already.
FailureOr<Value> KernelEmitter::emitBodyOp(Operation &op, IRMapping &mapping,
                                           Scope &scope) {
  if (auto index = dyn_cast<linalg::IndexOp>(op))
    return emitIndex(scope.nest.iterators[index.getDim()], scope);
  for (Value operand : op.getOperands()) {
    if (mapping.contains(operand) || isa<RankedTensorType>(operand.getType()))
      continue;
    FailureOr<Value> scalar = emitScalar(operand);
    if (failed(scalar))
      return failure();
    mapping.map(operand, *scalar);
  }
  if (auto extract = dyn_cast<tensor::ExtractOp>(op))
    return emitExtract(extract, mapping, scope);
  if (auto assert = dyn_cast<cf::AssertOp>(op)) {
    emitAssert(assert, mapping);
    return Value();
  }
  builder.clone(op, mapping)->setLoc(kernel.getLoc());
  return Value();
}

AffineExpr KernelEmitter::bind(Value index, int64_t extent, Scope &scope) {
  // An index out of bounds has failed an assertion; the load must not.
  Location loc = kernel.getLoc();
  Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
  Value last = arith::ConstantIndexOp::create(builder, loc, extent - 1);
  Value low = arith::MaxSIOp::create(builder, loc, index, zero);
  scope.variables.push_back(arith::MinSIOp::create(builder, loc, low, last));
  return scope.nest.space.addVariable(extent);
}

FailureOr<Value> KernelEmitter::emitExtract(tensor::ExtractOp op,
                                            IRMapping &mapping, Scope &scope) {
  SmallVector<AffineExpr> indices;
  ArrayRef<int64_t> shape = op.getTensor().getType().getShape();
  for (auto [index, extent] : llvm::zip_equal(op.getIndices(), shape)) {
    std::optional<AffineExpr> known = getStaticIndex(index, extent, scope.nest);
    indices.push_back(known ? *known
                            : bind(mapping.lookup(index), extent, scope));
  }
  return emitElement(op.getTensor(), indices, scope);
}

void KernelEmitter::emitAssert(cf::AssertOp op, IRMapping &mapping) {
  Location loc = kernel.getLoc();
  auto *known = llvm::find(assertMessages, op.getMsg());
  int64_t number = known - assertMessages.begin();
  if (known == assertMessages.end())
    assertMessages.push_back(op.getMsg());
  Value yes = arith::ConstantIntOp::create(builder, loc, 1, 1);
  Value fails =
      arith::XOrIOp::create(builder, loc, mapping.lookup(op.getArg()), yes);
  auto ifOp = scf::IfOp::create(builder, loc, fails, /*withElse=*/false);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(ifOp.thenBlock());
  Value argument = arith::ConstantIntOp::create(builder, loc, number, 64);
  func::CallOp::create(builder, loc, assertFunctionName, TypeRange(),
                       ValueRange(argument));
}

FailureOr<Value> KernelEmitter::emitElement(Value value,
                                            ArrayRef<AffineExpr> indices,
                                            Scope &scope) {
  Location loc = kernel.getLoc();
  Access access = resolveViews(scope.nest.space, value, indices);
  if (buffers.contains(access.base)) {
    Type type = getElementType(access.base);
    Value address = emitAddress(access.base, access.indices, scope);
    Value loaded =
        LLVM::LoadOp::create(builder, loc, getStorageType(type), address);
    if (type.isIndex())
      return Value(arith::IndexCastOp::create(builder, loc, type, loaded));
    if (loaded.getType() != type)
      return Value(arith::TruncIOp::create(builder, loc, type, loaded));
    return loaded;
  }
  Operation *op = access.base.getDefiningOp();
  DenseElementsAttr splat;
  if (matchPattern(op, m_Constant(&splat)) && splat.isSplat())
    return Value(arith::ConstantOp::create(builder, loc,
                                           splat.getSplatValue<TypedAttr>()));
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  if (!linalgOp)
    return op->emitError("cannot be computed in a kernel of the CPU path");

  // The op's iterators at the element that is wanted.
  Scope inner{RowNest(kernel.getContext()), scope.variables};
  inner.nest.space = scope.nest.space;
  inner.nest.iterators.resize(linalgOp.getNumLoops(),
                              scope.nest.space.constant(0));
  AffineMap map =
      linalgOp.getMatchingIndexingMap(linalgOp.getDpsInitOperand(0));
  for (auto [result, index] : llvm::zip_equal(map.getResults(), access.indices))
    if (auto dim = dyn_cast<AffineDimExpr>(result))
      inner.nest.iterators[dim.getPosition()] = index;
  FailureOr<SmallVector<Value>> results = emitBody(linalgOp, inner, {});
  if (failed(results))
    return failure();
  return results->front();
}

FailureOr<Value> KernelEmitter::emitScalar(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op)
    return mlir::emitError(kernel.getLoc())
           << "kernel '" << kernel.getName()
           << "' takes a scalar argument; the CPU path passes tensors only";
  IRMapping mapping;
  Scope scope{RowNest(kernel.getContext()), {row}};
  scope.nest.space.addVariable(layout.getNumRows());
  FailureOr<Value> emitted = emitBodyOp(*op, mapping, scope);
  if (failed(emitted))
    return failure();
  return *emitted ? *emitted : mapping.lookup(value);
}

/// Index expressions are never negative.
Value KernelEmitter::emitIndex(AffineExpr expr, const Scope &scope) {
  Location loc = kernel.getLoc();
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return scope.variables[dim.getPosition()];
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return arith::ConstantIndexOp::create(builder, loc, constant.getValue());
  auto binary = cast<AffineBinaryOpExpr>(expr);
  Value lhs = emitIndex(binary.getLHS(), scope);
  Value rhs = emitIndex(binary.getRHS(), scope);
  switch (binary.getKind()) {
  case AffineExprKind::Add:
    return arith::AddIOp::create(builder, loc, lhs, rhs);
  case AffineExprKind::Mul:
    return arith::MulIOp::create(builder, loc, lhs, rhs);
  case AffineExprKind::FloorDiv:
    return arith::DivUIOp::create(builder, loc, lhs, rhs);
  case AffineExprKind::Mod:
    return arith::RemUIOp::create(builder, loc, lhs, rhs);
  default:
    llvm_unreachable("index expressions use add, mul, floordiv and mod");
  }
}

Value KernelEmitter::emitAddress(Value tensor, ArrayRef<AffineExpr> indices,
                                 const Scope &scope) {
  Location loc = kernel.getLoc();
  Buffer buffer = buffers.lookup(tensor);
  AffineExpr position = scope.nest.space.linearize(
      indices, cast<RankedTensorType>(tensor.getType()).getShape());
  if (buffer.holdsOneRow)
    position = scope.nest.space.mod(position, layout.getRowElements(tensor));
  Value index = arith::IndexCastOp::create(builder, loc, builder.getI64Type(),
                                           emitIndex(position, scope));
  return LLVM::GEPOp::create(builder, loc, buffer.pointer.getType(),
                             getStorageType(getElementType(tensor)),
                             buffer.pointer, ArrayRef<LLVM::GEPArg>{index},
                             LLVM::GEPNoWrapFlags::inbounds);
}

void KernelEmitter::emitStore(Value element, Value tensor,
                              ArrayRef<AffineExpr> indices,
                              const Scope &scope) {
  Location loc = kernel.getLoc();
  Type storage = getStorageType(element.getType());
  if (element.getType().isIndex())
    element = arith::IndexCastOp::create(builder, loc, storage, element);
  else if (storage != element.getType() && element.getType().isInteger(1))
    element = arith::ExtUIOp::create(builder, loc, storage, element);
  else if (storage != element.getType())
    element = arith::ExtSIOp::create(builder, loc, storage, element);
  LLVM::StoreOp::create(builder, loc, element,
                        emitAddress(tensor, indices, scope));
}
