//===- QuantOps.td - the quant dialect, extended -----------*- tablegen -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Ops that this project adds to upstream's quant dialect. The dialect class is
// upstream's; QuantExtension.cpp inserts these ops into it.
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_DIALECT_QUANT_IR_QUANTOPS_TD
#define QUANT_MLIR_DIALECT_QUANT_IR_QUANTOPS_TD

include "mlir/Dialect/Quant/IR/QuantBase.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/IR/OpBase.td"
include "quant-mlir/Interfaces/ScaleMigrationOpInterface.td"

/// Base of every op of ours: upstream's dialect, our C++ namespace.
class QuantMLIR_Op<string mnemonic, list<Trait> traits = []>
    : Op<Quant_Dialect, mnemonic, !listconcat(traits, [
        DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
                                  ["reifyResultShapes"]>])> {
  let cppNamespace = "::mlir::quantmlir";
  let hasVerifier = 1;
}

/// Base of the ops that write into destinations, on tensors and on memrefs.
class QuantMLIR_DestinationOp<string mnemonic, list<Trait> traits = []>
    : QuantMLIR_Op<mnemonic, !listconcat(traits, [
        DestinationStyleOpInterface,
        DeclareOpInterfaceMethods<MemoryEffectsOpInterface>])>;

def QuantMLIR_Float : AnyTypeOf<[F16, BF16, F32], "f16, bf16 or f32">;
def QuantMLIR_FloatTensor : RankedTensorOf<[QuantMLIR_Float]>;
def QuantMLIR_ScaleTensor : RankedTensorOf<[F32]>;
def QuantMLIR_CodeTensor : RankedTensorOf<[I<4>, I<6>, I<8>]>;

def QuantMLIR_AnyFloatShaped
    : AnyTypeOf<[QuantMLIR_FloatTensor, MemRefRankOf<[QuantMLIR_Float], [1, 2, 3, 4]>]>;
def QuantMLIR_AnyScale
    : AnyTypeOf<[QuantMLIR_ScaleTensor, MemRefRankOf<[F32], [0, 1, 2, 3]>]>;
def QuantMLIR_AnyCodes
    : AnyTypeOf<[QuantMLIR_CodeTensor, MemRefRankOf<[I<4>, I<6>, I<8>], [1, 2, 3, 4]>]>;

//===----------------------------------------------------------------------===//
// Calibration and smoothing
//===----------------------------------------------------------------------===//

def QuantMLIR_ObserveOp : QuantMLIR_Op<"observe", [
    Pure, AllTypesMatch<["input", "result"]>,
    DeclareOpInterfaceMethods<ScaleMigrationOpInterface, ["updateForScale"]>]> {
  let summary = "mark an activation whose statistics calibration collects";
  let description = [{
    The identity on `input`. Its name identifies the activation in a statistics
    file. Calibration collects one statistic of each kind per channel, the last
    dimension of `input`: `absmax`, `min`, `max` and `mean_abs`, each of type
    `tensor<[channels]xf32>` and finite, over `tokens` rows of `samples` inputs.
    After `quant-attach-statistics` the op carries them; a scale that moves
    through the op divides them.

    On request calibration also collects `moment2`, the sum of xᵀx over all rows
    x, of type `tensor<[channels]x[channels]xf32>`, `sample`, some rows, and
    `histogram`, of type `tensor<[channels]x[bins]xi32>`, the counts of each
    channel's magnitudes in the bins that `quant-mlir/Statistics/Histogram.h`
    defines. They are large, so they stay as they were collected: `moment_scale`,
    one value per channel, is the product of the scales that moved through since,
    by which channels of `sample`, rows and columns of `moment2`, and the edges of
    the bins, are still to be divided. It is infinite for a channel that has
    become 0.

    `clip` is the magnitude, at most the largest absmax, up to which a static
    scale shall reach; larger values saturate. A scale that moves through the op
    drops it.

    ```mlir
    %y = quant.observe %x "layers.0.mlp.down_proj" : tensor<512x1536xf32>
    ```
  }];
  let arguments = (ins QuantMLIR_FloatTensor:$input, StrAttr:$name,
      OptionalAttr<ElementsAttr>:$absmax, OptionalAttr<ElementsAttr>:$min,
      OptionalAttr<ElementsAttr>:$max, OptionalAttr<ElementsAttr>:$mean_abs,
      OptionalAttr<I64Attr>:$tokens, OptionalAttr<I64Attr>:$samples,
      OptionalAttr<ElementsAttr>:$moment2, OptionalAttr<ElementsAttr>:$sample,
      OptionalAttr<ElementsAttr>:$moment_scale,
      OptionalAttr<ElementsAttr>:$histogram, OptionalAttr<F32Attr>:$clip);
  let results = (outs QuantMLIR_FloatTensor:$result);
  let assemblyFormat = "$input $name attr-dict `:` type($input)";
  let builders = [OpBuilder<(ins "::mlir::Value":$input, "::llvm::StringRef":$name), [{
    $_state.addOperands(input);
    $_state.addTypes(input.getType());
    $_state.getOrAddProperties<Properties>().name = $_builder.getStringAttr(name);
  }]>];
}

class QuantMLIR_ScalingOp<string mnemonic> : QuantMLIR_Op<mnemonic, [
    Pure, AllTypesMatch<["input", "result"]>,
    DeclareOpInterfaceMethods<ScaleMigrationOpInterface>]> {
  let arguments = (ins QuantMLIR_FloatTensor:$input,
      QuantMLIR_ScaleTensor:$scale, DenseI64ArrayAttr:$axes);
  let results = (outs QuantMLIR_FloatTensor:$result);
  let assemblyFormat = [{
    $input `by` $scale `along` $axes attr-dict `:` type($input) `,` type($scale)
  }];
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def QuantMLIR_SmoothOp : QuantMLIR_ScalingOp<"smooth"> {
  let summary = "divide an activation by a scale along some dimensions";
  let description = [{
    `y = x / s`, where `s` has one dimension for each entry of `axes` (strictly
    increasing dimensions of `x`) and broadcasts along the others. Scales are
    finite and greater than 0; constants are verified. SmoothQuant's and AWQ's
    scale on the activation side (arXiv 2211.10438, equation 3).

    Folds: a scale of ones is dropped; a division by the power-of-two constants
    that a `quant.fuse_scale` has just multiplied by is undone. Canonicalizes:
    two constant scales along the same axes become their product in f32.

    ```mlir
    %y = quant.smooth %x by %s along [2] : tensor<1x512x576xf32>, tensor<576xf32>
    ```
  }];
}

def QuantMLIR_FuseScaleOp : QuantMLIR_ScalingOp<"fuse_scale"> {
  let summary = "multiply a weight by a scale along some dimensions";
  let description = [{
    `w' = w * s`, with `s` and `axes` as in `quant.smooth`, whose inverse it is.
    It folds and canonicalizes as `quant.smooth` does. The product with a
    constant weight is left to `quant-fold-scales`: a canonicalization that
    copies weights would surprise.

    ```mlir
    %w2 = quant.fuse_scale %w by %s along [1] : tensor<1536x576xf32>, tensor<576xf32>
    ```
  }];
}

//===----------------------------------------------------------------------===//
// Quantization
//===----------------------------------------------------------------------===//

def QuantMLIR_QuantizeOp : QuantMLIR_DestinationOp<"quantize", [
    AttrSizedOperandSegments]> {
  let summary = "quantize an activation to symmetric integer codes";
  let description = [{
    `q = saturate(roundeven(x * inv))` with `inv = 1 / (scale * s)` computed once
    in f32, where `s` is the optional smoothing scale along the last dimension.
    Codes are symmetric, in [-127, 127] for i8; NaN gives 0, infinities saturate.
    `quant-mlir/Dialect/Quant/IR/Numerics.h` defines the arithmetic.

    Static: `scale` is one f32 (rank 0), known from calibration.

    ```mlir
    %q = quant.quantize %x scale(%c : tensor<f32>) outs(%qi : tensor<512x576xi8>)
        : tensor<512x576xf32> -> tensor<512x576xi8>
    ```

    Dynamic, per token: without `scale`, a second destination receives
    `absmax(t[i, :]) / 127` of each row of `t = x * (1 / s)`, with a positive
    floor and NaN ignored, and `q = saturate(roundeven(t * (1 / scale)))`.

    ```mlir
    %q, %sx = quant.quantize %x smooth(%s : tensor<576xf32>)
        outs(%qi, %si : tensor<512x576xi8>, tensor<512xf32>)
        : tensor<512x576xf32> -> tensor<512x576xi8>, tensor<512xf32>
    ```

    Codes have the width of their type, or the smaller one that `bits` (2 to 8)
    gives: they are then in [-2^(bits-1), 2^(bits-1)-1], and 2^(bits-1)-1 takes the
    place of 127.

    ```mlir
    %q, %sx = quant.quantize %x outs(%qi, %si : tensor<512x576xi8>, tensor<512xf32>)
        {bits = 6 : i64} : tensor<512x576xf32> -> tensor<512x576xi8>, tensor<512xf32>
    ```

    A static scale may have a `zero_point` z, the code of 0, in the range of codes
    [lo, hi]: `q = clamp(roundeven(x * inv), lo - z, hi - z) + z`. NaN gives z. What
    z adds to the sums of a contraction is constant for each row of the weight, so
    the bias of `quant.matmul` takes it back.

    ```mlir
    %q = quant.quantize %x scale(%c : tensor<f32>) outs(%qi : tensor<512x1536xi8>)
        {zero_point = -125 : i64} : tensor<512x1536xf32> -> tensor<512x1536xi8>
    ```

    On memrefs the op has no results. A smoothing of ones is dropped by
    canonicalization.
  }];
  let arguments = (ins QuantMLIR_AnyFloatShaped:$input,
      Optional<QuantMLIR_AnyScale>:$scale, Optional<QuantMLIR_AnyScale>:$smoothing,
      Variadic<AnyTypeOf<[QuantMLIR_AnyCodes, QuantMLIR_AnyScale]>>:$inits,
      OptionalAttr<I64Attr>:$bits, OptionalAttr<I64Attr>:$zero_point);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    $input (`scale` `(` $scale^ `:` type($scale) `)`)?
    (`smooth` `(` $smoothing^ `:` type($smoothing) `)`)?
    `outs` `(` $inits `:` type($inits) `)`
    attr-dict `:` type($input) (`->` type($results)^)?
  }];
  let extraClassDeclaration = [{
    MutableOperandRange getDpsInitsMutable() { return getInitsMutable(); }
    /// The destination of the codes, and of the per-token scales if dynamic.
    Value getCodesInit() { return getInits().front(); }
    Value getScalesInit() { return isDynamic() ? getInits().back() : Value(); }
    bool isDynamic() { return !getScale(); }
    /// The width of the codes, which their type may exceed.
    unsigned getCodeBits() {
      return getBits() ? *getBits()
                       : getElementTypeOrSelf(getCodesInit()).getIntOrFloatBitWidth();
    }
    /// The code of 0.
    int32_t getZeroCode() {
      return static_cast<int32_t>(getZeroPoint().value_or(0));
    }
  }];
  let hasCanonicalizer = 1;
}

def QuantMLIR_DequantizeOp : QuantMLIR_Op<"dequantize", [Pure]> {
  let summary = "codes times scale";
  let description = [{
    `y = f32(q) * scale`, where `scale` has one dimension for each entry of
    `axes` (none: per tensor) and broadcasts along the others.

    ```mlir
    %w = quant.dequantize %q scale(%s) along [0]
        : tensor<1536x576xi8>, tensor<1536xf32> -> tensor<1536x576xf32>
    ```
  }];
  let arguments = (ins QuantMLIR_CodeTensor:$codes, QuantMLIR_ScaleTensor:$scale,
      DenseI64ArrayAttr:$axes);
  let results = (outs QuantMLIR_FloatTensor:$result);
  let assemblyFormat = [{
    $codes `scale` `(` $scale `)` `along` $axes attr-dict
    `:` type($codes) `,` type($scale) `->` type($result)
  }];
}

def QuantMLIR_GroupQuantizeOp : QuantMLIR_Op<"group_quantize", [Pure]> {
  let summary = "quantize a weight in groups along its last dimension";
  let description = [{
    Each row is cut into groups of `group_size` (the last one may be shorter);
    each group gets one scale. Codes are `bits` wide (4, 6 or 8), zero points at
    least that. Without zero points: `scale = absmax / qmax` and codes in
    [-2^(bits-1), 2^(bits-1)-1] (i8: [-127, 127]). With zero points: the group's
    range, widened to hold 0, is mapped to all 2^bits codes; codes and zero
    points are stored minus 2^(bits-1), in two's complement.

    ```mlir
    %c, %s, %z = quant.group_quantize %w {group_size = 128 : i64}
        : tensor<1536x576xf32> -> tensor<1536x576xi4>, tensor<1536x5xf32>, tensor<1536x5xi4>
    ```
  }];
  let arguments = (ins QuantMLIR_FloatTensor:$input, I64Attr:$group_size,
      DefaultValuedAttr<I64Attr, "4">:$bits);
  let results = (outs QuantMLIR_CodeTensor:$codes, QuantMLIR_ScaleTensor:$scales,
      Optional<QuantMLIR_CodeTensor>:$zeros);
  let assemblyFormat = [{
    $input attr-dict `:` type($input) `->` type($codes) `,` type($scales)
    (`,` type($zeros)^)?
  }];
  let builders = [
    /// Infers the result types; zero points are asked for by `withZeros`.
    OpBuilder<(ins "Value":$input, "int64_t":$groupSize, "unsigned":$bits,
                   "bool":$withZeros)>
  ];
}

def QuantMLIR_GroupDequantizeOp : QuantMLIR_Op<"group_dequantize", [Pure]> {
  let summary = "undo a group quantization";
  let description = [{
    `w[n, k] = f32(c[n, k] - z[n, g]) * s[n, g]` with `g = k / group_size`; zero
    points are optional. Codes are `tensor<NxKxi4>`, or packed two to a byte, low
    nibble first, as `tensor<Nxceil(K/2)xi8>` with `bits = 4`; zero points are
    never packed: `tensor<NxGxi4>` or `tensor<NxGxi8>`.

    ```mlir
    %w = quant.group_dequantize %c scales(%s) zeros(%z : tensor<1536x5xi4>) {group_size = 128 : i64}
        : tensor<1536x576xi4>, tensor<1536x5xf32> -> tensor<1536x576xf32>
    ```
  }];
  let arguments = (ins QuantMLIR_CodeTensor:$codes, QuantMLIR_ScaleTensor:$scales,
      Optional<QuantMLIR_CodeTensor>:$zeros, I64Attr:$group_size,
      DefaultValuedAttr<I64Attr, "4">:$bits);
  let results = (outs QuantMLIR_FloatTensor:$result);
  let assemblyFormat = [{
    $codes `scales` `(` $scales `)` (`zeros` `(` $zeros^ `:` type($zeros) `)`)?
    attr-dict `:` type($codes) `,` type($scales) `->` type($result)
  }];
  let extraClassDeclaration = [{
    /// True if a byte holds two codes.
    bool isPacked() {
      return getBits() == 4 && getCodes().getType().getElementTypeBitWidth() == 8;
    }
  }];
}

//===----------------------------------------------------------------------===//
// Contractions
//===----------------------------------------------------------------------===//

def QuantMLIR_MatmulOp : QuantMLIR_DestinationOp<"matmul"> {
  let summary = "integer contraction with the dequantizing epilogue fused";
  let description = [{
    `y[m, n] = ((f32(acc[m, n]) * sx[m]) * sw[n]) + bias[n]`, unfused, with
    `acc[m, n] = sum over k of x[m, k] * w[n, k]` exact in i32 (K is at most
    133,144). `input_scale` has rank 0 or shape `[M]`, `weight_scale` rank 0 or
    shape `[N]`. The destination is overwritten.

    ```mlir
    %y = quant.matmul %q, %w scales(%sx, %sw : tensor<512xf32>, tensor<1536xf32>)
        bias(%b : tensor<1536xf32>) outs(%init : tensor<512x1536xf32>)
        : tensor<512x576xi8>, tensor<1536x576xi8> -> tensor<512x1536xf32>
    ```
  }];
  let arguments = (ins QuantMLIR_AnyCodes:$input, QuantMLIR_AnyCodes:$weight,
      QuantMLIR_AnyScale:$input_scale, QuantMLIR_AnyScale:$weight_scale,
      Optional<QuantMLIR_AnyScale>:$bias, QuantMLIR_AnyFloatShaped:$init);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    $input `,` $weight `scales` `(` $input_scale `,` $weight_scale `:`
    type($input_scale) `,` type($weight_scale) `)`
    (`bias` `(` $bias^ `:` type($bias) `)`)? `outs` `(` $init `:` type($init) `)`
    attr-dict `:` type($input) `,` type($weight) (`->` type($results)^)?
  }];
  let extraClassDeclaration = [{
    MutableOperandRange getDpsInitsMutable() { return getInitMutable(); }
  }];
}

def QuantMLIR_GroupMatmulOp : QuantMLIR_DestinationOp<"group_matmul", [
    AttrSizedOperandSegments]> {
  let summary = "float or integer activations times group-quantized weights";
  let description = [{
    `y[m, n] = sum over k of x[m, k] * w[n, k] + bias[n]` with `w` as
    `quant.group_dequantize` defines it, accumulated in f32 in any order. Codes
    are `NxKxi4`, or packed as in `quant.group_dequantize`. The destination is
    overwritten.

    ```mlir
    %y = quant.group_matmul %x, %c scales(%s : tensor<1536x5xf32>)
        outs(%init : tensor<512x1536xf32>) {group_size = 128 : i64}
        : tensor<512x576xf32>, tensor<1536x576xi4> -> tensor<512x1536xf32>
    ```

    With integer activations the scales of groups are integers, or absent, and the
    contraction stays on integers: an f32 scale of the input (rank 0 or `[M]`) and
    one of each weight row (`[N]`) dequantize the sums, as in `quant.matmul`.

        y[m, n] = ((f32(acc[m, n]) * sx[m]) * sw[n]) + bias[n]
        acc[m, n] = sum over k of x[m, k] * i8((c[n, k] - z[n, g]) * s[n, g])

    `acc` is exact in i32 (K is at most 133,144). Two-level groups (QServe, arXiv
    2405.04532) keep each weight in i8 by construction; what does not fit wraps.

    ```mlir
    %y = quant.group_matmul %q, %c scales(%s : tensor<1536x9xi8>)
        dequantize(%sx, %sw : tensor<512xf32>, tensor<1536xf32>)
        outs(%init : tensor<512x1536xf32>) {group_size = 64 : i64}
        : tensor<512x576xi8>, tensor<1536x576xi4> -> tensor<512x1536xf32>
    ```

    With `fragment_order` a 4-bit weight lies in the order in which the lanes of a
    warp hold it for `mma.m16n8k16`, or for `mma.m16n8k32` with integer activations
    (`quant-mlir/Dialect/Quant/IR/FragmentOrder.h`), as `quant-pack-weights` makes
    it: blocks of 16 rows by 64 columns, `ceil(N/16) x ceil(K/64) x 512 x i8`; scales
    and zero points group by group, `G x 16*ceil(N/16)`, those of a block's rows in
    its lanes' order. Codes and zero points are stored plus 8, but codes for integer
    activations as they are. `N` is that of the destination, and what lies beyond N
    or K may be any code and any finite scale. Groups are 32, 64 or 128. With
    integer activations `(c[n, k] - z[n, g]) * s[n, g]` must fit into i8, beyond N
    and K as well.

    ```mlir
    %y = quant.group_matmul %x, %c scales(%s : tensor<5x1536xf32>)
        outs(%init : tensor<512x1536xf32>) {fragment_order, group_size = 128 : i64}
        : tensor<512x576xf16>, tensor<96x9x512xi8> -> tensor<512x1536xf32>
    ```

    `input_bits = 4` promises that integer activations are -8 to 7, so that tensor
    cores may multiply them as 4-bit codes. It changes no result.
  }];
  let arguments = (ins AnyTypeOf<[QuantMLIR_AnyFloatShaped, QuantMLIR_AnyCodes]>:$input,
      QuantMLIR_AnyCodes:$codes,
      Optional<AnyTypeOf<[QuantMLIR_AnyScale, QuantMLIR_AnyCodes]>>:$scales,
      Optional<QuantMLIR_AnyCodes>:$zeros,
      Optional<QuantMLIR_AnyScale>:$input_scale,
      Optional<QuantMLIR_AnyScale>:$row_scale,
      Optional<QuantMLIR_AnyScale>:$bias, QuantMLIR_AnyFloatShaped:$init,
      I64Attr:$group_size, DefaultValuedAttr<I64Attr, "4">:$bits,
      UnitAttr:$fragment_order, DefaultValuedAttr<I64Attr, "8">:$input_bits);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    $input `,` $codes (`scales` `(` $scales^ `:` type($scales) `)`)?
    (`zeros` `(` $zeros^ `:` type($zeros) `)`)?
    (`dequantize` `(` $input_scale^ `,` $row_scale `:` type($input_scale) `,`
    type($row_scale) `)`)?
    (`bias` `(` $bias^ `:` type($bias) `)`)? `outs` `(` $init `:` type($init) `)`
    attr-dict `:` type($input) `,` type($codes) (`->` type($results)^)?
  }];
  let extraClassDeclaration = [{
    MutableOperandRange getDpsInitsMutable() { return getInitMutable(); }
    /// True if activations are codes, so that sums are integers.
    bool hasIntegerInput() { return getElementTypeOrSelf(getInput()).isInteger(); }
    /// True if a byte holds two codes.
    bool isPacked() {
      return getBits() == 4 && getElementTypeOrSelf(getCodes()).isInteger(8);
    }
  }];
}

//===----------------------------------------------------------------------===//
// Fused producers
//===----------------------------------------------------------------------===//

def QuantMLIR_RowOperand
    : AnyTypeOf<[QuantMLIR_FloatTensor, MemRefRankOf<[QuantMLIR_Float], [0, 1, 2]>]>;

def QuantMLIR_QuantizeRowsOp : QuantMLIR_DestinationOp<"quantize_rows", [
    AttrSizedOperandSegments, IsolatedFromAbove]> {
  let summary = "quantize what a program computes row by row";
  let description = [{
    `quant.quantize` of a matrix that is never stored. Its elements follow from
    the operands and from reductions of a row: a norm, or an activation times a
    gate.

    Operands of rank 2 are read at the element [m, k], those of rank 1 at [k],
    those of rank 0 are the same everywhere. Every region gets the values of one
    element, then the results of the reductions so far, and yields one value. The
    values of all regions but the last are reduced over k, as `reductions` say;
    those of the last are quantized, with `scale`, `smooth`, `bits` and
    `zero_point` as in `quant.quantize`.

    ```mlir
    // RMSNorm with the gain %g
    %q, %s = quant.quantize_rows ins(%x, %g : tensor<512x576xf32>, tensor<576xf32>)
        outs(%qi, %si : tensor<512x576xi8>, tensor<512xf32>)
        reductions [#vector.kind<add>] {
        ^bb0(%a: f32, %b: f32):
          %square = arith.mulf %a, %a : f32
          quant.yield %square : f32
        }, {
        ^bb0(%a: f32, %b: f32, %sum: f32):
          %n = arith.constant 576.0 : f32
          %mean = arith.divf %sum, %n : f32
          %r = math.rsqrt %mean : f32
          %y = arith.mulf %a, %r : f32
          %z = arith.mulf %y, %b : f32
          quant.yield %z : f32
        } -> tensor<512x576xi8>, tensor<512xf32>
    ```

    Reductions are `add`, `mul`, `minnumf`, `maxnumf`, `minimumf` and `maximumf`;
    their order is not given. Regions hold ops on float scalars and conditions,
    without side effects.
  }];
  let arguments = (ins Variadic<QuantMLIR_RowOperand>:$inputs,
      Optional<QuantMLIR_AnyScale>:$scale, Optional<QuantMLIR_AnyScale>:$smoothing,
      Variadic<AnyTypeOf<[QuantMLIR_AnyCodes, QuantMLIR_AnyScale]>>:$inits,
      ArrayAttr:$reductions,
      OptionalAttr<I64Attr>:$bits, OptionalAttr<I64Attr>:$zero_point);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let regions = (region VariadicRegion<SizedRegion<1>>:$stages);
  let assemblyFormat = [{
    `ins` `(` $inputs `:` type($inputs) `)`
    (`scale` `(` $scale^ `:` type($scale) `)`)?
    (`smooth` `(` $smoothing^ `:` type($smoothing) `)`)?
    `outs` `(` $inits `:` type($inits) `)` `reductions` $reductions $stages
    attr-dict (`->` type($results)^)?
  }];
  let extraClassDeclaration = [{
    MutableOperandRange getDpsInitsMutable() { return getInitsMutable(); }
    Value getCodesInit() { return getInits().front(); }
    Value getScalesInit() { return isDynamic() ? getInits().back() : Value(); }
    bool isDynamic() { return !getScale(); }
    unsigned getCodeBits() {
      return getBits() ? *getBits()
                       : getElementTypeOrSelf(getCodesInit()).getIntOrFloatBitWidth();
    }
    int32_t getZeroCode() {
      return static_cast<int32_t>(getZeroPoint().value_or(0));
    }
  }];
  let hasRegionVerifier = 1;
}

def QuantMLIR_YieldOp : Op<Quant_Dialect, "yield", [
    Pure, Terminator, HasParent<"QuantizeRowsOp">]> {
  let cppNamespace = "::mlir::quantmlir";
  let summary = "the value of an element in a program of rows";
  let arguments = (ins AnyFloat:$value);
  let assemblyFormat = "$value attr-dict `:` type($value)";
}

//===----------------------------------------------------------------------===//
// Outliers
//===----------------------------------------------------------------------===//

def QuantMLIR_Channels
    : AnyTypeOf<[RankedTensorOf<[I64]>, MemRefRankOf<[I64], [1]>]>;

def QuantMLIR_OutlierMatmulOp : QuantMLIR_DestinationOp<"outlier_matmul"> {
  let summary = "add the product of a few channels, in float";
  let description = [{
    `y[m, n] = addend[m, n] + sum over c of x[m, channels[c]] * w[n, c]`, the part
    of a linear that LLM.int8() keeps in float (arXiv 2208.07339). Products and
    sums are f32, in no given order. `channels` are columns of x. The destination
    is overwritten.

    ```mlir
    %y = quant.outlier_matmul %x, %w channels(%c : tensor<7xi64>) add(%r : tensor<512x1536xf32>)
        outs(%init : tensor<512x1536xf32>)
        : tensor<512x576xf32>, tensor<1536x7xf32> -> tensor<512x1536xf32>
    ```
  }];
  let arguments = (ins QuantMLIR_AnyFloatShaped:$input, QuantMLIR_AnyFloatShaped:$weight,
      QuantMLIR_Channels:$channels, QuantMLIR_AnyFloatShaped:$addend,
      QuantMLIR_AnyFloatShaped:$init);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    $input `,` $weight `channels` `(` $channels `:` type($channels) `)`
    `add` `(` $addend `:` type($addend) `)` `outs` `(` $init `:` type($init) `)` attr-dict
    `:` type($input) `,` type($weight) (`->` type($results)^)?
  }];
  let extraClassDeclaration = [{
    MutableOperandRange getDpsInitsMutable() { return getInitMutable(); }
  }];
}

#endif // QUANT_MLIR_DIALECT_QUANT_IR_QUANTOPS_TD
