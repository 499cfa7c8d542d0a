//===- Quantize.cpp - replace linears by quantized ones -------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReplaceLinear.h"
#include "SchemeOptions.h"
#include "ZeroPointBias.h"

#include "quant-mlir/Dialect/Quant/IR/Numerics.h"
#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"
#include "quant-mlir/Dialect/Quant/Transforms/Passes.h"
#include "quant-mlir/Dialect/Quant/Utils/Linears.h"
#include "quant-mlir/Dialect/Quant/Utils/Observers.h"
#include "quant-mlir/Dialect/Quant/Utils/QuantizedWeights.h"
#include "quant-mlir/Dialect/Quant/Utils/SchemeSpeed.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/StringExtras.h"

namespace mlir::quantmlir {
#define GEN_PASS_DEF_QUANTQUANTIZE
#include "quant-mlir/Dialect/Quant/Transforms/Passes.h.inc"
} // namespace mlir::quantmlir

using namespace mlir;
using namespace mlir::quantmlir;

/// A predicted output error above which a remark says what to do. On a small
/// language model that naive INT8 ruins, 27 of the 30 linears that ruin it
/// predict more than this, and 3 after smoothing, which saves it.
static constexpr double highError = 0.2;

//===----------------------------------------------------------------------===//
// Matching what surrounds a linear
//===----------------------------------------------------------------------===//

namespace {
/// A linear's input: `input / smoothing`, whose statistics `observe` has.
struct Activation {
  Value input, smoothing;
  ObserveOp observe;
};
} // namespace

static Activation matchActivation(Value value) {
  Activation activation{value, nullptr, value.getDefiningOp<ObserveOp>()};
  if (activation.observe)
    activation.input = activation.observe.getInput();
  auto smooth = activation.input.getDefiningOp<SmoothOp>();
  if (smooth && smooth.getAxes() == ArrayRef<int64_t>{1}) {
    activation.input = smooth.getInput();
    activation.smoothing = smooth.getScale();
  }
  return activation;
}

/// The observer's statistics of one kind, which its verifier knows to be
/// finite; empty if it has none.
static FailureOr<SmallVector<float>>
readStatistics(ObserveOp observe, StringRef kind, ElementsAttr attr) {
  if (!attr)
    return SmallVector<float>();
  std::optional<ConstantTensor> tensor = ConstantTensor::get(attr);
  SmallVector<float> storage;
  FailureOr<ArrayRef<float>> values =
      tensor ? tensor->getFloats(storage) : FailureOr<ArrayRef<float>>();
  if (failed(values))
    return observe.emitError()
           << "the " << kind << " statistics of '" << observe.getName()
           << "' have no float data: attach them again";
  return SmallVector<float>(*values);
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

namespace {
struct QuantizePass : quantmlir::impl::QuantQuantizeBase<QuantizePass> {
  using Base::Base;

  void getDependentDialects(DialectRegistry &registry) const override {
    registerQuantOps(registry);
    registry.insert<arith::ArithDialect, tensor::TensorDialect>();
  }

  void runOnOperation() override;

private:
  /// The codes of an activation, and their scales.
  struct Codes {
    Value codes, scale;
  };
  /// A static scale, with a zero point that may be 0.
  using InputScale = numerics::GroupParameters;

  LogicalResult checkOptions();
  std::optional<std::string> getReasonToKeep(Linear linear,
                                             Activation activation);
  LogicalResult quantize(Linear linear, Activation activation);
  void replace(Linear linear, const Codes &codes,
               std::optional<InputScale> inputScale,
               const QuantizedWeight &weight);
  FailureOr<QuantizedWeight> quantizeWeight(Linear linear);
  FailureOr<std::optional<InputScale>> getInputScale(Linear linear,
                                                     Activation activation);
  FailureOr<InputScale> getScaleWithZeroPoint(ObserveOp observe, float reach);
  Codes getCodes(ImplicitLocOpBuilder &b, StringRef name, Activation activation,
                 std::optional<InputScale> scale);
  void remarkKept(Operation *op, StringRef name, StringRef reason);
  void remarkQuantized(Linear linear, int64_t bytesBefore,
                       const QuantizedWeight &weight,
                       const PredictedError &error, ArrayRef<float> absmax);
  std::string getInputRemedy(bool standsOut) const;
  std::string getWeightRemedy() const;
  void eraseObservers();
  /// Notes the shape of a linear, for remarks on what the chip does not speed
  /// up.
  void noteShape(const Linear &linear);
  void remarkSpeed();

  /// The options that say how to round.
  SchemeOptions rounding;
  std::optional<LinearFilter> filter;
  std::optional<ConstantReleaser> releaser;
  DenseMap<Attribute, QuantizedWeight> quantizedWeights;
  /// The chip's, if one is given.
  const ChipRates *rates = nullptr;
  /// Linears of one shape.
  struct ShapeUse {
    LinearShape shape;
    /// The first linear.
    std::string name;
    Location loc;
    int64_t count;
  };
  std::vector<ShapeUse> shapes;
  /// By block, input, smoothing scale, observer, zero point and the bits of the
  /// scale.
  DenseMap<std::tuple<Block *, Value, Value, Operation *, int32_t, uint32_t>,
           Codes>
      sharedCodes;
};
} // namespace

LogicalResult QuantizePass::checkOptions() {
  rounding = {scheme,         activations, weights,
              activationBits, groupSize,   zeroPoint};
  if (failed(rounding.check(getOperation().getLoc())))
    return failure();
  rates = chip.empty() ? nullptr : lookupRates(chip);
  if (!chip.empty() && !rates)
    return emitError(getOperation().getLoc())
           << "chip=" << chip << ": " << getUnknownRatesMessage(chip);
  if (rows < 1)
    return emitError(getOperation().getLoc())
           << "rows=" << int64_t(rows) << ": expected at least 1";
  if (activationZeroPoint && (rounding.hasGroups() || !rounding.isStatic()))
    return emitError(getOperation().getLoc())
           << "activation-zero-point needs scheme=w8a8 and activations=static";
  FailureOr<LinearFilter> created =
      LinearFilter::create(getOperation(), exclude);
  if (failed(created))
    return failure();
  filter = std::move(*created);
  return success();
}

std::optional<std::string>
QuantizePass::getReasonToKeep(Linear linear, Activation activation) {
  auto type = cast<RankedTensorType>(linear.op->getResult(0).getType());
  if (std::optional<std::string> reason = filter->getExclusion(linear))
    return reason;
  if (rounding.isStatic() && !activation.observe)
    return "no observer stands in front of it; run quant-insert-observers, or "
           "choose activations=per-token";
  if (!isa<Float16Type, BFloat16Type, Float32Type>(type.getElementType()))
    return "it computes in a float type that has no quantized form; cast to "
           "f32";
  int64_t size = cast<RankedTensorType>(linear.weight.getType()).getDimSize(1);
  if (rounding.hasIntegerInputs() && size > numerics::maxContractedSize)
    return llvm::formatv("sums of {0} products overflow i32; choose "
                         "scheme=w4a16",
                         size)
        .str();
  return std::nullopt;
}

FailureOr<QuantizedWeight> QuantizePass::quantizeWeight(Linear linear) {
  std::optional<ConstantTensor> weight = ConstantTensor::get(linear.weight);
  if (!weight)
    return emitMissingData(linear, "weight", linear.weight, "quant-quantize");
  auto known = quantizedWeights.find(weight->getAttr());
  if (known != quantizedWeights.end())
    return known->second;
  FailureOr<QuantizedWeight> result = quantmlir::quantizeWeight(
      *weight, linear.getName(),
      rounding.getWeightFormat(weight->getType().getDimSize(1)),
      [&] { return mlir::emitError(linear.op->getLoc()); });
  if (succeeded(result))
    quantizedWeights.try_emplace(weight->getAttr(), *result);
  return result;
}

FailureOr<QuantizePass::InputScale>
QuantizePass::getScaleWithZeroPoint(ObserveOp observe, float reach) {
  FailureOr<SmallVector<float>> least =
      readStatistics(observe, "min", observe.getMinAttr());
  FailureOr<SmallVector<float>> largest =
      readStatistics(observe, "max", observe.getMaxAttr());
  if (failed(least) || failed(largest))
    return failure();
  if (least->empty() || largest->empty())
    return observe.emitError()
           << "'" << observe.getName()
           << "' has no min and max statistics, which zero points need: run "
              "quant-attach-statistics";
  float lo = std::max(*llvm::min_element(*least), -reach);
  float hi = std::min(*llvm::max_element(*largest), reach);
  return numerics::getActivationParameters(lo, hi,
                                           rounding.getActivationBits());
}

FailureOr<std::optional<QuantizePass::InputScale>>
QuantizePass::getInputScale(Linear linear, Activation activation) {
  if (!rounding.isStatic())
    return std::optional<InputScale>();
  ObserveOp observe = activation.observe;
  FailureOr<SmallVector<float>> absmax =
      readStatistics(observe, "absmax", observe.getAbsmaxAttr());
  if (failed(absmax))
    return failure();
  if (absmax->empty())
    return observe.emitError()
           << "'" << observe.getName()
           << "' has no absmax statistics: run quant-attach-statistics, or "
              "choose activations=per-token";
  float reach = observe.getClip() ? observe.getClip()->convertToFloat()
                                  : numerics::getAbsMax(*absmax);
  InputScale symmetric{
      numerics::getSymmetricScale(reach, rounding.getActivationBits())};
  if (!activationZeroPoint)
    return std::optional(symmetric);
  FailureOr<std::optional<std::string>> obstacle = getZeroPointObstacle(linear);
  if (failed(obstacle))
    return failure();
  if (*obstacle) {
    remark::missed(
        linear.op.getLoc(),
        remark::RemarkOpts::name("NoZeroPoint").category("quant-quantize"))
        << remark::add("the input of {0} has no zero point", linear.getTitle())
        << remark::reason("{0}", **obstacle);
    return std::optional(symmetric);
  }
  FailureOr<InputScale> scale = getScaleWithZeroPoint(observe, reach);
  if (failed(scale))
    return failure();
  InputScale asymmetric = *scale;
  return std::optional(asymmetric);
}

static Value createScaleConstant(ImplicitLocOpBuilder &b, StringRef name,
                                 float scale) {
  std::string key = name.empty() ? "" : (name + ".input_scale").str();
  return createFloatConstant(b, b.getLoc(), key,
                             RankedTensorType::get({}, b.getF32Type()), scale);
}

QuantizePass::Codes QuantizePass::getCodes(ImplicitLocOpBuilder &b,
                                           StringRef name,
                                           Activation activation,
                                           std::optional<InputScale> scale) {
  Operation *observe =
      rounding.isStatic() ? activation.observe.getOperation() : nullptr;
  InputScale key = scale.value_or(InputScale{0.0f});
  auto [it, isNew] = sharedCodes.try_emplace(
      {b.getBlock(), activation.input, activation.smoothing, observe, key.zero,
       llvm::bit_cast<uint32_t>(key.scale)});
  Codes &shared = it->second;
  if (!isNew) {
    // Each linear of a checkpoint has its own copy of the scale.
    return scale && !name.empty()
               ? Codes{shared.codes, createScaleConstant(b, name, scale->scale)}
               : shared;
  }

  SmallVector<OpFoldResult> sizes =
      tensor::getMixedSizes(b, b.getLoc(), activation.input);
  SmallVector<Value> inits = {tensor::EmptyOp::create(b, sizes, b.getI8Type())};
  if (scale)
    shared.scale = createScaleConstant(b, name, scale->scale);
  else
    inits.push_back(tensor::EmptyOp::create(
        b, ArrayRef<OpFoldResult>(sizes).drop_back(), b.getF32Type()));
  unsigned bits = rounding.getActivationBits();
  auto quantize = QuantizeOp::create(
      b, TypeRange(ValueRange(inits)), activation.input, shared.scale,
      activation.smoothing, inits,
      bits == 8 ? IntegerAttr() : b.getI64IntegerAttr(bits),
      scale && scale->zero ? b.getI64IntegerAttr(scale->zero) : IntegerAttr());
  shared.codes = quantize.getResult(0);
  if (!scale)
    shared.scale = quantize.getResult(1);
  return shared;
}

LogicalResult QuantizePass::quantize(Linear linear, Activation activation) {
  FailureOr<std::optional<InputScale>> inputScale =
      getInputScale(linear, activation);
  if (failed(inputScale))
    return failure();
  SmallVector<float> meanAbs, absmax;
  if (ObserveOp observe = activation.observe) {
    FailureOr<SmallVector<float>> means =
        readStatistics(observe, "mean_abs", observe.getMeanAbsAttr());
    FailureOr<SmallVector<float>> largest =
        readStatistics(observe, "absmax", observe.getAbsmaxAttr());
    if (failed(means) || failed(largest))
      return failure();
    meanAbs = std::move(*means);
    absmax = std::move(*largest);
  }
  std::optional<float> predictedScale;
  if (*inputScale)
    predictedScale = (*inputScale)->scale;
  if (rounding.hasIntegerInputs() && !predictedScale && !meanAbs.empty() &&
      !absmax.empty())
    predictedScale = predictTokenScale(meanAbs, numerics::getAbsMax(absmax),
                                       rounding.getActivationBits());
  FailureOr<QuantizedWeight> weight = quantizeWeight(linear);
  if (failed(weight))
    return failure();
  int64_t bytesBefore =
      getStorageBytes(cast<ShapedType>(linear.weight.getType()));
  remarkQuantized(linear, bytesBefore, *weight,
                  predictError(*weight, meanAbs, predictedScale), absmax);
  numBytesBefore += bytesBefore;
  numBytesAfter += weight->getBytes();
  ++numQuantized;

  ImplicitLocOpBuilder b(linear.op->getLoc(), linear.op);
  Codes codes;
  if (rounding.hasIntegerInputs())
    codes = getCodes(b, linear.getName(), activation, *inputScale);
  replace(linear, codes, *inputScale, *weight);
  return success();
}

void QuantizePass::replace(Linear linear, const Codes &codes,
                           std::optional<InputScale> inputScale,
                           const QuantizedWeight &weight) {
  Operation *constant = linear.weight.getDefiningOp();
  WeightFormat format = rounding.getWeightFormat(
      cast<ShapedType>(linear.weight.getType()).getDimSize(1));
  replaceLinear(
      linear,
      [&](OpBuilder &b, Location loc, Value bias, Value init) -> Operation * {
        Type type = init.getType();
        Value weightCodes = createConstant(b, loc, weight.codes);
        Value scales = createConstant(b, loc, weight.scales);
        if (inputScale && inputScale->zero)
          bias = createBiasForZeroPoint(b, loc, linear.getName(), bias, weight,
                                        *inputScale);
        if (!rounding.hasGroups())
          return quantmlir::MatmulOp::create(b, loc, TypeRange(type),
                                             codes.codes, weightCodes,
                                             codes.scale, scales, bias, init);
        bool integer = rounding.hasIntegerInputs();
        Value groupScales =
            integer ? createConstant(b, loc, weight.groupScales) : scales;
        return GroupMatmulOp::create(
            b, loc, TypeRange(type), integer ? codes.codes : linear.input,
            weightCodes, groupScales, createConstant(b, loc, weight.zeros),
            codes.scale, integer ? scales : Value(), bias, init,
            format.groupSize, format.bits);
      });
  releaser->eraseIfUnused(constant);
}

void QuantizePass::remarkKept(Operation *op, StringRef name, StringRef reason) {
  ++numKept;
  remark::missed(
      op->getLoc(),
      remark::RemarkOpts::name("KeptFloat").category("quant-quantize"))
      << remark::add("{0} stays in float", name.str())
      << remark::reason("{0}", reason.str());
}

/// Whether the largest channel of an input is far above most others that are
/// not 0, as the outliers are that were taken apart.
static bool hasOutliers(ArrayRef<float> absmax) {
  constexpr float farAbove = 10;
  SmallVector<float> sorted(
      llvm::make_filter_range(absmax, [](float value) { return value != 0; }));
  if (sorted.empty())
    return false;
  llvm::sort(sorted);
  return sorted.back() > farAbove * sorted[sorted.size() / 2];
}

void QuantizePass::remarkQuantized(Linear linear, int64_t bytesBefore,
                                   const QuantizedWeight &weight,
                                   const PredictedError &error,
                                   ArrayRef<float> absmax) {
  auto percent = [](double value) { return value * 100; };
  std::string name = linear.getTitle();
  auto options = [](StringRef remarkName) {
    return remark::RemarkOpts::name(remarkName).category("quant-quantize");
  };
  remark::passed(linear.op->getLoc(), options("Quantized"))
      << remark::add("{0}: {1} bytes of weights become {2}, predicted output "
                     "error {3:f2} %",
                     name, bytesBefore, weight.getBytes(),
                     percent(error.getTotal()))
      << remark::metric("BytesBefore", bytesBefore)
      << remark::metric("BytesAfter", weight.getBytes())
      << remark::metric("WeightError", error.weight)
      << remark::metric("InputError", error.input);
  if (error.getTotal() < highError)
    return;
  bool inputDominates = error.input > error.weight;
  bool standsOut = hasOutliers(absmax);
  std::string remedy =
      inputDominates ? getInputRemedy(standsOut) : getWeightRemedy();
  StringRef cause = "few of its weights set the scale of all others";
  if (inputDominates)
    cause = standsOut ? "few channels of its input set the scale of all others"
                      : "few values of its input set the scale of all others, "
                        "in channels that are alike";
  remark::missed(linear.op->getLoc(), options("HighError"))
      << remark::add("{0}: rounding errors are {1:f0} % of its output", name,
                     percent(error.getTotal()))
      << remark::reason("{0}", cause.str()) << remark::suggest("{0}", remedy);
}

/// What lowers the error of rounding inputs more than the options do.
std::string QuantizePass::getInputRemedy(bool standsOut) const {
  SmallVector<StringRef> remedies;
  if (standsOut)
    remedies.push_back("smooth the input with a larger alpha");
  if (rounding.isStatic())
    remedies.push_back("choose activations=per-token");
  else if (rounding.getActivationBits() < 8)
    remedies.push_back("choose more activation-bits");
  if (remedies.empty())
    remedies.push_back("exclude the linear");
  return llvm::join(remedies, ", or ");
}

/// What lowers the error of rounding weights more than the options do.
std::string QuantizePass::getWeightRemedy() const {
  if (!rounding.hasGroups())
    return rounding.weights == WeightScale::PerTensor
               ? "choose weights=per-channel or a smaller alpha"
               : "smooth with a smaller alpha";
  std::string remedy;
  if (rounding.groupSize != 32)
    remedy = "choose smaller groups, or ";
  if (!rounding.zeroPoint)
    remedy += "choose zero-point, or ";
  return remedy + "clip with quant-clip-weights";
}

void QuantizePass::noteShape(const Linear &linear) {
  if (!rates)
    return;
  auto input = cast<RankedTensorType>(linear.input.getType());
  auto weight = cast<RankedTensorType>(linear.weight.getType());
  int64_t readers =
      llvm::count_if(linear.input.getUsers(), [](Operation *user) {
        return matchLinear(user).has_value();
      });
  LinearShape shape{input.getDimSize(0), weight.getDimSize(0),
                    weight.getDimSize(1), std::max<int64_t>(readers, 1)};
  auto isSame = [&](const ShapeUse &use) {
    return std::tie(use.shape.rows, use.shape.outputs, use.shape.inputs,
                    use.shape.readers) ==
           std::tie(shape.rows, shape.outputs, shape.inputs, shape.readers);
  };
  auto it = llvm::find_if(shapes, isSame);
  if (it == shapes.end())
    shapes.push_back({shape, linear.getTitle(), linear.op->getLoc(), 1});
  else
    ++it->count;
}

void QuantizePass::remarkSpeed() {
  if (!rates)
    return;
  auto options =
      remark::RemarkOpts::name("NoSpeedup").category("quant-quantize");
  unsigned inputBits =
      rounding.hasIntegerInputs() ? rounding.getActivationBits() : 16;
  if (inputBits <= 4 && !shapes.empty())
    remark::missed(getOperation().getLoc(), options)
        << remark::add(
               "{0}-bit activations are no faster than 8-bit ones on {1}",
               inputBits, rates->chip.str())
        << remark::reason("{0}", rates->hasInt4
                                     ? "packing them and scaling the sums of "
                                       "groups takes most of what 4-bit "
                                       "products save"
                                     : "its tensor cores have no 4-bit "
                                       "integers; kernels multiply their codes "
                                       "as 8-bit ones")
        << remark::suggest("choose scheme=w4a8, which loses less");
  for (ShapeUse &use : shapes) {
    SpeedFormat format{rounding.hasGroups() ? 4u : 8u, inputBits,
                       rounding.hasGroups() ? rounding.groupSize : 0};
    LinearShape shape = use.shape;
    bool isAssumed = ShapedType::isDynamic(shape.rows);
    if (isAssumed)
      shape.rows = rows;
    double speedup = predictSpeedup(*rates, shape, format);
    if (speedup >= leastSpeedup)
      continue;
    auto remark = remark::missed(use.loc, options);
    remark << remark::add(
                  "{0} of shape {1}, such as {2}: not faster on {3}{4}",
                  use.count == 1
                      ? "1 linear"
                      : llvm::formatv("{0} linears", use.count).str(),
                  shape.toString(), use.name, rates->chip.str(),
                  isAssumed
                      ? llvm::formatv(", assuming {0} rows", shape.rows).str()
                      : "")
           << remark::reason("{0}", explainSpeed(*rates, shape, format))
           << remark::metric("Speedup", speedup);
    SmallVector<int64_t> fast = getNearestFastRows(*rates, shape, format);
    if (!fast.empty())
      remark << remark::suggest(
          "with {0} rows it is",
          llvm::join(
              llvm::map_range(
                  fast, [](int64_t rows) { return std::to_string(rows); }),
              " or "));
  }
}

/// An observer has served when no float linear reads it; a smoothing that was
/// absorbed is dead with it.
void QuantizePass::eraseObservers() {
  getOperation().walk([&](ObserveOp observe) {
    bool needed = llvm::any_of(observe->getUsers(), [](Operation *user) {
      return matchLinear(user) || matchComputedWeight(user);
    });
    if (needed)
      return;
    auto smooth = observe.getInput().getDefiningOp<SmoothOp>();
    eraseObserver(observe);
    if (smooth && smooth->use_empty())
      smooth->erase();
  });
}

void QuantizePass::runOnOperation() {
  if (failed(checkOptions()))
    return signalPassFailure();
  releaser.emplace(getOperation());
  quantizedWeights.clear();
  sharedCodes.clear();
  shapes.clear();
  SmallVector<linalg::MatmulOp> ops;
  getOperation().walk([&](linalg::MatmulOp op) {
    if (matchLinear(op))
      ops.push_back(op);
    else if (std::optional<ComputedWeight> weight = matchComputedWeight(op))
      remarkKept(op, weight->name, weight->reason);
  });
  // Before any of those that share an input is replaced.
  for (linalg::MatmulOp op : ops) {
    Linear linear = *matchLinear(op);
    if (!getReasonToKeep(linear, matchActivation(linear.input)))
      noteShape(linear);
  }
  for (linalg::MatmulOp op : ops) {
    // Its input may be what a linear was replaced by.
    Linear linear = *matchLinear(op);
    Activation activation = matchActivation(linear.input);
    if (auto reason = getReasonToKeep(linear, activation))
      remarkKept(linear.op, linear.getTitle(), *reason);
    else if (failed(quantize(linear, activation)))
      return signalPassFailure();
  }
  remarkSpeed();
  eraseObservers();
}
