//===- QuantizationPasses.td - passes that round -----------*- tablegen -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Part of Passes.td, which includes it.

def QuantDecomposeOutliers : Pass<"quant-decompose-outliers", "ModuleOp"> {
  let summary = "Contract the outlier channels of activations apart, in float or with scales of their own";
  let description = [{
    The mixed-precision decomposition of LLM.int8() (arXiv 2208.07339): the input
    channels of a linear that hold values of large magnitude are contracted in
    float, all others are left to `quant-quantize`. The paper finds the channels
    in each batch at run time; here they are those whose absmax over the
    calibration exceeds `threshold`, known at compile time. A channel that
    exceeds it at run time only is quantized with the others.

    ```mlir
    %x1 = quant.observe %x "q_proj.input" {absmax = dense<[1.0, 9.0, 2.0]> …} : tensor<512x3xf32>
    %y = linalg.matmul … ins(%x1, %w : tensor<512x3xf32>, tensor<576x3xf32>) outs(%zeros …)
    ```
    ==>
    ```mlir
    %rest = linalg.generic … ins(%x, %mask : …) { select }       // channel 1 is 0
    %x1 = quant.observe %rest "q_proj.input" {absmax = dense<[1.0, 0.0, 2.0]> …} : tensor<512x3xf32>
    %z = linalg.matmul … ins(%x1, %w_rest : tensor<512x3xf32>, tensor<576x3xf32>) outs(%zeros …)
    %y = quant.outlier_matmul %x, %w_outliers channels(%c1 : tensor<1xi64>) add(%z …) …
    ```

    The integer part keeps its K and has zeros in place of the outliers, in the
    activation and in the weight, so neither's scales see them. The float part is
    accumulated behind the linear's bias; its weight is named
    `….weight_outliers`. All statistics of the input stay with both parts: the
    integer part's are those of an input with 0 in the outlier channels, and an
    observed part of outliers has their channels of each. Only `clip`, which was
    chosen for all channels, goes.

    With `observe-outliers` the outliers are an observed linear of their own, with
    the weight `….outliers.weight`, which passes behind this one smooth and quantize
    like any other. Names that are taken, by a split at another threshold before, get
    a number: `….outliers_2`. So all products are of integers, and static scales do well where
    one channel is large for one token of each sample: that channel's scale is no
    longer that of all. Smoothing scales of both parts stay at their linears: the
    gather, whose indices are data, takes none, and stops that of the rest, too.

    ```mlir
    %outliers1 = quant.observe %outliers "q_proj.input.outliers" {absmax = dense<9.0> …} : tensor<512x1xf32>
    %p = linalg.matmul … ins(%outliers1, %w_outliers : tensor<512x1xf32>, tensor<576x1xf32>) outs(%zeros …)
    %y = linalg.generic … ins(%z, %p : …) { addf }
    ```

    A remark for each observer has the number of its outliers; a missed-remark
    tells of observers that are left alone and of those most of whose channels are
    outliers. An observer is left alone if one of its linears will stay in float:
    one whose weight `exclude` matches or something else uses too. Weights without data are an error, and so is a module none of whose
    observers has statistics.
  }];
  let options = [
    Option<"threshold", "threshold", "double", "6.0",
      "Magnitude that no channel of the integer part exceeded in the calibration">,
    Option<"observeOutliers", "observe-outliers", "bool", "false",
      "Observe the outliers, so that they are quantized apart instead of staying in float">,
    Option<"exclude", "exclude", "std::string",
      "::mlir::quantmlir::LinearFilter::defaultExclude.str()",
      "Regular expression of the parameter names that stay in float">
  ];
  let dependentDialects = ["arith::ArithDialect", "linalg::LinalgDialect",
                           "quant::QuantDialect", "tensor::TensorDialect"];
  let statistics = [
    Statistic<"numDecomposed", "decomposed", "Observed values decomposed">,
    Statistic<"numSkipped", "skipped", "Observed values left alone">,
    Statistic<"numOutliers", "outliers", "Channels kept in float">
  ];
}

def QuantClipWeights : Pass<"quant-clip-weights", "ModuleOp"> {
  let summary = "Clip the weights of each group before 4-bit rounding";
  let description = [{
    The clipping search of AWQ (arXiv 2306.00978 and its code): each quantization
    group of each weight row is clipped to [-b, b], where b is 1, 1 - 1/grid, …
    times its largest magnitude, more than 1 - max-shrink. The b is taken with the
    least error of what the group adds to the output,

        d·M·dᵀ,    d = Q(clip(w)) - w

    where Q rounds to 4 bits as `quant-quantize` will with the same `scheme`, and M
    is the block of the observer's `moment2`, or else of its `sample`, that the
    group's columns have. Where groups have integer scales inside a scale of the
    row, that scale is the one of the row as a first search clips it.

    ```mlir
    %x1 = quant.observe %x "q.input" {moment2 = …} : tensor<512x576xf32>
    %w = arith.constant dense_resource<q.weight> : tensor<192x576xf32>
    linalg.matmul … ins(%x1, %w : …)
    ```
    ==>
    ```mlir
    %w = arith.constant dense_resource<q.weight@2> : tensor<192x576xf32>
    ```

    Run it after `quant-fold-scales`, on the weights that will be rounded. A
    weight with another use is left alone, with a missed-remark. The result does
    not depend on the number of threads.

    An observer of a linear with neither `moment2` nor `sample` is an error, as
    are weights or statistics without data and weights that are NaN or infinite.
  }];
  let options = [
    Option<"groupSize", "group-size", "int64_t", "128",
      "Weights that share a quantization scale along a row, or 0 for the row">,
    Option<"zeroPoint", "zero-point", "bool", "false",
      "Quantization groups have zero points">,
    groupSchemeOption,
    Option<"gridSize", "grid", "int64_t", "20", "Steps of the bound from 1 to 0">,
    Option<"maxShrink", "max-shrink", "double", "0.5",
      "How far bounds are lowered at most">,
    Option<"exclude", "exclude", "std::string",
      "::mlir::quantmlir::LinearFilter::defaultExclude.str()",
      "Regular expression of the parameter names to leave alone">
  ];
  let dependentDialects = ["arith::ArithDialect", "quant::QuantDialect"];
  let statistics = [
    Statistic<"numClipped", "clipped", "Weights clipped">,
    Statistic<"numSkipped", "skipped", "Weights left alone">
  ];
}

def QuantQuantize : Pass<"quant-quantize", "ModuleOp"> {
  let summary = "Replace linears by integer or group-quantized ones";
  let description = [{
    Quantizes the weight of each linear and replaces the linear, with the bias
    added right behind it, by `quant.quantize` and `quant.matmul` (`scheme=w8a8`),
    by `quant.group_matmul` on float activations (`scheme=w4a16`, round to nearest)
    or by `quant.quantize` and `quant.group_matmul` on integers (`scheme=w4a8`,
    `w4a4`). Linears that share an input share its codes. `Numerics.h` defines the
    arithmetic.

    ```mlir
    %x1 = quant.observe %x "mlp.up_proj.input" {absmax = …} : tensor<512x576xf32>
    %y = linalg.matmul … ins(%x1, %w : tensor<512x576xf32>, tensor<1536x576xf32>) …
    ```
    ==>
    ```mlir
    %w1 = arith.constant dense_resource<mlp.up_proj.weight@2> : tensor<1536x576xi8>
    %sw = arith.constant dense_resource<mlp.up_proj.weight_scale> : tensor<1536xf32>
    %sx = arith.constant dense_resource<mlp.up_proj.input_scale> : tensor<f32>
    %q = quant.quantize %x scale(%sx : tensor<f32>) …
    %y = quant.matmul %q, %w1 scales(%sx, %sw : tensor<f32>, tensor<1536xf32>) …
    ```

    A static activation scale is absmax / 127 over the channels of the observer
    that stands directly in front of the linear; an observer that no float linear
    needs any more is erased. A `quant.smooth` in front of the observer becomes
    the `smooth` operand of `quant.quantize`. 4-bit codes are packed two to a
    byte, low nibble first, and named `….weight_packed`; zero points are
    `….weight_zero_point`.

    With integer activations, groups of 4-bit weights have integer scales
    (`….weight_group_scale`, i8) inside an f32 scale of the row
    (`….weight_scale`), after QServe's progressive quantization (arXiv
    2405.04532): a code times its group's scale is an i8 weight, so that a whole
    row is summed on integers. `group-size=0` needs no group scales. Activations
    have the scheme's bits or `activation-bits`, in i8; `scheme=w8a8
    activation-bits=6` is W8A6.

    ```mlir
    %c = arith.constant dense_resource<mlp.up_proj.weight_packed> : tensor<1536x288xi8>
    %g = arith.constant dense_resource<mlp.up_proj.weight_group_scale> : tensor<1536x9xi8>
    %sw = arith.constant dense_resource<mlp.up_proj.weight_scale> : tensor<1536xf32>
    %q, %sx = quant.quantize %x …
    %y = quant.group_matmul %q, %c scales(%g : …) dequantize(%sx, %sw : …) … {group_size = 64 : i64}
    ```

    With `activation-zero-point` a static scale spans the range from the least to
    the largest value instead of twice the largest magnitude: up to half as much
    where values lie on one side, as behind GELU or ReLU. `quant.quantize` has the
    zero point, and the bias of `quant.matmul`, a new constant, takes it back, so
    kernels compute as before. A linear whose bias is no constant gets none, with
    a missed-remark.

    Stays in float, with a missed-remark: a linear that `exclude` matches, one
    whose weight something else uses too (a head tied to the embedding), one
    without an observer when scales are static. Each quantized linear gets a
    remark with its bytes and the predicted relative error of its output, and a
    missed-remark if that is large. A NaN or an infinity in a weight or in the
    statistics is an error.

    With `chip` a missed-remark `NoSpeedup` names each shape of linears that the
    scheme is predicted not to speed up there, by 5 % or more over f16, with the
    times that `quant-mlir/Dialect/Quant/Utils/SchemeSpeed.h` predicts; so does one
    if 4-bit activations, which are multiplied as 8-bit ones, gain nothing. Where
    the module leaves the number of rows open, `rows` are assumed, as in
    `quant-report`, and the remark says so.

    With `activation-zero-point` an input has none, with a missed-remark
    `NoZeroPoint`, if the linear's bias, which would take it back, is computed or
    is not of f32.
  }];
  let options = [
    Option<"scheme", "scheme", "QuantizationScheme", "QuantizationScheme::W8A8",
      "What is quantized", [{::llvm::cl::values(
        clEnumValN(QuantizationScheme::W8A8, "w8a8", "8-bit weights and activations"),
        clEnumValN(QuantizationScheme::W4A16, "w4a16", "4-bit weights in groups, float activations"),
        clEnumValN(QuantizationScheme::W4A8, "w4a8", "4-bit weights in two-level groups, 8-bit activations"),
        clEnumValN(QuantizationScheme::W4A4, "w4a4", "4-bit weights in two-level groups, 4-bit activations"))}]>,
    Option<"activations", "activations", "ActivationScale", "ActivationScale::StaticPerTensor",
      "Scales of integer activations", [{::llvm::cl::values(
        clEnumValN(ActivationScale::StaticPerTensor, "static", "One, from calibration"),
        clEnumValN(ActivationScale::DynamicPerToken, "per-token", "One a row, computed at run time"),
        clEnumValN(ActivationScale::StaticPerTensor, "static-per-tensor", "The same as static"),
        clEnumValN(ActivationScale::DynamicPerToken, "dynamic-per-token", "The same as per-token"))}]>,
    Option<"weights", "weights", "WeightScale", "WeightScale::PerChannel",
      "Scales of 8-bit weights", [{::llvm::cl::values(
        clEnumValN(WeightScale::PerTensor, "per-tensor", "One"),
        clEnumValN(WeightScale::PerChannel, "per-channel", "One for each output channel"))}]>,
    Option<"activationBits", "activation-bits", "unsigned", "0",
      "Bits of integer activations, 2 to 8, or 0 for the scheme's">,
    Option<"groupSize", "group-size", "int64_t", "128",
      "4-bit weights that share a scale along a row: 32, 64, 128, or 0 for the row">,
    Option<"zeroPoint", "zero-point", "bool", "false",
      "Give 4-bit groups zero points">,
    Option<"activationZeroPoint", "activation-zero-point", "bool", "false",
      "Give static activations zero points (scheme=w8a8)">,
    Option<"exclude", "exclude", "std::string",
      "::mlir::quantmlir::LinearFilter::defaultExclude.str()",
      "Regular expression of the parameter names to leave in float">,
    Option<"chip", "chip", "std::string", "",
      "The GPU that will run it, such as sm_80, to be told what it does not speed up">,
    Option<"rows", "rows", "int64_t", "::mlir::quantmlir::assumedRows",
      "Rows at which speed on the chip is judged where the module leaves them open">
  ];
  let statistics = [
    Statistic<"numQuantized", "quantized", "Linears quantized">,
    Statistic<"numKept", "kept", "Linears left in float">,
    Statistic<"numBytesBefore", "bytes-before", "Bytes of the quantized weights before">,
    Statistic<"numBytesAfter", "bytes-after", "Bytes of their codes, scales and zero points">
  ];
}

def QuantGPTQ : Pass<"quant-gptq", "ModuleOp"> {
  let summary = "Round weights to 4 bits so that later columns make up for earlier ones";
  let description = [{
    GPTQ (arXiv 2210.17323) with the second moments H of each linear's input, as
    `quant-run --observe --second-moments` collects them. The columns of a weight
    are rounded one after the other; the error that each adds to the outputs is
    taken back, as far as H allows, by changing the columns still to come. Codes,
    scales and zero points have the form and the names of `quant-quantize`
    with `scheme=w4a16`, and so has the replaced linear.

    ```mlir
    %x1 = quant.observe %x "up_proj.input" {moment2 = dense_resource<up_proj.input.moment2> …} : tensor<512x576xf32>
    %y = linalg.matmul … ins(%x1, %w : tensor<512x576xf32>, tensor<1536x576xf32>) …
    ```
    ==>
    ```mlir
    %c = arith.constant dense_resource<up_proj.weight_packed> : tensor<1536x288xi8>
    %s = arith.constant dense_resource<up_proj.weight_scale> : tensor<1536x9xf32>
    %y = quant.group_matmul %x1, %c scales(%s : tensor<1536x9xf32>) … {group_size = 64 : i64} …
    ```

    `damping` times the mean of H's diagonal is added to the diagonal. With
    `activation-order` columns are rounded in the order of falling second moments.
    Scales and zero points are then those of the original groups, so that a
    group stays 64 neighbours and a checkpoint needs no index of groups. Without
    it they are those of the weights as they are when the group is reached. With
    `search-scales` a group's range is the one of 1, 0.975, … 0.5 times its own
    whose errors weigh least, where an error in column i weighs 1 / U_ii²: what it
    costs after the feedback, with U as below. A channel that the calibration never saw is rounded to nearest. Scales that
    moved through the observer divide H, so the pass may follow `quant-smooth` or
    `quant-awq` and `quant-fold-scales`.

    H⁻¹ = UᵀU is had from one Cholesky factorization in f64, without inverting H.
    Groups of linears and blocks of rows are worked on in parallel; the result
    does not depend on the number of threads. Memory is that of U, 8 K² bytes, for
    each thread.

    Stays in float, with a missed-remark: a linear that `exclude` matches, one
    whose weight something else uses too, one without an observer or whose
    observer has no second moments. If none has any, or the damped H of one is not
    positive definite, that is an error, as are weights without data or with a
    NaN or an infinity.
  }];
  let options = [
    Option<"groupSize", "group-size", "int64_t", "128",
      "Weights that share a scale along a row: 32, 64, 128, or 0 for the row">,
    Option<"zeroPoint", "zero-point", "bool", "false", "Give groups zero points">,
    Option<"activationOrder", "activation-order", "bool", "true",
      "Round the columns of large activations first">,
    Option<"searchScales", "search-scales", "bool", "true",
      "Search the range of each group's codes">,
    Option<"damping", "damping", "double", "0.01",
      "Part of the mean second moment to add to each channel's">,
    Option<"exclude", "exclude", "std::string",
      "::mlir::quantmlir::LinearFilter::defaultExclude.str()",
      "Regular expression of the parameter names to leave in float">
  ];
  let statistics = [
    Statistic<"numQuantized", "quantized", "Linears quantized">,
    Statistic<"numKept", "kept", "Linears left in float">
  ];
}

def QuantPackWeights : Pass<"quant-pack-weights", "ModuleOp"> {
  let summary = "Bring 4-bit weights into the order of tensor-core fragments";
  let description = [{
    The GPU kernel of `quant.group_matmul` reads a 4-bit weight as the lanes of a
    warp hold it: 16 bytes are a lane's 32 codes of 16 rows by 64 columns, and masks
    and shifts unpack them. This pass brings constant codes, scales and zero points
    into that order, once, so that nothing is left to do at run time (the idea of
    MARLIN, arXiv 2408.11743; the orders for float and for integer activations are
    in `quant-mlir/Dialect/Quant/IR/FragmentOrder.h`). What the op computes stays the
    same, bit for bit, and `convert-quant-to-linalg` lowers either form.

    ```mlir
    %c = arith.constant dense_resource<q.weight_packed> : tensor<1536x288xi8>
    %s = arith.constant dense_resource<q.weight_scale> : tensor<1536x5xf32>
    %y = quant.group_matmul %x, %c scales(%s : tensor<1536x5xf32>) … {group_size = 128 : i64}
        : tensor<512x576xf16>, tensor<1536x288xi8> -> tensor<512x1536xf32>
    ```
    ==>
    ```mlir
    %c = arith.constant dense_resource<q.weight_packed.fragments> : tensor<96x9x512xi8>
    %s = arith.constant dense_resource<q.weight_scale.fragments> : tensor<5x1536xf32>
    %y = quant.group_matmul %x, %c scales(%s : tensor<5x1536xf32>) … {fragment_order, group_size = 128 : i64}
        : tensor<512x576xf16>, tensor<96x9x512xi8> -> tensor<512x1536xf32>
    ```

    Kernels know groups of 32, 64 and 128. Larger ones that are multiples of these,
    and a single group a row, become several with the same scale.

    `activations=f16` or `activations=bf16` rounds f32 activations to that type in
    front of the op, which changes results: f16 keeps 11 bits and overflows beyond
    65504, bf16 keeps 8 and does not overflow. Without it such ops are left alone.

    Integer activations that a `quant.quantize` to 4 bits or less makes are marked
    by `input_bits = 4`.

    A missed-remark tells of ops that are left alone: f32 activations, groups of
    other sizes, weights that are no constants or of dynamic shape, and, with integer
    activations, weights of which a code times its group's scale does not fit into 8
    bits (those of `quant-quantize` do). A constant without data is an error, as is a
    zero point that no code can have.
  }];
  let options = [
    Option<"activations", "activations", "::mlir::quantmlir::NarrowActivations",
      /*default=*/"::mlir::quantmlir::NarrowActivations::Keep",
      "Type to round f32 activations to",
      [{::llvm::cl::values(
        clEnumValN(::mlir::quantmlir::NarrowActivations::Keep, "keep", "None"),
        clEnumValN(::mlir::quantmlir::NarrowActivations::F16, "f16", "f16"),
        clEnumValN(::mlir::quantmlir::NarrowActivations::BF16, "bf16", "bf16"))}]>
  ];
  let dependentDialects = ["arith::ArithDialect", "linalg::LinalgDialect",
                           "quant::QuantDialect", "tensor::TensorDialect"];
  let statistics = [
    Statistic<"numPacked", "packed", "Ops whose weights were packed">,
    Statistic<"numKept", "kept", "Ops left alone">
  ];
}
