//===- QuantToNVGPU.cpp - quant ops on memrefs to GPU kernels -------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DeviceRows.h"
#include "FindEpilogue.h"
#include "TensorMaps.h"

#include "quant-mlir/Conversion/Passes.h"
#include "quant-mlir/Conversion/QuantToNVGPU/Chips.h"
#include "quant-mlir/Conversion/QuantToNVGPU/CodeRows.h"
#include "quant-mlir/Conversion/QuantToNVGPU/Kernels.h"
#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Remarks.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/SetVector.h"

namespace mlir::quantmlir {
#define GEN_PASS_DEF_CONVERTQUANTTONVGPU
#include "quant-mlir/Conversion/Passes.h.inc"
} // namespace mlir::quantmlir

using namespace mlir;
using namespace mlir::quantmlir;

static constexpr StringLiteral passName = "convert-quant-to-nvgpu";

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

namespace {
/// The kernels of a module, each made at its first use.
class KernelLibrary {
public:
  KernelLibrary(ModuleOp module, const Chip &chip)
      : module(module), symbols(module), chip(chip) {}

  /// The symbol to launch, `@name::@name`.
  SymbolRefAttr get(Location loc, const Kernel &kernel) {
    SymbolRefAttr &symbol = kernels[getKernelName(kernel)];
    if (!symbol)
      symbol = create(loc, kernel);
    return symbol;
  }
  unsigned size() const { return kernels.size(); }
  ModuleOp getModule() const { return module; }
  ArrayRef<gpu::GPUModuleOp> getModules() const { return modules; }

private:
  SymbolRefAttr create(Location loc, const Kernel &kernel) {
    MLIRContext *context = loc.getContext();
    OpBuilder builder(context);
    auto module = gpu::GPUModuleOp::create(builder, loc, getKernelName(kernel));
    auto target = NVVM::NVVMTargetAttr::get(context, /*optLevel=*/3,
                                            "nvptx64-nvidia-cuda", chip.name,
                                            chip.ptxFeature);
    module.setTargetsAttr(builder.getArrayAttr({target}));
    symbols.insert(module);
    modules.push_back(module);
    builder.setInsertionPointToStart(module.getBody());
    gpu::GPUFuncOp function = buildKernel(builder, loc, kernel);
    return SymbolRefAttr::get(module.getSymNameAttr(),
                              {FlatSymbolRefAttr::get(function)});
  }

  ModuleOp module;
  SymbolTable symbols;
  const Chip &chip;
  llvm::StringMap<SymbolRefAttr> kernels;
  SmallVector<gpu::GPUModuleOp> modules;
};

//===----------------------------------------------------------------------===//
// Host side
//===----------------------------------------------------------------------===//

/// An op that becomes a launch.
struct Launched {
  DestinationStyleOpInterface op;
  SmallVector<KernelChoice> choices;
  /// What the kernel does with results, if anything.
  linalg::GenericOp epilogue;

  /// Whether the epilogue writes where the op alone would have.
  bool isInPlace() const {
    return linalg::GenericOp(epilogue).getOutputs().front() ==
           getMatmulResult(op);
  }
};

/// Launches the kernel of one op: copies operands that lie on the host to the
/// device and results back.
class Launcher {
public:
  Launcher(const Launched &launched, KernelLibrary &library,
           const DenseSet<Value> &deviceBuffers);

  void build();

private:
  bool isEmpty();
  void guardEmptyGrid();
  SmallVector<Value> buildSizes();
  Value getOnDevice(Value buffer);
  bool isCodesToRead(Value buffer);
  SmallVector<Value> getDynamicSizes(Value buffer);
  Value getPointer(Value deviceBuffer);
  void appendQuantizeArguments(Value columns,
                               SmallVectorImpl<Value> &arguments);
  void buildLaunches(ArrayRef<Value> sizes, ArrayRef<Value> arguments);
  void buildLaunch(const Kernel &kernel, ArrayRef<Value> sizes,
                   ArrayRef<Value> arguments);
  SmallVector<Value, 2> buildWorkspace(const Kernel &kernel,
                                       const LaunchGeometry &geometry,
                                       const gpu::KernelDim3 &grid, Value rows);
  SmallVector<Value, 2> buildTensorMaps(const MatmulTile &tile,
                                        ArrayRef<Value> sizes,
                                        ArrayRef<Value> arguments);
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, value);
  }

  DestinationStyleOpInterface op;
  ArrayRef<KernelChoice> choices;
  /// The kernel's buffers in the order of its pointers, and those it writes.
  SmallVector<Value> buffers, written;
  KernelLibrary &library;
  const DenseSet<Value> &deviceBuffers;
  ImplicitLocOpBuilder b;
  DenseMap<Value, DeviceBuffer> copies;
};
} // namespace

Launcher::Launcher(const Launched &launched, KernelLibrary &library,
                   const DenseSet<Value> &deviceBuffers)
    : op(launched.op), choices(launched.choices),
      buffers(launched.op->getOperands()), written(op.getDpsInits()),
      library(library), deviceBuffers(deviceBuffers), b(op->getLoc(), op) {
  linalg::GenericOp epilogue = launched.epilogue;
  if (!epilogue)
    return;
  // Its destination may be allocated between the two.
  b.setInsertionPoint(epilogue);
  Value result = written.front();
  written = {epilogue.getDpsInitOperand(0)->get()};
  llvm::replace(buffers, result, written.front());
  for (Value input : epilogue.getDpsInputs())
    if (input != result)
      buffers.push_back(input);
}

/// Rows, columns, … as values: M, N, K of a matmul, M, K of a quantization.
SmallVector<Value> Launcher::buildSizes() {
  auto size = [&](Value buffer, int64_t dim) {
    return b.createOrFold<memref::DimOp>(buffer, dim);
  };
  if (auto matmul = dyn_cast<MatmulOp>(op.getOperation()))
    return {size(matmul.getInput(), 0), size(matmul.getWeight(), 0),
            size(matmul.getInput(), 1)};
  if (auto matmul = dyn_cast<GroupMatmulOp>(op.getOperation()))
    return {size(matmul.getInput(), 0), size(written.front(), 1),
            size(matmul.getInput(), 1)};
  if (auto matmul = dyn_cast<OutlierMatmulOp>(op.getOperation()))
    return {size(matmul.getInput(), 0), size(matmul.getWeight(), 0),
            size(matmul.getWeight(), 1)};
  if (auto quantize = dyn_cast<QuantizeRowsOp>(op.getOperation()))
    return {size(quantize.getCodesInit(), 0), size(quantize.getCodesInit(), 1)};
  Value x = cast<QuantizeOp>(op.getOperation()).getInput();
  int64_t rank = cast<MemRefType>(x.getType()).getRank();
  Value rows = index(1);
  for (int64_t i = 0; i < rank - 1; ++i)
    rows = b.createOrFold<arith::MulIOp>(rows, size(x, i));
  return {rows, size(x, rank - 1)};
}

SmallVector<Value> Launcher::getDynamicSizes(Value buffer) {
  SmallVector<Value> sizes;
  auto type = cast<MemRefType>(buffer.getType());
  for (int64_t i = 0; i < type.getRank(); ++i)
    if (type.isDynamicDim(i))
      sizes.push_back(memref::DimOp::create(b, buffer, i));
  return sizes;
}

bool Launcher::isCodesToRead(Value buffer) {
  return !llvm::is_contained(written, buffer) &&
         llvm::any_of(op->getOpOperands(), [&](OpOperand &operand) {
           return operand.get() == buffer && isCodes(operand);
         });
}

/// The buffer on the device, filled if the op reads it.
Value Launcher::getOnDevice(Value buffer) {
  if (deviceBuffers.contains(buffer))
    return buffer;
  DeviceBuffer &copy = copies[buffer];
  if (copy.buffer)
    return copy.buffer;
  copy = allocateOnDevice(b, cast<MemRefType>(buffer.getType()),
                          getDynamicSizes(buffer),
                          isCodesToRead(buffer) && hasWideRows(buffer));
  // A destination may be an input as well.
  if (!llvm::is_contained(written, buffer) || llvm::count(buffers, buffer) > 1)
    copyIn(b, library.getModule(), copy.buffer, buffer);
  return copy.buffer;
}

/// Kernels take memrefs of rank 0, which are bare pointers in PTX.
Value Launcher::getPointer(Value deviceBuffer) {
  auto type = cast<MemRefType>(deviceBuffer.getType());
  if (type.getRank() == 0)
    return deviceBuffer;
  return memref::ReinterpretCastOp::create(
      b, MemRefType::get({}, type.getElementType()), deviceBuffer,
      OpFoldResult(b.getIndexAttr(0)), ArrayRef<OpFoldResult>(),
      ArrayRef<OpFoldResult>());
}

void Launcher::buildLaunch(const Kernel &kernel, ArrayRef<Value> sizes,
                           ArrayRef<Value> arguments) {
  LaunchGeometry geometry = getLaunchGeometry(kernel);
  SmallVector<Value> passed(arguments);
  if (const auto *matmul = std::get_if<MatmulKernel>(&kernel);
      matmul && matmul->tile.usesWarpGroups) {
    llvm::copy(buildTensorMaps(matmul->tile, sizes, arguments), passed.begin());
    // The maps know the pitches of x and w.
    passed.erase(passed.end() - 3, passed.end() - 1);
  }
  Value one = index(1), threads = index(geometry.threads);
  auto blocks = [&](Value size, int64_t step) {
    return step == 0 ? one
                     : b.createOrFold<arith::CeilDivUIOp>(size, index(step));
  };
  gpu::KernelDim3 grid{blocks(sizes[0], geometry.rowsPerBlock),
                       blocks(sizes[1], geometry.columnsPerBlock),
                       index(geometry.splits)};
  SmallVector<Value, 2> workspace;
  if (geometry.splits > 1) {
    workspace = buildWorkspace(kernel, geometry, grid, sizes[0]);
    auto pointers =
        llvm::map_to_vector(workspace, [&](Value v) { return getPointer(v); });
    passed.insert(passed.begin() + buffers.size(), pointers.begin(),
                  pointers.end());
  }
  Value sharedBytes;
  if (geometry.sharedBytes > 0)
    sharedBytes = arith::ConstantIntOp::create(b, geometry.sharedBytes, 32);
  gpu::LaunchFuncOp::create(b, library.get(op->getLoc(), kernel), grid,
                            gpu::KernelDim3{threads, one, one}, sharedBytes,
                            passed);
  for (Value buffer : workspace)
    gpu::DeallocOp::create(b, TypeRange(), ValueRange{buffer});
}

/// Memory for the partial sums of blocks that divide K, and counters, which are
/// 0.
SmallVector<Value, 2> Launcher::buildWorkspace(const Kernel &kernel,
                                               const LaunchGeometry &geometry,
                                               const gpu::KernelDim3 &grid,
                                               Value rows) {
  auto multiply = [&](Value a, Value factor) {
    return b.createOrFold<arith::MulIOp>(a, factor);
  };
  auto allocate = [&](Type type, Value size) -> Value {
    return gpu::AllocOp::create(b, MemRefType::get(ShapedType::kDynamic, type),
                                /*asyncToken=*/Type(),
                                /*asyncDependencies=*/ValueRange(), size,
                                /*symbolOperands=*/ValueRange())
        .getMemref();
  };
  Value columns = multiply(grid.y, index(geometry.columnsPerBlock));
  Value size = multiply(multiply(rows, columns), index(geometry.splits));
  Value partials = allocate(getPartialSumType(b.getContext(), kernel), size);
  Value counters = allocate(b.getI32Type(), multiply(grid.x, grid.y));
  Value zero = arith::ConstantIntOp::create(b, 0, 32);
  gpu::MemsetOp::create(b, TypeRange(), ValueRange{counters, zero});
  return {partials, counters};
}

/// Tensor maps of x and w, the first two of a matmul's arguments, by their
/// pitches, which are in front of the last one.
SmallVector<Value, 2> Launcher::buildTensorMaps(const MatmulTile &tile,
                                                ArrayRef<Value> sizes,
                                                ArrayRef<Value> arguments) {
  ArrayRef<Value> pitches = arguments.take_back(3);
  return {createTensorMap(b, arguments[0], sizes[0], sizes[2], pitches[0],
                          tile.m, tile.getDepth()),
          createTensorMap(b, arguments[1], sizes[1], sizes[2], pitches[1],
                          tile.n, tile.getDepth())};
}

/// Launches the kernel that suits the number of rows.
void Launcher::buildLaunches(ArrayRef<Value> sizes, ArrayRef<Value> arguments) {
  OpBuilder::InsertionGuard insertion(b);
  for (const KernelChoice &choice : choices.drop_back()) {
    Value suits = arith::CmpIOp::create(b, arith::CmpIPredicate::ule, sizes[0],
                                        index(choice.maxRows));
    auto either = scf::IfOp::create(b, suits, /*withElseRegion=*/true);
    b.setInsertionPointToStart(either.thenBlock());
    buildLaunch(choice.kernel, sizes, arguments);
    b.setInsertionPointToStart(either.elseBlock());
  }
  buildLaunch(choices.back().kernel, sizes, arguments);
}

/// The positions in getKernelSizes of what the grid runs over.
static ArrayRef<unsigned> getGridSizes(const Kernel &kernel) {
  static constexpr unsigned positions[] = {0, 1};
  bool rowsOnly = getLaunchGeometry(kernel).columnsPerBlock == 0;
  return ArrayRef(positions).take_front(rowsOnly ? 1 : 2);
}

/// True if the op has no results to compute.
bool Launcher::isEmpty() {
  SmallVector<int64_t> sizes = getKernelSizes(op);
  return llvm::any_of(getGridSizes(choices.front().kernel),
                      [&](unsigned i) { return sizes[i] == 0; });
}

/// A grid must not be empty, so an op of dynamic sizes is guarded.
void Launcher::guardEmptyGrid() {
  Value notEmpty;
  for (unsigned i : getGridSizes(choices.front().kernel)) {
    if (!ShapedType::isDynamic(getKernelSizes(op)[i]))
      continue;
    Value some = arith::CmpIOp::create(b, arith::CmpIPredicate::ne,
                                       buildSizes()[i], index(0));
    notEmpty =
        notEmpty ? arith::AndIOp::create(b, notEmpty, some).getResult() : some;
  }
  if (!notEmpty)
    return;
  auto guard = scf::IfOp::create(b, notEmpty);
  b.setInsertionPointToStart(guard.thenBlock());
}

/// Row pitches and the zero point of a quantization of rows of `columns`.
void Launcher::appendQuantizeArguments(Value columns,
                                       SmallVectorImpl<Value> &arguments) {
  const auto &kernel = std::get<QuantizeKernel>(choices.front().kernel);
  size_t matrices = llvm::count_if(
      kernel.inputs, [](const auto &input) { return input.rank == 2; });
  arguments.append(matrices, columns);
  Value codes = llvm::find_if(op->getOpOperands(), isCodes)->get();
  arguments.push_back(getRowPitch(b, getOnDevice(codes)));
  if (auto zero = op->getAttrOfType<IntegerAttr>("zero_point"))
    arguments.push_back(index(zero.getInt()));
}

void Launcher::build() {
  if (isEmpty())
    return;
  guardEmptyGrid();
  SmallVector<Value> sizes = buildSizes();
  SmallVector<Value> arguments;
  for (Value buffer : buffers)
    arguments.push_back(getPointer(getOnDevice(buffer)));
  arguments.append(sizes.begin(), sizes.end());
  // Row pitches of x, w and y, of x and y, of x, w and y, or of inputs and q.
  // What is not codes is contiguous.
  auto getPitch = [&](Value codes) {
    return getRowPitch(b, getOnDevice(codes));
  };
  if (auto matmul = dyn_cast<MatmulOp>(op.getOperation()))
    arguments.append(
        {getPitch(matmul.getInput()), getPitch(matmul.getWeight()), sizes[1]});
  else if (auto matmul = dyn_cast<GroupMatmulOp>(op.getOperation()))
    arguments.append({getPitch(matmul.getInput()), sizes[1]});
  else if (auto outliers = dyn_cast<OutlierMatmulOp>(op.getOperation()))
    arguments.append({b.createOrFold<memref::DimOp>(outliers.getInput(), 1),
                      sizes[2], sizes[1]});
  else
    appendQuantizeArguments(sizes[1], arguments);

  buildLaunches(sizes, arguments);

  for (Value init : written)
    if (Value copy = copies.lookup(init).buffer)
      copyOut(b, library.getModule(), init, copy);
  // In the order of the operands, for output that does not change.
  for (Value buffer : buffers) {
    if (Value memory = copies.lookup(buffer).memory) {
      gpu::DeallocOp::create(b, TypeRange(), ValueRange{memory});
      copies.erase(buffer);
    }
  }
}

/// The ops that become launches, epilogues included.
using KernelOps = DenseSet<Operation *>;

/// Lets an op that stays on the host read a copy of what is on the device,
/// which is contiguous.
static void copyToHost(ModuleOp module, Value onDevice,
                       DestinationStyleOpInterface reader) {
  ImplicitLocOpBuilder b(reader->getLoc(), reader);
  auto type = cast<MemRefType>(onDevice.getType());
  SmallVector<Value> sizes;
  for (int64_t dim = 0; dim < type.getRank(); ++dim)
    if (type.isDynamicDim(dim))
      sizes.push_back(memref::DimOp::create(b, onDevice, dim));
  Value copy = memref::AllocOp::create(
      b, MemRefType::get(type.getShape(), type.getElementType()), sizes);
  copyOut(b, module, copy, onDevice);
  reader->replaceUsesOfWith(onDevice, copy);
  b.setInsertionPointAfter(reader);
  memref::DeallocOp::create(b, copy);
  remark::missed(reader->getLoc(),
                 remark::RemarkOpts::name("CopiedToHost").category(passName))
      << remark::add("an operand of {0} is copied from the device",
                     reader->getName())
      << remark::reason("the op stays on the host");
}

/// True if kernels can take what a caller has in device memory: it must begin
/// where the argument does, and be contiguous, or rows of codes.
static bool canStayOnDevice(BlockArgument argument) {
  auto type = dyn_cast<MemRefType>(argument.getType());
  if (!type || type.getLayout().isIdentity())
    return static_cast<bool>(type);
  return consistsOfRows(type) && type.getElementType().isInteger(8) &&
         type.getStridesAndOffset().second == 0 &&
         llvm::all_of(argument.getUses(), [](OpOperand &use) {
           return isCodes(use) || isa<memref::DimOp>(use.getOwner());
         });
}

/// Takes the arguments of a function that its caller has put on the device.
static LogicalResult findDeviceArguments(ModuleOp module, func::FuncOp function,
                                         const KernelOps &kernels,
                                         DenseSet<Value> &deviceBuffers) {
  for (BlockArgument argument : function.getArguments()) {
    unsigned number = argument.getArgNumber();
    if (!function.getArgAttr(number, onDeviceAttrName))
      continue;
    function.removeArgAttr(number, onDeviceAttrName);
    if (!canStayOnDevice(argument))
      return function.emitOpError()
             << "has argument " << number << " of " << argument.getType()
             << " on the device; only contiguous memory, and rows of codes "
                "without an offset, can be there (see "
                "function-boundary-type-conversion of one-shot-bufferize)";
    deviceBuffers.insert(argument);
    llvm::SetVector<Operation *> users(argument.user_begin(),
                                       argument.user_end());
    for (Operation *user : users) {
      if (kernels.contains(user) || isa<memref::DimOp>(user))
        continue;
      auto reader = dyn_cast<DestinationStyleOpInterface>(user);
      if (!reader || llvm::is_contained(reader.getDpsInits(), argument))
        return user->emitOpError()
               << "runs on the host, but argument " << number << " of '"
               << function.getName() << "' is on the device; remove its '"
               << onDeviceAttrName << "'";
      copyToHost(module, argument, reader);
    }
  }
  return success();
}

/// True if the device's memory can take the place of an allocation: only
/// kernels touch it, and with wide rows only those that expect rows of codes.
static bool canMove(memref::AllocOp alloc, const KernelOps &kernels,
                    bool hasWideRows) {
  return !alloc->use_empty() && alloc.getType().getLayout().isIdentity() &&
         alloc.getSymbolOperands().empty() &&
         llvm::all_of(alloc->getUses(), [&](OpOperand &use) {
           return isa<memref::DeallocOp>(use.getOwner()) ||
                  (kernels.contains(use.getOwner()) &&
                   (!hasWideRows || isCodes(use)));
         });
}

/// Moves an allocation to the device if only kernels touch it.
static void moveToDevice(memref::AllocOp alloc, const KernelOps &kernels,
                         DenseSet<Value> &deviceBuffers) {
  bool hasWideRows = llvm::any_of(alloc->getUses(), [](OpOperand &use) {
    return isCodes(use) && isa<MatmulOp, GroupMatmulOp>(use.getOwner());
  });
  if (!canMove(alloc, kernels, hasWideRows))
    return;
  ImplicitLocOpBuilder builder(alloc.getLoc(), alloc);
  DeviceBuffer moved = allocateOnDevice(builder, alloc.getType(),
                                        alloc.getDynamicSizes(), hasWideRows);
  for (Operation *user : llvm::make_early_inc_range(alloc->getUsers())) {
    if (!isa<memref::DeallocOp>(user))
      continue;
    builder.setInsertionPoint(user);
    gpu::DeallocOp::create(builder, user->getLoc(), TypeRange(),
                           ValueRange{moved.memory});
    user->erase();
  }
  alloc.replaceAllUsesWith(moved.buffer);
  alloc.erase();
  deviceBuffers.insert(moved.buffer);
}

/// Erases a matmul, and what nobody needs without it.
static void eraseLaunched(const Launched &launched) {
  Value result = getMatmulResult(launched.op);
  bool isInner = launched.epilogue && !launched.isInPlace();
  if (launched.epilogue)
    linalg::GenericOp(launched.epilogue).erase();
  launched.op->erase();
  if (!isInner)
    return;
  for (Operation *user : llvm::make_early_inc_range(result.getUsers()))
    if (isa<memref::DeallocOp>(user))
      user->erase();
  if (result.use_empty())
    result.getDefiningOp()->erase();
}

//===----------------------------------------------------------------------===//
// Pass
//===----------------------------------------------------------------------===//

namespace {
struct ConvertQuantToNVGPUPass
    : quantmlir::impl::ConvertQuantToNVGPUBase<ConvertQuantToNVGPUPass> {
  using ConvertQuantToNVGPUBase::ConvertQuantToNVGPUBase;

  void getDependentDialects(DialectRegistry &registry) const override {
    registerQuantOps(registry);
    registry.insert<arith::ArithDialect, func::FuncDialect, gpu::GPUDialect,
                    LLVM::LLVMDialect, math::MathDialect, memref::MemRefDialect,
                    nvgpu::NVGPUDialect, NVVM::NVVMDialect, scf::SCFDialect,
                    vector::VectorDialect>();
  }

  FailureOr<KernelTarget> getTarget();
  FailureOr<SmallVector<Launched>>
  collect(ModuleOp module, const KernelTarget &target, KernelOps &kernels);
  LogicalResult convert(ModuleOp module, const KernelTarget &target);
  void runOnOperation() override;
};
} // namespace

FailureOr<KernelTarget> ConvertQuantToNVGPUPass::getTarget() {
  auto emitError = [&] {
    return mlir::emitError(getOperation().getLoc()) << passName << ": ";
  };
  KernelTarget target{lookupChip(chip), std::nullopt, std::nullopt};
  if (!target.chip)
    return emitError() << getUnsupportedChipMessage(chip);
  std::string whyNot;
  if (!groupTile.empty()) {
    FailureOr<GroupMatmulTile> requested =
        getGroupTile(llvm::to_vector(groupTile), whyNot);
    if (failed(requested))
      return emitError() << "group-tile: " << whyNot;
    target.groupTile = *requested;
  }
  if (tile.empty())
    return target;
  FailureOr<MatmulTile> requested =
      getTile(llvm::to_vector(tile), *target.chip, whyNot);
  if (failed(requested))
    return emitError() << "tile: " << whyNot;
  target.tile = *requested;
  return target;
}

/// The ops that get kernels, in program order. Those of nested modules are not
/// among them.
FailureOr<SmallVector<Launched>>
ConvertQuantToNVGPUPass::collect(ModuleOp module, const KernelTarget &target,
                                 KernelOps &kernels) {
  SmallVector<Launched> ops;
  KernelNames names;
  WalkResult result = module.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (isa<ModuleOp>(op) && op != module)
      return WalkResult::skip();
    if (!mayHaveKernel(op))
      return WalkResult::advance();
    if (!cast<DestinationStyleOpInterface>(op).hasPureBufferSemantics()) {
      op->emitOpError() << "is on tensors; " << passName
                        << " needs memrefs: run one-shot-bufferize before it";
      return WalkResult::interrupt();
    }
    std::string whyNot;
    if (failed(checkKernel(op, whyNot))) {
      remark::missed(op->getLoc(),
                     remark::RemarkOpts::name("StaysOnHost").category(passName))
          << remark::add("{0} stays on the host", op->getName())
          << remark::reason("{0}", whyNot);
      ++numLeft;
      return WalkResult::advance();
    }
    if (std::string substitute = getSubstitute(op, *target.chip);
        !substitute.empty())
      remark::missed(op->getLoc(),
                     remark::RemarkOpts::name("Substituted").category(passName))
          << remark::add("{0}", substitute);
    linalg::GenericOp epilogue = findEpilogue(op, kernels);
    FailureOr<SmallVector<KernelChoice>> choices =
        getKernels(op, target, epilogue);
    if (failed(choices))
      return WalkResult::interrupt();
    for (const KernelChoice &choice : *choices)
      if (failed(names.add(op->getLoc(), choice.kernel)))
        return WalkResult::interrupt();
    kernels.insert(op);
    if (epilogue)
      kernels.insert(epilogue);
    ops.push_back(
        {cast<DestinationStyleOpInterface>(op), std::move(*choices), epilogue});
    return WalkResult::advance();
  });
  if (result.wasInterrupted())
    return failure();
  return ops;
}

LogicalResult ConvertQuantToNVGPUPass::convert(ModuleOp module,
                                               const KernelTarget &target) {
  KernelOps kernels;
  FailureOr<SmallVector<Launched>> ops = collect(module, target, kernels);
  if (failed(ops))
    return failure();
  auto takesDeviceMemory = [](func::FuncOp function) {
    return llvm::any_of(llvm::seq(function.getNumArguments()), [&](unsigned i) {
      return function.getArgAttr(i, onDeviceAttrName);
    });
  };
  if ((!ops->empty() ||
       llvm::any_of(module.getOps<func::FuncOp>(), takesDeviceMemory)) &&
      failed(checkCopyFunction(module)))
    return failure();
  DenseSet<Value> deviceBuffers;
  for (auto function : module.getOps<func::FuncOp>())
    if (!function.isDeclaration() &&
        failed(findDeviceArguments(module, function, kernels, deviceBuffers)))
      return failure();
  if (ops->empty())
    return success();

  // What a matmul and its epilogue alone touch is not needed at all.
  DenseSet<Value> inner;
  for (const Launched &launched : *ops)
    if (launched.epilogue && !launched.isInPlace())
      inner.insert(getMatmulResult(launched.op));
  module.walk([&](memref::AllocOp alloc) {
    if (!inner.contains(alloc))
      moveToDevice(alloc, kernels, deviceBuffers);
  });
  KernelLibrary library(module, *target.chip);
  for (const Launched &launched : *ops) {
    Launcher(launched, library, deviceBuffers).build();
    eraseLaunched(launched);
    numEpilogues += launched.epilogue ? 1 : 0;
    ++numLaunches;
  }
  for (gpu::GPUModuleOp kernels : library.getModules())
    if (failed(approximateFunctions(kernels)))
      return failure();
  numKernels += library.size();
  module->setAttr(gpu::GPUDialect::getContainerModuleAttrName(),
                  UnitAttr::get(&getContext()));
  return success();
}

/// Each module gets kernels, and is a container of them, for itself: launches
/// find symbols in the nearest one.
void ConvertQuantToNVGPUPass::runOnOperation() {
  FailureOr<KernelTarget> target = getTarget();
  if (failed(target))
    return signalPassFailure();
  SmallVector<ModuleOp> modules;
  getOperation().walk([&](ModuleOp module) { modules.push_back(module); });
  for (ModuleOp module : modules)
    if (failed(convert(module, *target)))
      return signalPassFailure();
}
