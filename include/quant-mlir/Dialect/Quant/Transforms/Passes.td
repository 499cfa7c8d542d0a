//===- Passes.td - passes on the quant dialect -------------*- tablegen -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_DIALECT_QUANT_TRANSFORMS_PASSES_TD
#define QUANT_MLIR_DIALECT_QUANT_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

/// How linears will be quantized, for the passes that prepare it: the options
/// of quant-quantize.
defvar formatOptions = [
  Option<"scheme", "scheme", "QuantizationScheme", "QuantizationScheme::W8A8",
    "What quant-quantize will make of linears", [{::llvm::cl::values(
      clEnumValN(QuantizationScheme::W8A8, "w8a8", "8-bit weights and activations"),
      clEnumValN(QuantizationScheme::W4A16, "w4a16", "4-bit weights in groups, float activations"),
      clEnumValN(QuantizationScheme::W4A8, "w4a8", "4-bit weights in two-level groups, 8-bit activations"),
      clEnumValN(QuantizationScheme::W4A4, "w4a4", "4-bit weights in two-level groups, 4-bit activations"))}]>,
  Option<"activationBits", "activation-bits", "unsigned", "0",
    "Bits that integer activations will have, 2 to 8, or 0 for the scheme's">,
  Option<"groupSize", "group-size", "int64_t", "128",
    "4-bit weights that will share a scale: 32, 64, 128, or 0 for the row">,
  Option<"zeroPoint", "zero-point", "bool", "false",
    "4-bit groups will have zero points">
];

/// The schemes with 4-bit weights, for the passes that search for these.
defvar groupSchemeOption = Option<"scheme", "scheme", "QuantizationScheme",
  "QuantizationScheme::W4A16", "What quant-quantize will make of linears",
  [{::llvm::cl::values(
    clEnumValN(QuantizationScheme::W4A16, "w4a16", "One float scale a group"),
    clEnumValN(QuantizationScheme::W4A8, "w4a8", "Integer scales of groups in a float scale of the row"),
    clEnumValN(QuantizationScheme::W4A4, "w4a4", "The same as w4a8"))}]>;

//===----------------------------------------------------------------------===//
// Linears
//===----------------------------------------------------------------------===//

def QuantRaiseLinears : Pass<"quant-raise-linears", "ModuleOp"> {
  let summary = "Bring every linear into one form";
  let description = [{
    Each contraction of an activation with a weight becomes a rank-2
    `linalg.matmul` whose weight is N×K, into a destination filled with 0. The
    weight is found behind transposes, broadcasts and reshapes that only add or
    drop unit dimensions, whether it is a constant or an external global. Leading
    dimensions of the activation are collapsed into M. A destination that is not
    0 becomes an addition; a bias that is added to the reshaped result is added
    to the M×N value instead.

    ```mlir
    %t = linalg.transpose ins(%w : tensor<1536x576xf32>) … permutation = [1, 0]
    %b = linalg.broadcast ins(%t : tensor<576x1536xf32>) … dimensions = [0]
    %y = linalg.batch_matmul ins(%x, %b : tensor<8x128x576xf32>, tensor<8x576x1536xf32>) …
    ```
    ==>
    ```mlir
    %c = tensor.collapse_shape %x [[0, 1], [2]] : … into tensor<1024x576xf32>
    %m = linalg.matmul indexing_maps = [(m, n, k) -> (m, k), (n, k), (m, n)]
        ins(%c, %w : tensor<1024x576xf32>, tensor<1536x576xf32>) …
    %y = tensor.expand_shape %m [[0, 1], [2]] … : … into tensor<8x128x1536xf32>
    ```

    A parameter stored as K×N is transposed: its constant if its data is present,
    otherwise by a `linalg.transpose` that folds when the data is bound. A weight
    that cannot be raised (a convolution's filter) stays, with a missed-remark.
    Dead operands and results of `linalg.generic` (the index that a decomposed
    softmax also computes) are dropped. A gather whose indices run over a slice
    whatever the inputs are (`x[..., [-1], :]`, positions from 0 on) becomes a
    `tensor.extract_slice`, which scales pass.
  }];
  let dependentDialects = [
    "arith::ArithDialect", "linalg::LinalgDialect", "tensor::TensorDialect"
  ];
  let statistics = [
    Statistic<"numRaised", "raised", "Contractions brought into the form">,
    Statistic<"numBiases", "biases", "Biases moved to the rank-2 result">,
    Statistic<"numSlices", "slices", "Gathers that became slices">
  ];
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

def QuantBindWeights : Pass<"quant-bind-weights", "ModuleOp"> {
  let summary = "Make constants of external globals and a safetensors file";
  let description = [{
    Maps the file and replaces each load of an external `ml_program.global` by a
    constant resource that shares the mapping: no data is copied. Elements are
    copied only where the file stores bf16 or f16 and the module asks f32, which
    is exact, or where the file does not align them. The resource's key is the
    global's name. External globals that nothing loads are removed.

    ```mlir
    ml_program.global private @w(#ml_program.extern : tensor<2x3xf32>) : tensor<2x3xf32>
    %w = ml_program.global_load_const @w : tensor<2x3xf32>
    ```
    ==>
    ```mlir
    %w = arith.constant dense_resource<w> : tensor<2x3xf32>
    ```

    It fails, and changes nothing, if the file is not a valid safetensors file,
    or if it lacks a tensor or has it in another shape or element type.
  }];
  let options = [Option<"file", "file", "std::string", "", "The safetensors file">];
  let dependentDialects = ["arith::ArithDialect", "ml_program::MLProgramDialect"];
  let statistics = [
    Statistic<"numBound", "bound", "Globals that became constants">,
    Statistic<"numUnused", "unused", "Unused globals removed">
  ];
}

def QuantExternalizeWeights : Pass<"quant-externalize-weights", "ModuleOp"> {
  let summary = "Write constants to a safetensors file and leave globals";
  let description = [{
    The inverse of `quant-bind-weights`. Every constant resource, and every other
    constant of `min-bytes` and more that is not a splat, becomes a tensor of the
    file, an external `ml_program.global` and loads of it. A resource's key gives
    the name; a later version `x@2` of a parameter is written as `x`. If two
    versions of one parameter are in use and differ, the later one is `x_2`. A
    parameter with several uses stays one tensor. Elements of less than a byte
    stay in the module.

    The file is written beside its final place and renamed, so that a failure
    leaves what was there; `quant-opt` renames it when all passes have succeeded.
    A module may be written over the file that it was bound to. No tensor is
    copied in memory.
  }];
  let options = [
    Option<"file", "file", "std::string", "", "The safetensors file to write">,
    Option<"minBytes", "min-bytes", "int64_t", "1024",
           "Constants that are not resources stay in the module below this size">
  ];
  let dependentDialects = ["arith::ArithDialect", "ml_program::MLProgramDialect"];
  let statistics = [
    Statistic<"numWritten", "written", "Tensors written">,
    Statistic<"numBytes", "bytes", "Bytes written">
  ];
}

//===----------------------------------------------------------------------===//
// Calibration
//===----------------------------------------------------------------------===//

def QuantInsertObservers : Pass<"quant-insert-observers", "ModuleOp"> {
  let summary = "Mark the inputs of linears for calibration";
  let description = [{
    Puts one `quant.observe` in front of all raised linears of a block that read
    one value, named after the first of them: its weight's name with `.input` in
    place of `.weight`. The other users of the value do not see the observer.

    ```mlir
    %q = linalg.matmul … ins(%x, %q_proj.weight : …) …
    %k = linalg.matmul … ins(%x, %k_proj.weight : …) …
    ```
    ==>
    ```mlir
    %o = quant.observe %x "q_proj.input" : tensor<512x576xf32>
    %q = linalg.matmul … ins(%o, %q_proj.weight : …) …
    %k = linalg.matmul … ins(%o, %k_proj.weight : …) …
    ```

    Linears that will stay in float are not observed, with a missed-remark: those
    whose weight's name `exclude` finds, and those whose weight has another use,
    as a head that is tied to the embedding.
  }];
  let options = [
    Option<"exclude", "exclude", "std::string",
           "::mlir::quantmlir::LinearFilter::defaultExclude.str()",
           "Regular expression of the parameter names to leave in float">
  ];
  let dependentDialects = ["quant::QuantDialect"];
  let statistics = [Statistic<"numObservers", "observers", "Observers inserted">];
}

def QuantAttachStatistics : Pass<"quant-attach-statistics", "ModuleOp"> {
  let summary = "Put the statistics of a calibration on the observers";
  let description = [{
    Reads a statistics file, as `quant-run --observe` writes it, and gives every
    `quant.observe` its attributes: `absmax`, `min`, `max` and `mean_abs` of each
    channel, `tokens` and `samples`; and `moment2`, `sample` and `histogram` where
    the file has them, the first without a copy. Files of one calibration that hold the
    moments of different observers (`--second-moments=REGEX`) are attached one
    after the other.

    ```mlir
    %y = quant.observe %x "q_proj.input" : tensor<512x576xf32>
    ```
    ==>
    ```mlir
    %y = quant.observe %x "q_proj.input" {absmax = dense_resource<q_proj.input.absmax> : tensor<576xf32>,
        max = …, mean_abs = …, min = …, samples = 128 : i64, tokens = 65536 : i64} : tensor<512x576xf32>
    ```

    It fails, and changes nothing, if the file was collected on another module
    (other observers, channels, or weights behind them) or has a value that is
    not finite. A missed-remark tells of fewer than 128 samples, and one for each
    activation of which the runs of even and of odd number give statistics that
    disagree: by a factor above 1.5 in the largest magnitude, or of 2 in more than
    a tenth of the channels.
  }];
  let options = [Option<"file", "file", "std::string", "", "The statistics file">];
  let dependentDialects = ["quant::QuantDialect"];
  let statistics = [Statistic<"numAttached", "attached", "Observers with statistics">];
}

def QuantStripObservers : Pass<"quant-strip-observers", "ModuleOp"> {
  let summary = "Remove every quant.observe";
  let description = [{
    Replaces each `quant.observe` by its operand, with or without statistics.

    ```mlir
    %y = quant.observe %x "layers.0.input" : tensor<512x576xf32>
    use %y
    ```
    ==>
    ```mlir
    use %x
    ```
  }];
  let dependentDialects = ["quant::QuantDialect"];
  let statistics = [Statistic<"numErased", "erased", "Observers erased">];
}

//===----------------------------------------------------------------------===//
// Smoothing
//===----------------------------------------------------------------------===//

def QuantSmooth : Pass<"quant-smooth", "ModuleOp"> {
  let summary = "Move the outliers of activations into weights";
  let description = [{
    SmoothQuant (arXiv 2211.10438) on every group of linears that reads one
    observed value, whatever produces the value. Channel j of the value is
    divided, and column j of the weights multiplied, by

        s_j = max|X_j|^alpha / max|W_j|^(1 - alpha)

    with the observer's statistics and the maximum over all weights of the group,
    both floored at 1e-5 as the paper's code does. A channel that is 0 in the
    activation or in the weights gets 1. With `percentile` below 100 that
    percentile of |X_j| takes the place of its maximum; it needs statistics with
    histograms. With `search` each group gets the alpha with the least predicted
    error among 0, 0.1, …, 1 and the two values 0.05 beside the best of these. With
    `thresholds` the search also tries the scales of Outlier Suppression+ (arXiv
    2304.09145),

        s_j = max(1, max|X_j| / t)

    with t = max|X| / 2, / 4, … / 64 over the channels that can be scaled, and √2
    times and 1/√2 times the best of these: a few large channels are brought down to
    t and all others left alone, which spares the weights where one channel is large
    for one token of each sample. `scales=pow2` rounds scales to powers of two, which
    change no bit of what the model computes in floats.

    ```mlir
    %x1 = quant.observe %x "q.input" {absmax = dense<[8.0, 2.0]> …} : tensor<512x2xf32>
    linalg.matmul … ins(%x1, %w : …)
    ```
    ==>
    ```mlir
    %y = quant.smooth %x by %s along [1] : tensor<512x2xf32>, tensor<2xf32>
    %x1 = quant.observe %y "q.input" {absmax = …} : tensor<512x2xf32>
    %v = quant.fuse_scale %w by %s along [1] : …
    linalg.matmul … ins(%x1, %v : …)
    ```

    Before it chooses a scale the pass plans its migration, as
    `quant-fold-scales` will make it. Channels that the plan ties get one scale,
    from maxima over the tied channels. Groups are taken consumers first, on the
    weights as earlier choices leave them. A group is smoothed only if that lowers
    the error that quantization is predicted to add to its outputs, by 1 % of it at
    least, unless `always`;
    `scheme`, `activation-bits`, `activations`, `weights`, `group-size`, `zero-point`
    and `clip` say how it will be quantized
    (`quant-clip-activations` clips). The prediction is that of
    `quant-mlir/Dialect/Quant/Utils/OutputError.h`. A group whose scale cannot
    fold keeps its `quant.smooth`, which quantization absorbs, or with
    `groups=foldable` is left alone. A remark for each group says which; another
    one tells of an alpha that moves so much into the weights that their error
    dominates and another alpha would at least halve the group's error.

    Statistics that are NaN or infinite are an error, as are weights without data.
  }];
  let options = [
    Option<"alpha", "alpha", "double", "0.5",
      "Migration strength: 0 makes the weights' columns equal, 1 the activation's channels">,
    Option<"search", "search", "bool", "false",
      "Choose alpha for each group by its predicted error instead">,
    Option<"thresholds", "thresholds", "bool", "false",
      "With search, also scale large channels alone, down to a threshold">,
    Option<"percentile", "percentile", "double", "100",
      "The percentile of a channel's magnitudes that counts as its maximum">,
    Option<"scales", "scales", "SmoothingScales", "SmoothingScales::Any",
      "Values that scales take", [{::llvm::cl::values(
        clEnumValN(SmoothingScales::Any, "any", "Any"),
        clEnumValN(SmoothingScales::PowersOfTwo, "pow2", "Powers of two"))}]>,
    Option<"activations", "activations", "ActivationScale", "ActivationScale::StaticPerTensor",
      "Scales that activations will have", [{::llvm::cl::values(
        clEnumValN(ActivationScale::StaticPerTensor, "static", "One, from calibration"),
        clEnumValN(ActivationScale::DynamicPerToken, "per-token", "One a row, computed at run time"))}]>,
    Option<"weights", "weights", "WeightScale", "WeightScale::PerChannel",
      "Scales that weights will have", [{::llvm::cl::values(
        clEnumValN(WeightScale::PerTensor, "per-tensor", "One"),
        clEnumValN(WeightScale::PerChannel, "per-channel", "One for each output channel"))}]>,
    Option<"activationZeroPoint", "activation-zero-point", "bool", "false",
      "Static scales will have zero points">,
    Option<"clip", "clip", "bool", "false",
      "Static scales will be clipped by quant-clip-activations">,
    Option<"groups", "groups", "SmoothedGroups", "SmoothedGroups::All",
      "Groups to smooth", [{::llvm::cl::values(
        clEnumValN(SmoothedGroups::All, "all", "Every group"),
        clEnumValN(SmoothedGroups::Foldable, "foldable", "Those whose scales fold into constants"))}]>,
    Option<"always", "always", "bool", "false",
      "Smooth a group even if its predicted error grows">
  ] # formatOptions;
  let dependentDialects = ["arith::ArithDialect", "linalg::LinalgDialect",
                           "quant::QuantDialect", "tensor::TensorDialect"];
  let statistics = [
    Statistic<"numSmoothed", "smoothed", "Groups smoothed">,
    Statistic<"numSkipped", "skipped", "Groups left alone">
  ];
}

def QuantPrintSmoothingGroups : Pass<"quant-print-smoothing-groups", "ModuleOp"> {
  let summary = "Say where the scale of each group of linears would go";
  let description = [{
    A group is the linears that read one `quant.observe`. The pass plans the
    migration of its scale as `quant-smooth` does, before any scale is chosen, and
    says whether it folds fully, folds only if some channels share a scale (ties,
    as the value heads of grouped-query attention do), or stays at the linears,
    with what stops it. It needs neither statistics nor the weights' data, and
    changes nothing.

    ```
    layers.0.q_proj.input: folds into layers.0.norm.weight
    layers.0.o_proj.input: folds into layers.0.v_proj.weight with ties: 192 scales for 576 channels
    layers.0.fc2.input: stays: stopped at linalg.generic (line 84): math.erf of a scaled value is not the scaled value of it
    3 groups: 1 fold, 1 fold with ties, 1 stay
    ```

    The text goes to the standard error stream. With `json=FILE` the same goes to
    a file instead: the numbers of groups (`folds`, `ties`, `stays`), and for each
    one its `name`, `function`, `linears`, the full names of their `parameters`,
    `channels`, `outcome` and, if it folds, the number of `scales` that can be
    chosen, the `constants` that take them, the classes of `tied` channels and the
    `fixed` ones whose scale must be 1; if it stays, the `reason`, the `op` and a
    `suggestion`. `unobserved` names the parameters of linears in no group. Each
    group also gets an analysis-remark.
  }];
  let options = [
    Option<"json", "json", "std::string", "", "The JSON file to write instead of text">
  ];
  let statistics = [
    Statistic<"numFolds", "fold", "Groups that fold fully">,
    Statistic<"numTies", "ties", "Groups that fold with ties">,
    Statistic<"numStay", "stay", "Groups whose scales stay at the linears">
  ];
}

def QuantAwq : Pass<"quant-awq", "ModuleOp"> {
  let summary = "Scale the weight columns that matter most before 4-bit rounding";
  let description = [{
    The scale search of AWQ (arXiv 2306.00978) on every group of linears that
    reads one observed value, whatever produces the value. Column j of the weights
    is multiplied, and channel j of the value divided, by

        s_j = mean|X_j|^r    or    s_j = mean|X_j|^r / mean|W_j|^(1 - r)

    divided by sqrt(max s · min s). The second form is that of the authors'
    successor code; its mean is over all rows of the group's weights, each weight
    relative to the maximum of its quantization group. Of all r = 0, 1/grid, …, 1
    and both forms the pass takes the scale with the least error of the outputs,

        |(Q(W·s)/s - W)·X|² = tr(D·XᵀX·Dᵀ),    D = Q(W·s)/s - W

    where Q rounds to 4 bits in groups as `quant-quantize` will with the same
    `scheme`. XᵀX is the
    observer's `moment2`; if the observer has a `sample` of fewer than K/2 rows,
    these are cheaper and stand for X. A scale that does not lower the error is
    not inserted.

    ```mlir
    %x1 = quant.observe %x "q.input" {mean_abs = …, moment2 = …} : tensor<512x576xf32>
    linalg.matmul … ins(%x1, %w : …)
    ```
    ==>
    ```mlir
    %y = quant.smooth %x by %s along [1] : tensor<512x576xf32>, tensor<576xf32>
    %x1 = quant.observe %y "q.input" {…, moment_scale = …} : tensor<512x576xf32>
    %v = quant.fuse_scale %w by %s along [1] : …
    linalg.matmul … ins(%x1, %v : …)
    ```

    Channels that the scale's migration ties share one scale, from means over the
    tied channels; a channel that is 0 in the activation or in the weights gets 1.
    Where activations stay float a scale that does not fold costs a pass over
    them, so such a group is left alone unless `groups=all`. Groups are searched
    in parallel on the weights as they are: a scale that another group folds into
    the rows of a weight changes no code. The result does not depend on the
    number of threads. A remark for each group says what was chosen, on what
    errors, or why nothing was.

    Each thread holds the group's weights in f32 where they are stored otherwise,
    256 rows of them, and 2 K² bytes if errors are measured on `moment2`, which is
    copied, in 4 K² bytes, if scales have moved through the observer;
    docs/Calibration.md has figures.

    An observer with neither `moment2` nor `sample` is an error, as are weights
    or statistics without data and weights that are NaN or infinite.
  }];
  let options = [
    Option<"groupSize", "group-size", "int64_t", "128",
      "Weights that share a scale along a row: 32, 64, 128, or 0 for the row">,
    Option<"zeroPoint", "zero-point", "bool", "false",
      "Quantization groups have zero points">,
    groupSchemeOption,
    Option<"gridSize", "grid", "int64_t", "20", "Steps of r from 0 to 1">,
    Option<"form", "form", "AwqForm", "AwqForm::Both",
      "What the scales are made of", [{::llvm::cl::values(
        clEnumValN(AwqForm::Activations, "activations", "mean|X|^r"),
        clEnumValN(AwqForm::Weights, "weights", "mean|X|^r / mean|W|^(1-r)"),
        clEnumValN(AwqForm::Both, "both", "The better one"))}]>,
    Option<"groups", "groups", "SmoothedGroups", "SmoothedGroups::Foldable",
      "Groups to scale", [{::llvm::cl::values(
        clEnumValN(SmoothedGroups::All, "all", "Every group"),
        clEnumValN(SmoothedGroups::Foldable, "foldable", "Those whose scales fold into constants"))}]>,
    Option<"exclude", "exclude", "std::string",
      "::mlir::quantmlir::LinearFilter::defaultExclude.str()",
      "Regular expression of the parameter names that stay in float">
  ];
  let dependentDialects = ["arith::ArithDialect", "linalg::LinalgDialect",
                           "quant::QuantDialect", "tensor::TensorDialect"];
  let statistics = [
    Statistic<"numScaled", "scaled", "Groups scaled">,
    Statistic<"numSkipped", "skipped", "Groups left alone">
  ];
}

def QuantClipActivations : Pass<"quant-clip-activations", "ModuleOp"> {
  let summary = "Choose up to which magnitude static scales reach";
  let description = [{
    A static scale that reaches the largest magnitude seen in calibration spends
    most of its codes on values that hardly ever occur. For each observer this
    pass finds the magnitude at which clipping lowers the predicted error of the
    linears behind it most, from the histograms of its channels and the power of
    the weights' columns, among absmax and 24 smaller ones a quarter of an octave
    apart. The prediction is that of
    `quant-mlir/Dialect/Quant/Utils/OutputError.h`; it runs nothing.

    ```mlir
    %x1 = quant.observe %x "q.input" {absmax = …, histogram = …} : tensor<512x576xf32>
    ```
    ==>
    ```mlir
    %x1 = quant.observe %x "q.input" {absmax = …, clip = 3.5 : f32, histogram = …} : tensor<512x576xf32>
    ```

    It runs behind `quant-fold-scales`, since scales change magnitudes, and in
    front of `quant-quantize`, which reads `clip` and has the same `scheme` and
    `activation-bits`. An observer that no linear reads, one without a
    histogram, and one that no clipping helps are left alone, with a missed-remark;
    so is every observer where activations stay in float.
    Statistics or weights without data are an error.
  }];
  let options = [
    Option<"activationZeroPoint", "activation-zero-point", "bool", "false",
      "Static scales will have zero points">,
    Option<"weights", "weights", "WeightScale", "WeightScale::PerChannel",
      "Scales that weights will have", [{::llvm::cl::values(
        clEnumValN(WeightScale::PerTensor, "per-tensor", "One"),
        clEnumValN(WeightScale::PerChannel, "per-channel", "One for each output channel"))}]>
  ] # formatOptions;
  let dependentDialects = ["quant::QuantDialect"];
  let statistics = [
    Statistic<"numClipped", "clipped", "Activations that will be clipped">,
    Statistic<"numSkipped", "skipped", "Activations left alone">
  ];
}

def QuantFoldScales : Pass<"quant-fold-scales", "ModuleOp"> {
  let summary = "Migrate scales through the dataflow into constants";
  let description = [{
    Multiplies `quant.fuse_scale` into the constants that it scales, and moves
    each `quant.smooth` by a constant scale towards the producers of its operand
    until every branch ends in a constant, which is divided: a norm's gain and
    bias, the rows of the linear before, the up projection of a gated unit, the
    value projection of an attention. docs/Migration.md gives the rules and their
    derivation.

    ```mlir
    %h = linalg.generic … ins(%norm, %gain) { mulf } : … tensor<1x512x576xf32>
    %c = tensor.collapse_shape %h [[0, 1], [2]] : … into tensor<512x576xf32>
    %x = quant.smooth %c by %s along [1] : tensor<512x576xf32>, tensor<576xf32>
    %v = quant.fuse_scale %w by %s along [1] : tensor<192x576xf32>, tensor<576xf32>
    linalg.matmul … ins(%x, %v : …)
    ```
    ==>
    ```mlir
    %h = linalg.generic … ins(%norm, %gain_over_s) { mulf } : …
    %c = tensor.collapse_shape %h [[0, 1], [2]] : … into tensor<512x576xf32>
    linalg.matmul … ins(%c, %w_times_s : …)
    ```

    A move is planned whole and made only if every branch ends in constants;
    otherwise the `quant.smooth` stays where it is, and a missed-remark says what
    stopped it. A constant that has other uses is copied. Statistics of a
    `quant.observe` that a scale passes are divided. Constants are replaced by new
    versions of the same parameter; the data of earlier versions that passes made
    is freed.
  }];
  let dependentDialects = ["arith::ArithDialect", "linalg::LinalgDialect",
                           "quant::QuantDialect", "tensor::TensorDialect"];
  let statistics = [
    Statistic<"numFolded", "folded", "Scales folded into constants">,
    Statistic<"numLeft", "left", "Scales left at their linears">
  ];
}

//===----------------------------------------------------------------------===//
// Quantization
//===----------------------------------------------------------------------===//

include "quant-mlir/Dialect/Quant/Transforms/QuantizationPasses.td"

#endif // QUANT_MLIR_DIALECT_QUANT_TRANSFORMS_PASSES_TD
