//===- Plan.cpp - a function as a list of steps ---------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Plan.h"

#include "Access.h"
#include "Clustering.h"
#include "quant-mlir/Conversion/Passes.h"
#include "quant-mlir/Execution/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/Support/ScopedPrinter.h"

using namespace mlir;
using namespace mlir::quantmlir;

static int64_t getElementBytes(Type elementType) {
  if (elementType.isIndex())
    return 8;
  return llvm::divideCeil(elementType.getIntOrFloatBitWidth(), 8);
}

static int64_t getBytes(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  return type.getNumElements() * getElementBytes(type.getElementType());
}

namespace {
class Planner {
public:
  Planner(func::FuncOp function, ModuleOp device, const WeightProvider &weights,
          bool cacheConstants)
      : function(function), device(device), weights(weights),
        cacheConstants(cacheConstants) {}

  llvm::Expected<Plan> run();

private:
  llvm::Error planOp(Operation &op);
  llvm::Error addConstant(Operation &op, RankedTensorType type, Attribute attr,
                          StringRef name);
  llvm::Error planConstant(Operation &op);
  llvm::Error planLoad(ml_program::GlobalLoadConstOp op);
  llvm::Error planCall(func::CallOp op);
  llvm::Expected<func::FuncOp> getDeviceFunction(func::CallOp op);
  llvm::Expected<std::optional<DeviceRows>>
  getDeviceRows(func::CallOp op, func::FuncOp callee, unsigned number);
  llvm::Error planDeviceCall(func::CallOp op);
  llvm::Error planProduct(linalg::LinalgOp op);
  llvm::Error planReturn(func::ReturnOp op);

  llvm::Error fail(Operation &op, const Twine &message);
  unsigned addBuffer(Value value, Buffer buffer);
  llvm::Expected<Place> getPlace(Value value);
  llvm::Expected<unsigned> getBase(Value base);
  /// Makes buffers for the results of a step that reads `operands`, and says
  /// whether it is initial.
  bool addResults(Operation &op, ArrayRef<unsigned> operands);
  void addStep(Step step, bool isInitial) {
    (isInitial ? plan.initialSteps : plan.steps).push_back(std::move(step));
  }
  ProductStep::Operand getOperand(const GemmOperand &operand, unsigned buffer) {
    return {buffer, operand.offsets, operand.rowStride, operand.columnStride};
  }

  func::FuncOp function;
  ModuleOp device;
  const WeightProvider &weights;
  bool cacheConstants;
  Plan plan;
  DenseMap<Value, unsigned> buffers;
};
} // namespace

llvm::Error Planner::fail(Operation &op, const Twine &message) {
  return llvm::createStringError("'" + op.getName().getStringRef() +
                                 "': " + message);
}

unsigned Planner::addBuffer(Value value, Buffer buffer) {
  buffer.bytes = getBytes(value);
  buffers[value] = plan.buffers.size();
  plan.buffers.push_back(buffer);
  return plan.buffers.size() - 1;
}

llvm::Expected<unsigned> Planner::getBase(Value base) {
  auto it = buffers.find(base);
  if (it != buffers.end())
    return it->second;
  Operation *op = base.getDefiningOp();
  return fail(op ? *op : *function, "has no buffer on the CPU path");
}

llvm::Expected<Place> Planner::getPlace(Value value) {
  std::optional<int64_t> offset = getContiguousOffset(value);
  if (!offset)
    return fail(*value.getDefiningOp(), "is not contiguous on the CPU path");
  llvm::Expected<unsigned> buffer = getBase(getViewBase(value));
  if (!buffer)
    return buffer.takeError();
  Type type = cast<RankedTensorType>(value.getType()).getElementType();
  return Place{*buffer, *offset * getElementBytes(type)};
}

bool Planner::addResults(Operation &op, ArrayRef<unsigned> operands) {
  bool isInitial =
      cacheConstants && llvm::all_of(operands, [&](unsigned operand) {
        Buffer::Kind kind = plan.buffers[operand].kind;
        return kind == Buffer::Kind::constant || kind == Buffer::Kind::cached ||
               kind == Buffer::Kind::initial;
      });
  for (Value result : op.getResults())
    addBuffer(result,
              {isInitial ? Buffer::Kind::initial : Buffer::Kind::arena});
  // What a run reads of the initial values is kept.
  if (!isInitial)
    for (unsigned operand : operands)
      if (plan.buffers[operand].kind == Buffer::Kind::initial)
        plan.buffers[operand].kind = Buffer::Kind::cached;
  return isInitial;
}

/// Row-major elements of a constant whose storage is not that: splats, and
/// elements of less than a byte.
static std::unique_ptr<char[]> expandConstant(DenseElementsAttr elements,
                                              int64_t bytes) {
  auto storage = std::make_unique<char[]>(bytes);
  Type type = elements.getElementType();
  int64_t elementBytes = getElementBytes(type);
  if (elements.isSplat() && type.getIntOrFloatBitWidth() >= 8) {
    for (int64_t i = 0; i < bytes; i += elementBytes)
      std::memcpy(&storage[i], elements.getRawData().data(), elementBytes);
    return storage;
  }
  for (auto [i, value] : llvm::enumerate(elements.getValues<APInt>()))
    storage[i] =
        type.isInteger(1) ? value.getZExtValue() : value.getSExtValue();
  return storage;
}

/// Makes a buffer of a constant tensor.
llvm::Error Planner::addConstant(Operation &op, RankedTensorType type,
                                 Attribute attr, StringRef name) {
  Value result = op.getResult(0);
  if (Type given = cast<TypedAttr>(attr).getType(); given != type)
    return fail(op, "reads " + llvm::to_string(type) + ", but the value is " +
                        llvm::to_string(given));
  Buffer buffer{Buffer::Kind::constant};
  buffer.name = name;
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(attr)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob ||
        static_cast<int64_t>(blob->getData().size()) < getBytes(result))
      return fail(op, "resource '" + resource.getRawHandle().getKey() +
                          "' has no data for " + llvm::to_string(type));
    buffer.data = blob->getData().data();
  } else {
    auto elements = dyn_cast<DenseElementsAttr>(attr);
    if (!elements)
      return fail(op, "only dense constants run on the CPU path");
    bool isStored = !elements.isSplat() && !type.getElementType().isIndex() &&
                    type.getElementTypeBitWidth() >= 8;
    if (isStored) {
      buffer.data = elements.getRawData().data();
    } else {
      plan.ownedConstants.push_back(expandConstant(elements, getBytes(result)));
      buffer.data = plan.ownedConstants.back().get();
    }
  }
  addBuffer(result, buffer);
  return llvm::Error::success();
}

llvm::Error Planner::planConstant(Operation &op) {
  auto type = dyn_cast<RankedTensorType>(op.getResult(0).getType());
  if (!type || op.use_empty())
    return llvm::Error::success();
  return addConstant(op, type, cast<arith::ConstantOp>(op).getValue(),
                     /*name=*/"");
}

/// A weight of the caller, unless the global has a value of its own.
llvm::Error Planner::planLoad(ml_program::GlobalLoadConstOp op) {
  StringRef name = op.getGlobal().getLeafReference().getValue();
  auto type = dyn_cast<RankedTensorType>(op.getType());
  if (!type || !type.hasStaticShape())
    return fail(*op, "'" + name + "' is no tensor of static shape");
  // The verifier has seen that there is one.
  auto global = SymbolTable::lookupNearestSymbolFrom<ml_program::GlobalOp>(
      op, op.getGlobalAttr());
  if (Attribute value = global.getValue().value_or(Attribute());
      isa_and_nonnull<ElementsAttr>(value))
    return addConstant(*op, type, value, name);
  if (!weights)
    return fail(*op, "'" + name +
                         "' has no value and no weights are given; bind it "
                         "with quant-bind-weights");
  llvm::Expected<const void *> data = weights(name, type);
  if (!data)
    return data.takeError();
  addBuffer(op.getResult(), {Buffer::Kind::constant, 0, 0, *data, name});
  return llvm::Error::success();
}

llvm::Error Planner::planCall(func::CallOp op) {
  if (auto observer = op->getAttrOfType<StringAttr>(observerAttrName)) {
    auto type = cast<RankedTensorType>(op.getOperand(0).getType());
    if (!type.getElementType().isF32())
      return fail(*op, "observers see f32");
    llvm::Expected<Place> place = getPlace(op.getOperand(0));
    if (!place)
      return place.takeError();
    if (plan.buffers[place->buffer].kind == Buffer::Kind::initial)
      plan.buffers[place->buffer].kind = Buffer::Kind::cached;
    int64_t channels = type.getShape().back();
    if (type.getNumElements() == 0)
      return llvm::Error::success();
    plan.steps.push_back(ObserveStep{
        observer.str(), *place, type.getNumElements() / channels, channels});
    return llvm::Error::success();
  }
  if (op->hasAttr(deviceAttrName))
    return planDeviceCall(op);
  auto kernel = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
      op, op.getCalleeAttr());
  auto rows =
      kernel ? kernel->getAttrOfType<IntegerAttr>(rowsAttrName) : IntegerAttr();
  if (!rows)
    return fail(*op, "'" + op.getCallee() + "' is no kernel");
  KernelStep step{kernel.getName(), {}, rows.getInt(), 0};
  for (Value operand : op.getOperands()) {
    llvm::Expected<unsigned> buffer = getBase(operand);
    if (!buffer)
      return buffer.takeError();
    step.buffers.push_back(*buffer);
  }
  bool isInitial = addResults(*op, step.buffers);
  for (Value result : op.getResults()) {
    step.buffers.push_back(buffers.lookup(result));
    auto type = cast<RankedTensorType>(result.getType());
    step.rowElements += type.getNumElements() / step.rows;
  }
  addStep(std::move(step), isInitial);
  return llvm::Error::success();
}

/// The code of a device call, which takes and gives what the call does: a
/// declaration knows less, and need not be true.
llvm::Expected<func::FuncOp> Planner::getDeviceFunction(func::CallOp op) {
  auto callee = device ? device.lookupSymbol<func::FuncOp>(op.getCallee())
                       : func::FuncOp();
  if (!callee || callee.isDeclaration())
    return fail(*op, "'" + op.getCallee() +
                         "' has no device code in the module; give what "
                         "quant-outline-device-code made of it, or the module "
                         "before that");
  auto isStatic = [](Type type) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    return tensor && tensor.hasStaticShape();
  };
  if (!llvm::all_of(op->getOperandTypes(), isStatic) ||
      !llvm::all_of(op->getResultTypes(), isStatic))
    return fail(*op, "'" + op.getCallee() +
                         "' is device code, which takes and gives tensors of "
                         "static shape");
  if (callee.getFunctionType() != op.getCalleeType())
    return fail(*op, "'" + op.getCallee() + "' is called as " +
                         llvm::to_string(op.getCalleeType()) +
                         ", but its device code is " +
                         llvm::to_string(callee.getFunctionType()));
  return callee;
}

/// How device memory holds what a function takes there: codes in rows if it has
/// such a layout for them, otherwise all bytes in one. Nothing for what it
/// takes from the host.
llvm::Expected<std::optional<DeviceRows>>
Planner::getDeviceRows(func::CallOp op, func::FuncOp callee, unsigned number) {
  bool onDevice =
      static_cast<bool>(callee.getArgAttr(number, onDeviceAttrName));
  Attribute layout = callee.getArgAttr(
      number, bufferization::BufferizationDialect::kBufferLayoutAttrName);
  int64_t bytes = getBytes(op.getOperand(number));
  if (!layout)
    return onDevice ? std::optional(DeviceRows{1, bytes, bytes}) : std::nullopt;
  auto type = cast<RankedTensorType>(op.getOperand(number).getType());
  auto rows = dyn_cast<StridedLayoutAttr>(layout);
  bool isKnown =
      onDevice && rows && rows.getOffset() == 0 && type.getRank() == 2 &&
      type.getElementType().isInteger(8) && rows.getStrides().size() == 2 &&
      rows.getStrides()[0] >= type.getDimSize(1) && rows.getStrides()[1] == 1;
  if (!isKnown)
    return fail(*op, "operand " + Twine(number) + " is " +
                         llvm::to_string(type) + " with the layout " +
                         llvm::to_string(layout) +
                         "; only 8-bit codes in device memory have one, which "
                         "is strided<[pitch, 1]> of a pitch of their columns "
                         "or more");
  return DeviceRows{type.getDimSize(0), type.getDimSize(1),
                    rows.getStrides()[0]};
}

llvm::Error Planner::planDeviceCall(func::CallOp op) {
  DeviceStep step{op.getCallee(), {}, {}};
  llvm::Expected<func::FuncOp> callee = getDeviceFunction(op);
  if (!callee)
    return callee.takeError();
  SmallVector<unsigned> operands;
  for (auto [index, operand] : llvm::enumerate(op.getOperands())) {
    llvm::Expected<Place> place = getPlace(operand);
    if (!place)
      return place.takeError();
    auto number = static_cast<unsigned>(index);
    llvm::Expected<std::optional<DeviceRows>> rows =
        getDeviceRows(op, *callee, number);
    if (!rows)
      return rows.takeError();
    if (*rows && plan.buffers[place->buffer].kind != Buffer::Kind::constant)
      return fail(*op, "operand " + Twine(number) +
                           " is no constant, so it "
                           "cannot stay on the device");
    step.places.push_back(*place);
    step.onDevice.push_back(*rows);
    operands.push_back(place->buffer);
  }
  bool isInitial = addResults(*op, operands);
  for (Value result : op.getResults())
    step.places.push_back({buffers.lookup(result)});
  step.onDevice.resize(step.places.size());
  addStep(std::move(step), isInitial);
  return llvm::Error::success();
}

llvm::Error Planner::planProduct(linalg::LinalgOp op) {
  SmallVector<OpOperand *> unfolded;
  std::optional<Gemm> gemm =
      isGemm(op) ? getGemm(op, unfolded) : std::optional<Gemm>();
  if (!gemm)
    return fail(*op, "was not outlined; run quant-outline-kernels");
  llvm::Expected<unsigned> a = getBase(gemm->a.base);
  if (!a)
    return a.takeError();
  llvm::Expected<unsigned> b = getBase(gemm->b.base);
  if (!b)
    return b.takeError();
  SmallVector<unsigned> operands = {*a, *b};
  std::optional<Place> init;
  if (gemm->init) {
    llvm::Expected<Place> place = getPlace(gemm->init);
    if (!place)
      return place.takeError();
    init = *place;
    operands.push_back(place->buffer);
  }
  bool isInitial = addResults(*op, operands);
  unsigned c = buffers.lookup(op->getResult(0));
  if (init)
    addStep(CopyStep{*init, {c}, plan.buffers[c].bytes}, isInitial);
  ProductStep step{!cast<RankedTensorType>(op->getResult(0).getType())
                        .getElementType()
                        .isF32(),
                   init.has_value(),
                   gemm->m,
                   gemm->n,
                   gemm->k,
                   getOperand(gemm->a, *a),
                   getOperand(gemm->b, *b),
                   getOperand(gemm->c, c)};
  addStep(std::move(step), isInitial);
  return llvm::Error::success();
}

/// A result that a step computes whole is written where the caller wants it.
llvm::Error Planner::planReturn(func::ReturnOp op) {
  for (auto [number, operand] : llvm::enumerate(op.getOperands())) {
    llvm::Expected<Place> place = getPlace(operand);
    if (!place)
      return place.takeError();
    Buffer &source = plan.buffers[place->buffer];
    Buffer result{Buffer::Kind::result, getBytes(operand),
                  static_cast<int64_t>(number)};
    if (source.kind == Buffer::Kind::arena && source.bytes == result.bytes) {
      source = result;
      continue;
    }
    if (source.kind == Buffer::Kind::initial)
      source.kind = Buffer::Kind::cached;
    plan.buffers.push_back(result);
    plan.steps.push_back(
        CopyStep{*place,
                 {static_cast<unsigned>(plan.buffers.size() - 1)},
                 result.bytes});
  }
  return llvm::Error::success();
}

llvm::Error Planner::planOp(Operation &op) {
  if (op.hasTrait<OpTrait::ConstantLike>())
    return planConstant(op);
  if (auto load = dyn_cast<ml_program::GlobalLoadConstOp>(op))
    return planLoad(load);
  if (auto call = dyn_cast<func::CallOp>(op))
    return planCall(call);
  if (auto returnOp = dyn_cast<func::ReturnOp>(op))
    return planReturn(returnOp);
  if (isRecomputed(&op))
    return llvm::Error::success();
  if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op))
    return planProduct(linalgOp);
  return fail(op, "cannot run on the CPU path; lower it to linalg on tensors "
                  "of static shape first");
}

llvm::Expected<Plan> Planner::run() {
  for (BlockArgument argument : function.getArguments())
    addBuffer(argument, {Buffer::Kind::argument, 0,
                         static_cast<int64_t>(argument.getArgNumber())});
  for (Operation &op : function.getBody().front())
    if (llvm::Error error = planOp(op))
      return std::move(error);
  assignArena(plan);
  for (const Buffer &buffer : plan.buffers)
    if (buffer.kind == Buffer::Kind::cached)
      plan.cachedBytes += buffer.bytes;
  return std::move(plan);
}

llvm::Expected<Plan> quantmlir::makePlan(func::FuncOp function, ModuleOp device,
                                         const WeightProvider &weights,
                                         bool cacheConstants) {
  return Planner(function, device, weights, cacheConstants).run();
}
