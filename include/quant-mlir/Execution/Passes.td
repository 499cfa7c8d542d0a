//===- Passes.td - passes of the CPU path ------------------*- tablegen -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_EXECUTION_PASSES_TD
#define QUANT_MLIR_EXECUTION_PASSES_TD

include "mlir/Pass/PassBase.td"

def QuantSpecializeShapes : Pass<"quant-specialize-shapes", "ModuleOp"> {
  let summary = "give a function's dynamic arguments static shapes";
  let description = [{
    Sets the arguments' types and carries the shapes through the body, so that
    nothing dynamic is left where every size follows from the arguments.

    ```mlir
    func.func @main(%x: tensor<?x16xi64>) -> tensor<?x384xf32>
    ==> // shapes=8x16
    func.func @main(%x: tensor<8x16xi64>) -> tensor<8x384xf32>
    ```
  }];
  let options = [
    Option<"function", "function", "std::string", "\"main\"",
           "The function to specialize">,
    ListOption<"shapes", "shapes", "std::string",
               "The shape of each argument, as 8x128; empty for a scalar tensor">
  ];
  let dependentDialects = ["mlir::tensor::TensorDialect"];
}

def QuantLowerObservers : Pass<"quant-lower-observers", "ModuleOp"> {
  let summary = "turn observers into calls, or erase them";
  let description = [{
    A call with a symbol that no pass knows stays, in its order:

    ```mlir
    %y = quant.observe %x "h.0.input" : tensor<512x576xf32>
    ==>
    call @observe(%x) {observer = "h.0.input"} : (tensor<512x576xf32>) -> ()
    ```

    f16 and bf16 are extended to f32 for the call.
  }];
  let options = [
    Option<"keep", "keep", "bool", "false",
           "Keep observers as calls; without it they are erased">,
    Option<"observeOnly", "observe-only", "bool", "false",
           "Erase what no observer needs; functions return nothing then">
  ];
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::func::FuncDialect",
                           "mlir::linalg::LinalgDialect", "mlir::tensor::TensorDialect"];
}

def QuantFormEpilogues : Pass<"quant-form-epilogues", "ModuleOp"> {
  let summary = "bring what follows a matmul into the form of an epilogue";
  let description = [{
    The kernel of a `quant.matmul` or `quant.group_matmul` can do one
    `linalg.generic` with its results before it stores them. In models there are
    several, and reshapes between rows and batches stand in front of them. This
    pass collapses elementwise ops over a matmul's rows (upstream's
    fold-reshapes by collapsing), and fuses ops of which each is all that reads
    the one before (upstream's elementwise fusion), as long as all else that they
    read is there when the matmul is.

    ```mlir
    %y = quant.matmul … -> tensor<512x1536xf32>
    %e = tensor.expand_shape %y [[0, 1], [2]] … into tensor<1x512x1536xf32>
    %s = linalg.generic … ins(%e : tensor<1x512x1536xf32>) { 1 / (1 + exp(-x)) }
    %a = linalg.generic … ins(%e, %s : …) { mulf }
    ==>
    %y = quant.matmul … -> tensor<512x1536xf32>
    %g = linalg.generic … ins(%y : tensor<512x1536xf32>) { x * (1 / (1 + exp(-x))) }
    %a = tensor.expand_shape %g [[0, 1], [2]] … into tensor<1x512x1536xf32>
    ```

    An op that reads several matmuls is for the last one. Scalar ops and their
    order stay what they are, so results do. A remark tells for each matmul what
    its kernel does besides, or why nothing.
  }];
  let dependentDialects = [
    "mlir::affine::AffineDialect", "mlir::arith::ArithDialect",
    "mlir::linalg::LinalgDialect", "mlir::tensor::TensorDialect"
  ];
  let statistics = [
    Statistic<"numFormed", "formed", "Matmuls with an epilogue">,
    Statistic<"numLeft", "left", "Matmuls that store what they compute">
  ];
}

def QuantFuseProducers : Pass<"quant-fuse-producers", "ModuleOp"> {
  let summary = "compute norms and activations where they are quantized";
  let description = [{
    A quantization whose operand follows from matrices row by row becomes
    `quant.quantize_rows`: elementwise ops, and reductions of the whole row with a
    neutral initial value, whichever network they belong to. Their results are
    then never stored. The operand may pass through reshapes, and rows may be of
    unknown number.

    ```mlir
    %u = linalg.generic … ins(%gate) { x / (1 + exp(-x)) }
    %h = linalg.generic … ins(%u, %up) { mulf }
    %q, %s = quant.quantize %h outs(…) : tensor<512x1536xf32> -> tensor<512x1536xi8>, tensor<512xf32>
    ==>
    %q, %s = quant.quantize_rows ins(%gate, %up : …) outs(…) reductions [] { … } -> tensor<512x1536xi8>, tensor<512xf32>
    ```

    What ops other than quantizations read as well is computed apart and read, and
    so is what depends on other rows, or is computed by the kernel of a matmul (see
    `quant-form-epilogues`). A remark says why a quantization keeps its
    operand. Kernels reduce rows in another order than the CPU path and
    approximate exponentials: codes may differ by one step from those of the
    unfused ops. Run it after `cse`, so that equal quantizations are one.
  }];
  let dependentDialects = [
    "mlir::arith::ArithDialect", "mlir::math::MathDialect",
    "mlir::tensor::TensorDialect", "mlir::vector::VectorDialect"
  ];
  let statistics = [
    Statistic<"numFused", "fused", "Quantizations that compute their operand">,
    Statistic<"numLeft", "left", "Quantizations that read their operand">
  ];
}

def QuantOutlineDeviceCode : Pass<"quant-outline-device-code", "ModuleOp"> {
  let summary = "move ops that have a GPU kernel into functions of their own";
  let description = [{
    A quantization and the products that read its codes become one function, so
    that the codes stay on the device; equal functions become one. They go to a
    nested module, which `convert-quant-to-nvgpu` lowers apart from the rest; a
    declaration stays behind. Kernels that read the same activation share a
    function as well, so that it is copied once. Constants are marked: their
    callers pass them in device memory, where they can stay from call to call.

    ```mlir
    %q, %sq = quant.quantize %x outs(…) : tensor<512x576xf32> -> tensor<512x576xi8>, tensor<512xf32>
    %k = quant.matmul %q, %wk scales(%sq, %sk : …) outs(…) : …
    %v = quant.matmul %q, %wv scales(%sq, %sv : …) outs(…) : …
    ==>
    %kv:2 = call @device_0(%x, %wk, %sk, %wv, %sv) {device} : …
    func.func private @device_0(tensor<512x576xf32>, tensor<576x576xi8> {quant.on_device}, …)
    module @device attributes {quant.device} {
      func.func @device_0(%x: tensor<512x576xf32>, %wk: tensor<576x576xi8> {quant.on_device}, …) -> (…) { … }
    }
    ```

    An op that becomes part of a matmul's kernel goes with it. Ops without a
    kernel, those with dynamic shapes, and those in control flow stay, with a
    remark.
  }];
  let options = [
    Option<"epilogues", "epilogues", "bool", "true",
           "Take along what follows a matmul and becomes part of its kernel">
  ];
  let dependentDialects = ["mlir::func::FuncDialect", "mlir::tensor::TensorDialect"];
  let statistics = [
    Statistic<"numCalls", "calls", "Calls of device functions">,
    Statistic<"numFunctions", "functions", "Device functions after deduplication">,
    Statistic<"numLeft", "left-on-cpu", "Quantized ops that stay on the CPU">
  ];
}

def QuantHoistDeviceMemory : Pass<"quant-hoist-device-memory", "ModuleOp"> {
  let summary = "let callers allocate what functions need on the device";
  let description = [{
    Memory of constant size that a function allocates on the device, and frees,
    becomes an argument. Its caller allocates it once for all calls: an allocation
    keeps what other streams do from running beside it (CUDA C++ Programming Guide,
    "Implicit Synchronization"), and tensor maps belong to addresses. Calls must not
    overlap then.

    ```mlir
    func.func @device_0(%x: memref<8x32xf32>, …) {
      %dev = gpu.alloc () : memref<8x32xf32>
      gpu.memcpy %dev, %x
      …
      gpu.dealloc %dev
    ==>
    func.func @device_0(%x: memref<8x32xf32>, …, %dev: memref<8x32xf32> {quant.workspace}) {
      gpu.memcpy %dev, %x
    ```

    Memory of which this is not certain stays, with a remark: of a size that is
    known at run time, in a function that others of the module call, returned or
    passed on, or freed other than by one `gpu.dealloc` of it, outside streams and
    in the function's first block.
  }];
  let dependentDialects = ["mlir::memref::MemRefDialect"];
  let statistics = [
    Statistic<"numHoisted", "hoisted", "Allocations that became arguments">
  ];
}

def QuantPrepareExecution : Pass<"quant-prepare-execution", "ModuleOp"> {
  let summary = "bring linalg into the form that the CPU path compiles";
  let description = [{
    Drops results that nothing uses, turns powers with a constant exponent into
    products, pads into fills and insertions, and tensors without elements into
    constants; then cleans up.
  }];
  let dependentDialects = [
    "mlir::arith::ArithDialect", "mlir::linalg::LinalgDialect",
    "mlir::math::MathDialect", "mlir::tensor::TensorDialect"
  ];
}

def QuantOutlineKernels : Pass<"quant-outline-kernels", "ModuleOp"> {
  let summary = "move what is not a matrix product into shared kernels";
  let description = [{
    Ops that can share a loop over rows become one private function, and equal
    functions become one: the number of kernels does not grow with the depth of
    the network. What stays are calls, matrix products, and views (reshapes,
    slices, transposes, broadcasts), which need no code.

    ```mlir
    %h = linalg.add ins(%x, %r : …) outs(%e : …) -> tensor<512x576xf32>
    %n = // RMSNorm of %h
    %y = linalg.matmul …  // of %n
    ==>
    %hn:2 = call @kernel_0(%x, %r, %gain) : …
    %y = linalg.matmul …  // of %hn#1
    func.func private @kernel_0(…) -> (…) attributes {rows = 512 : i64}
    ```
  }];
  let options = [
    Option<"separateConstants", "separate-constants", "bool", "true",
           "Keep apart what depends on constants alone, so that it can run once">
  ];
  let dependentDialects = ["mlir::func::FuncDialect"];
  let statistics = [
    Statistic<"numCalls", "calls", "Calls of kernels">,
    Statistic<"numKernels", "kernels", "Kernels after deduplication">
  ];
}

def QuantLowerKernels : Pass<"quant-lower-kernels", "ModuleOp"> {
  let summary = "lower outlined kernels to loops over pointers";
  let description = [{
    The functions go to a nested module, which is compiled apart from the host's
    list of calls; a declaration stays behind. A kernel takes one pointer for
    each tensor that it reads and then for each that it writes, row-major and
    without aliases, and the range of rows to compute. Ops whose result only one other op uses are computed where they
    are used; other intermediate values of a row live on the stack. Float sums
    and products over a dimension may be reassociated; nothing else may.

    ```mlir
    func.func private @kernel_0(%x: tensor<…>, …) -> tensor<…> attributes {rows = 512 : i64} { … }
    ==>
    func.func private @kernel_0(tensor<…>, …) -> tensor<…> attributes {rows = 512 : i64}
    module @kernels {
      func.func @kernel_0(%x: !llvm.ptr {llvm.noalias}, …, %begin: index, %end: index) { … }
    }
    ```
  }];
  let dependentDialects = [
    "mlir::arith::ArithDialect", "mlir::func::FuncDialect",
    "mlir::LLVM::LLVMDialect", "mlir::math::MathDialect", "mlir::scf::SCFDialect"
  ];
}

#endif // QUANT_MLIR_EXECUTION_PASSES_TD
