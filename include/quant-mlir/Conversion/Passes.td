//===- Passes.td - conversions of the quant dialect --------*- tablegen -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_CONVERSION_PASSES_TD
#define QUANT_MLIR_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertQuantToLinalg : Pass<"convert-quant-to-linalg"> {
  let summary = "Expand the ops of the quant dialect to linalg on tensors";
  let description = [{
    Every op of ours becomes linalg, arith and math ops that compute what
    `quant-mlir/Dialect/Quant/IR/Numerics.h` defines, bit for bit: no op carries
    fast-math flags, and none may get any afterwards. An integer contraction
    becomes one `linalg.matmul` i8×i8→i32 with an N×K weight and an elementwise
    epilogue; group-quantized weights are dequantized in front of an f32
    `linalg.matmul`.

    ```mlir
    %y = quant.matmul %q, %w scales(%sx, %sw : tensor<f32>, tensor<1536xf32>)
        outs(%init : tensor<512x1536xf32>)
        : tensor<512x576xi8>, tensor<1536x576xi8> -> tensor<512x1536xf32>
    ```
    ==>
    ```mlir
    %acc = linalg.matmul indexing_maps = [(m, k), (n, k), (m, n)]
        ins(%q, %w) outs(%zeros : tensor<512x1536xi32>)
    %y = linalg.generic ins(%acc, %sx, %sw) outs(%init) {
      f32(acc) * sx * sw
    }
    ```
  }];
  let options = [
    Option<"keepObservers", "keep-observers", "bool", "false",
           "Leave quant.observe in place instead of erasing it">];
}

//===----------------------------------------------------------------------===//
// QuantToNVGPU
//===----------------------------------------------------------------------===//

def ConvertQuantToNVGPU : Pass<"convert-quant-to-nvgpu", "ModuleOp"> {
  let summary = "Lower quant.quantize, quant.matmul and quant.group_matmul to tensor-core kernels";
  let description = [{
    Each `quant.quantize` and `quant.matmul` on memrefs with 8-bit codes becomes
    a launch of a kernel that uses integer `mma.sync` (m16n8k32), `ldmatrix` and
    `cp.async`, or, on sm_90a where rows begin at multiples of 16 bytes, `wgmma` and
    tensor copies, whose maps the host asks the runtime for. Kernels take pointers, sizes and row pitches, so ops that differ
    in shape alone share one kernel, whose name tells the variant: types, one
    scale or many, bias or none, width of the copies and of the stores, tile and
    stages. Any M, N and K will do. docs/Kernels.md tells how a kernel is built.

    The tile of a matmul is chosen by a model of the chip, for a dynamic M at run
    time. The option `tile`, or an attribute
    `quant.tile = array<i64: 128, 256, 2, 4, 3>` of the op (rows, columns, warps
    along rows and columns, stages), overrules the choice; a tile that the chip
    cannot run is an error. A sixth integer is the number of blocks among which K
    is divided, where M and N alone give few: the last of them to finish adds what
    all have in memory that the host allocates for the launch. Four integers (rows,
    columns, warp groups, stages), or six to divide K (rows, columns, warp groups, 0,
    stages, blocks), are a tile for `wgmma`; as the option, for all matmuls whose rows
    permit it.

    ```mlir
    quant.matmul %q, %w scales(%sx, %sw : memref<f32>, memref<1536xf32>)
        outs(%y : memref<512x1536xf32>) : memref<512x576xi8>, memref<1536x576xi8>
    ```
    ==>
    ```mlir
    %dev = gpu.alloc () : memref<512x576xi8>
    gpu.memcpy %dev, %q : memref<512x576xi8>, memref<512x576xi8>
    …
    gpu.launch_func @quant_matmul_i8_f32_xtensor_wchannel_v16_s2_64x64x4_2x2::@quant_matmul_i8_f32_xtensor_wchannel_v16_s2_64x64x4_2x2
        blocks in (%c8, %c24, %c1) threads in (%c128, %c1, %c1)
        dynamic_shared_memory_size %c32768_i32 args(%x : memref<i8>, …, %m : index, %n : index, %k : index, …)
    gpu.memcpy %y, %devy : memref<512x1536xf32>, memref<512x1536xf32>
    gpu.dealloc %dev : memref<512x576xi8>
    ```

    A `quant.group_matmul` on f16 or bf16 activations whose weight
    `quant-pack-weights` has brought into the order of fragments becomes a launch
    of a kernel that unpacks 4-bit codes in registers and multiplies by `mma.sync`
    m16n8k16 with f32 sums, in which scales stay f32. Its tile has six numbers, the
    fifth is the warps along K, or seven, with the blocks that divide K:
    `group-tile`, or `quant.tile` of the op. Which block finishes last does not
    change results: sums are added in the order of K.

    With integer activations each code times its group's integer scale becomes an
    8-bit code in registers, for `mma.sync` m16n8k32; those of `input_bits = 4` are
    multiplied as they are by m16n8k64 on sm_80, sm_86 and sm_89, and like 8-bit ones
    elsewhere, which a missed-remark tells. Tiles are the same.

    `quant.quantize` and `quant.quantize_rows` read each element once and keep it in
    registers until its code is known, unless rows are too long. Codes of 2 to 8 bits
    take a byte each.

    A `linalg.generic` that is all that reads a matmul's result becomes part of
    its kernel: an activation, a residual, a truncation. It is cloned for each
    element, in two dimensions, from arith ops and f32 exp, tanh, erf, absf and
    fma; further inputs may be matrices, rows, columns and scalars. Its order of
    operations is kept, so results are those of the two ops. The functions are
    upstream's polynomials, as on the CPU. An op that cannot, or one before which
    memory is touched, stays where it is, with a remark.

    Buffers that only kernels touch are allocated on the device and not copied,
    nor are arguments of a function with the attribute `quant.on_device`, which
    callers pass in device memory: contiguous or, if they are codes, in rows,
    without an offset, and aligned to 16 bytes. A linalg op that stays on the host
    reads a copy of one, with a remark; anything else there is an error.
    Everything else is copied around each launch. Host code that upstream lowers
    needs `gpu-async-region` after this pass, and bare pointers for kernels.

    Codes that kernels read have rows on the device that begin at multiples of 16
    bytes, whatever K is, which wide copies and tensor copies need: what is computed,
    constants, and rows of the caller's that are apart on the host. A layout tells the
    pitch, `memref<17x100xi8, strided<[112, 1]>>`; arguments on the device may have
    one too. Contiguous arguments are copied as they are, and their kernel copies as
    wide as K allows. Where rows are apart on one side, the copy is a call of
    `quantCopyRows`, which this project's runtime has besides upstream's functions.

    Ops without a kernel (codes that share bytes, group-quantized weights in other
    orders) stay as they are, with a remark. A chip older than sm_80 is an error.
  }];
  let dependentDialects = [
    "arith::ArithDialect", "gpu::GPUDialect", "LLVM::LLVMDialect",
    "memref::MemRefDialect", "nvgpu::NVGPUDialect", "NVVM::NVVMDialect",
    "quant::QuantDialect", "scf::SCFDialect", "vector::VectorDialect"
  ];
  let options = [
    Option<"chip", "chip", "std::string", /*default=*/"\"sm_80\"",
           "GPU to make kernels for: sm_80, sm_86, sm_89, sm_90, sm_90a, "
           "sm_100 or sm_120">,
    ListOption<"tile", "tile", "int64_t",
               "Tile of all matmuls: rows and columns of y, warps along both, "
               "stages[, blocks that divide K], or, on sm_90a, rows, columns, warp "
               "groups, stages, or rows, columns, warp groups, 0, stages, blocks "
               "that divide K; by default chosen by chip, M, N and K">,
    ListOption<"groupTile", "group-tile", "int64_t",
               "The same of all group matmuls: rows and columns of y, warps "
               "along both and along K, stages[, blocks that divide K]">
  ];
  let statistics = [
    Statistic<"numKernels", "kernels", "Distinct kernels made">,
    Statistic<"numLaunches", "launches", "Ops that became launches">,
    Statistic<"numEpilogues", "epilogues", "Ops that became part of a kernel">,
    Statistic<"numLeft", "left-on-host", "Ops without a kernel">
  ];
}

#endif // QUANT_MLIR_CONVERSION_PASSES_TD
