//===- OutlineDeviceCode.cpp - what runs on a GPU, in its own functions ---===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Movable.h"
#include "quant-mlir/Conversion/Passes.h"
#include "quant-mlir/Conversion/QuantToNVGPU/CodeRows.h"
#include "quant-mlir/Conversion/QuantToNVGPU/Kernels.h"
#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"
#include "quant-mlir/Execution/Passes.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Remarks.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/ErrorHandling.h"

namespace mlir::quantmlir {
#define GEN_PASS_DEF_QUANTOUTLINEDEVICECODE
#include "quant-mlir/Execution/Passes.h.inc"
} // namespace mlir::quantmlir

using namespace mlir;
using namespace mlir::quantmlir;

namespace {
/// Ops of one block that become a function, called where the first one is.
using Group = SmallVector<DestinationStyleOpInterface>;

struct OutlineDeviceCodePass
    : quantmlir::impl::QuantOutlineDeviceCodeBase<OutlineDeviceCodePass> {
  using Base::Base;

  void getDependentDialects(DialectRegistry &registry) const override {
    Base::getDependentDialects(registry);
    registerQuantOps(registry);
  }

  void runOnOperation() override;
  bool isStatic(Operation *op);
  void remarkStays(Operation *op, StringRef whyNot);
  bool hasKernel(Operation *op);
  bool isEpilogue(Operation *op);
  void remarkControlFlow(func::FuncOp function);
  std::vector<Group> findGroups(Block &block);
  std::optional<size_t> findHome(DestinationStyleOpInterface op,
                                 ArrayRef<Group> groups);
  func::FuncOp declare(OwningOpRef<func::FuncOp> function);
  void outline(const Group &group);

  ModuleOp nested;
  /// Of the module that calls the functions.
  std::optional<SymbolTable> symbols;
  /// What goes to functions, by the number of the group.
  DenseMap<Operation *, size_t> homes;
  /// The last groups whose kernels read activations.
  DenseMap<Value, size_t> readers;
  llvm::StringMap<func::FuncOp> declarations;
};
} // namespace

bool OutlineDeviceCodePass::isStatic(Operation *op) {
  return llvm::all_of(op->getOperandTypes(), [](Type type) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    return tensor && tensor.hasStaticShape();
  });
}

/// True for an op right behind a matmul that becomes part of its kernel.
/// Between both is nothing that runs on the GPU, so that both are neighbours in
/// the function that they become.
bool OutlineDeviceCodePass::isEpilogue(Operation *op) {
  auto generic = dyn_cast<linalg::GenericOp>(op);
  if (!epilogues || !generic || !isStatic(op))
    return false;
  Operation *last = op->getPrevNode();
  while (last && !mayHaveKernel(last) && !homes.contains(last))
    last = last->getPrevNode();
  std::string whyNot;
  return mayHaveEpilogue(last) && homes.contains(last) &&
         getTensorEpilogue(last, whyNot) == generic;
}

void OutlineDeviceCodePass::remarkStays(Operation *op, StringRef whyNot) {
  remark::missed(op->getLoc(), remark::RemarkOpts::name("StaysOnCPU")
                                   .category("quant-outline-device-code"))
      << remark::add("{0} stays on the CPU", op->getName())
      << remark::reason("{0}", whyNot.str());
  ++numLeft;
}

/// Says why an op stays on the CPU, if it does.
bool OutlineDeviceCodePass::hasKernel(Operation *op) {
  if (!mayHaveKernel(op))
    return false;
  std::string whyNot;
  if (!isStatic(op))
    whyNot = "not all of its operands are tensors of static shape";
  else if (succeeded(checkKernel(op, whyNot)))
    return true;
  remarkStays(op, whyNot);
  return false;
}

/// True if `op` can be computed where the group's first op is.
static bool canJoin(DestinationStyleOpInterface op, const Group &group) {
  return llvm::all_of(op.getDpsInputs(), [&](Value input) {
    return canBeBefore(input, group.front()) ||
           llvm::is_contained(group, input.getDefiningOp());
  });
}

/// Says why what the kernel of a matmul could do stays on the CPU.
static void remarkEpilogue(Operation *op) {
  remark::missed(op->getLoc(), remark::RemarkOpts::name("EpilogueStaysOnCPU")
                                   .category("quant-outline-device-code"))
      << remark::add("the op behind a matmul stays on the CPU")
      << remark::reason("it reads what is computed after the first op of the "
                        "matmul's function")
      << remark::suggest("compute it before, or let the matmul's input come "
                         "from a quantization of its own");
}

/// True for an operand that is worth copying to the device once for several
/// kernels.
static bool isActivation(Value input) {
  Operation *producer = input.getDefiningOp();
  return cast<RankedTensorType>(input.getType()).getRank() > 1 &&
         !(producer && isConstant(producer));
}

/// The group of what makes an operand, or else, for an op with a kernel, of
/// what reads it too.
std::optional<size_t>
OutlineDeviceCodePass::findHome(DestinationStyleOpInterface op,
                                ArrayRef<Group> groups) {
  bool isKernel = mayHaveKernel(op);
  std::optional<size_t> home;
  for (Value input : op.getDpsInputs()) {
    auto it = homes.find(input.getDefiningOp());
    if (it != homes.end() && canJoin(op, groups[it->second]) &&
        (isKernel || groups[it->second].back() == input.getDefiningOp()))
      home = it->second;
  }
  if (home || !isKernel)
    return home;
  for (Value input : op.getDpsInputs()) {
    auto it = readers.find(input);
    if (it != readers.end() && canJoin(op, groups[it->second]))
      home = it->second;
  }
  return home;
}

std::vector<Group> OutlineDeviceCodePass::findGroups(Block &block) {
  std::vector<Group> groups;
  homes.clear();
  readers.clear();
  for (Operation &op : block) {
    bool isKernel = hasKernel(&op);
    if (!isKernel && !isEpilogue(&op))
      continue;
    auto member = cast<DestinationStyleOpInterface>(op);
    std::optional<size_t> found = findHome(member, groups);
    if (!found && !isKernel) {
      remarkEpilogue(&op);
      continue;
    }
    size_t home = found.value_or(groups.size());
    if (!found)
      groups.emplace_back();
    groups[home].push_back(member);
    homes[&op] = home;
    if (isKernel)
      for (Value input : member.getDpsInputs())
        if (isActivation(input))
          readers[input] = home;
  }
  return groups;
}

/// True for a tensor of which neither side of a call needs anything. It is not
/// passed: upstream makes no bare pointer of a memref without elements.
static bool hasNoElements(Value tensor) {
  return cast<RankedTensorType>(tensor.getType()).getNumElements() == 0;
}

static Value createEmpty(OpBuilder &builder, Location loc, Value like) {
  auto type = cast<RankedTensorType>(like.getType());
  return tensor::EmptyOp::create(builder, loc, type.getShape(),
                                 type.getElementType());
}

/// The layout of a constant on the device if it is codes whose rows would
/// otherwise begin anywhere, and nothing else; null if it is contiguous.
static StridedLayoutAttr getRowLayout(Value constant, const Group &group) {
  auto type = cast<RankedTensorType>(constant.getType());
  if (type.getRank() != 2)
    return {};
  for (OpOperand &use : constant.getUses())
    if (llvm::is_contained(group, use.getOwner()) && !isCodes(use))
      return {};
  int64_t pitch = getWideRowPitch(type.getDimSize(1));
  if (pitch == type.getDimSize(1))
    return {};
  return StridedLayoutAttr::get(type.getContext(), /*offset=*/0, {pitch, 1});
}

/// Clones the group into a new function of `arguments` that returns `results`.
/// Destinations are overwritten, so they become new ones, and so do inputs
/// without elements.
static OwningOpRef<func::FuncOp> createFunction(const Group &group,
                                                ArrayRef<Value> arguments,
                                                ArrayRef<Value> results) {
  Location loc = UnknownLoc::get(group.front()->getContext());
  OpBuilder builder(loc.getContext());
  OwningOpRef<func::FuncOp> function = func::FuncOp::create(
      loc, "device",
      builder.getFunctionType(TypeRange(ValueRange(arguments)),
                              TypeRange(ValueRange(results))));
  for (auto [number, argument] : llvm::enumerate(arguments))
    if (Operation *producer = argument.getDefiningOp();
        producer && isConstant(producer)) {
      function->setArgAttr(number, onDeviceAttrName, builder.getUnitAttr());
      if (StridedLayoutAttr layout = getRowLayout(argument, group))
        function->setArgAttr(
            number, bufferization::BufferizationDialect::kBufferLayoutAttrName,
            layout);
    }
  Block *block = function->addEntryBlock();
  builder.setInsertionPointToStart(block);
  IRMapping mapping;
  mapping.map(arguments, block->getArguments());
  for (DestinationStyleOpInterface op : group) {
    SmallVector<Value> inits;
    for (Value init : op.getDpsInits())
      inits.push_back(createEmpty(builder, loc, init));
    for (Value input : op.getDpsInputs())
      if (!mapping.contains(input))
        mapping.map(input, createEmpty(builder, loc, input));
    // Constants that a body uses.
    mlir::visitUsedValuesDefinedAbove(op->getRegions(), [&](OpOperand *use) {
      if (!mapping.contains(use->get()))
        mapping.map(use->get(),
                    builder.clone(*use->get().getDefiningOp())->getResult(0));
    });
    Operation *clone = builder.clone(*op, mapping);
    clone->setLoc(loc);
    cast<DestinationStyleOpInterface>(clone).getDpsInitsMutable().assign(inits);
  }
  func::ReturnOp::create(builder, loc,
                         llvm::map_to_vector(results, [&](Value result) {
                           return mapping.lookup(result);
                         }));
  return function;
}

/// What the ops of a group read that none of them makes.
static SmallVector<Value> findArguments(const Group &group) {
  llvm::SetVector<Value> arguments;
  for (DestinationStyleOpInterface op : group)
    for (Value input : op.getDpsInputs())
      if (!hasNoElements(input) &&
          !llvm::is_contained(group, input.getDefiningOp()))
        arguments.insert(input);
  return arguments.takeVector();
}

/// What the ops of a group make and others read.
static SmallVector<Value> findResults(const Group &group) {
  SmallVector<Value> results;
  for (DestinationStyleOpInterface op : group)
    for (Value result : op->getResults())
      if (!hasNoElements(result) &&
          llvm::any_of(result.getUsers(), [&](Operation *user) {
            return !llvm::is_contained(group, user);
          }))
        results.push_back(result);
  return results;
}

/// The declaration of a function, which is the same for all that do the same.
func::FuncOp
OutlineDeviceCodePass::declare(OwningOpRef<func::FuncOp> function) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  function->print(stream, OpPrintingFlags().useLocalScope());
  func::FuncOp &declaration = declarations[text];
  if (declaration)
    return declaration;
  function->setName("device_" + std::to_string(declarations.size() - 1));
  declaration = function->clone();
  declaration.eraseBody();
  declaration.setPrivate();
  symbols->insert(declaration);
  function->setName(declaration.getName());
  nested.getBody()->push_back(function.release());
  ++numFunctions;
  return declaration;
}

/// Replaces the ops of a group by a call of the function that does the same.
static void replaceByCall(const Group &group, func::FuncOp declaration,
                          ArrayRef<Value> arguments, ArrayRef<Value> results) {
  Operation *first = group.front();
  OpBuilder builder(first);
  auto call =
      func::CallOp::create(builder, first->getLoc(), declaration, arguments);
  call->setAttr(deviceAttrName, builder.getUnitAttr());
  for (auto [result, replacement] : llvm::zip_equal(results, call.getResults()))
    Value(result).replaceAllUsesWith(replacement);
  for (DestinationStyleOpInterface op : group)
    for (OpResult result : op->getResults())
      if (hasNoElements(result))
        result.replaceAllUsesWith(op.getTiedOpOperand(result)->get());
  for (DestinationStyleOpInterface op : llvm::reverse(group))
    op->erase();
}

void OutlineDeviceCodePass::outline(const Group &group) {
  SmallVector<Value> arguments = findArguments(group);
  SmallVector<Value> results = findResults(group);
  IRRewriter rewriter(&getContext());
  if (failed(moveValueDefinitions(rewriter, arguments, group.front())))
    llvm::reportFatalInternalError("an op joined a group that it cannot");
  func::FuncOp declaration = declare(createFunction(group, arguments, results));
  replaceByCall(group, declaration, arguments, results);
  ++numCalls;
}

/// Says why what has a kernel stays on the CPU where control flow is.
void OutlineDeviceCodePass::remarkControlFlow(func::FuncOp function) {
  bool hasOneBlock = function.getBody().hasOneBlock();
  function.walk([&](Operation *op) {
    if (!mayHaveKernel(op))
      return;
    if (op->getParentOp() != function)
      remarkStays(op, llvm::formatv("it is in a region of {0}",
                                    op->getParentOp()->getName())
                          .str());
    else if (!hasOneBlock)
      remarkStays(op, "its function has several blocks");
  });
}

void OutlineDeviceCodePass::runOnOperation() {
  auto functions = llvm::to_vector(getOperation().getOps<func::FuncOp>());
  nested =
      ModuleOp::create(getOperation().getLoc(), StringRef(deviceModuleName));
  nested->setAttr(deviceModuleAttrName, UnitAttr::get(&getContext()));
  symbols.emplace(getOperation());
  // Others may have the name.
  symbols->insert(nested);
  for (func::FuncOp function : functions) {
    remarkControlFlow(function);
    if (!function.getBody().hasOneBlock())
      continue;
    for (const Group &group : findGroups(function.getBody().front()))
      outline(group);
  }
  symbols.reset();
  declarations.clear();
  homes.clear();
  readers.clear();
  if (nested.getBody()->empty())
    nested.erase();
}
