// C(64x64) = A(64x64) B(64x64) of f16 with f32 sums, by one warpgroup, as
// upstream's NVGPU lowering and NVPTX back end compile it. The PTX,
// nvgpu-llvm.ptx, is what
//
//   mlir-opt nvgpu.mlir -pass-pipeline='builtin.module(
//     gpu-lower-to-nvvm-pipeline{cubin-chip=sm_90a cubin-features=+ptx80
//     cubin-format=isa opt-level=3 kernel-bare-ptr-calling-convention=1})'
//
// of LLVM 22 gives as the assembly of the gpu.binary.

!tile = memref<64x64xf16, 3>
!tile2 = memref<64x64xf16, strided<[64, 1], offset: 4096>, 3>
!map = !nvgpu.tensormap.descriptor<tensor = memref<64x64xf16, 3>, swizzle = swizzle_128b, l2promo = none, oob = zero, interleave = none>
!barrier = !nvgpu.mbarrier.group<memorySpace = #gpu.address_space<workgroup>>
!matrix = !nvgpu.warpgroup.descriptor<tensor = memref<64x64xf16, 3>>
!sums = !nvgpu.warpgroup.accumulator<fragmented = vector<64x64xf32>>

module attributes {gpu.container_module} {
  gpu.module @kernels {
    memref.global "private" @tiles : memref<8192xf16, 3> {alignment = 1024 : i64}
    gpu.func @gemm(%pa: !llvm.ptr, %pb: !llvm.ptr, %c: memref<64x64xf32>) kernel
        attributes {gpu.known_block_size = array<i32: 128, 1, 1>} {
      %mapA = builtin.unrealized_conversion_cast %pa : !llvm.ptr to !map
      %mapB = builtin.unrealized_conversion_cast %pb : !llvm.ptr to !map
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %parity = arith.constant false
      %bytes = arith.constant 16384 : index
      %ticks = arith.constant 10000000 : index
      %thread = gpu.thread_id x
      %first = arith.cmpi eq, %thread, %c0 : index
      %tiles = memref.get_global @tiles : memref<8192xf16, 3>
      %a = memref.reinterpret_cast %tiles to offset: [0], sizes: [64, 64], strides: [64, 1] : memref<8192xf16, 3> to !tile
      %b = memref.reinterpret_cast %tiles to offset: [4096], sizes: [64, 64], strides: [64, 1] : memref<8192xf16, 3> to !tile2
      %barrier = nvgpu.mbarrier.create -> !barrier
      nvgpu.mbarrier.init %barrier[%c0], %c1, predicate = %first : !barrier
      gpu.barrier
      nvgpu.mbarrier.arrive.expect_tx %barrier[%c0], %bytes, predicate = %first : !barrier
      nvgpu.tma.async.load %mapA[%c0, %c0], %barrier[%c0] to %a, predicate = %first : !map, !barrier -> !tile
      nvgpu.tma.async.load %mapB[%c0, %c0], %barrier[%c0] to %b, predicate = %first : !map, !barrier -> !tile2
      nvgpu.mbarrier.try_wait.parity %barrier[%c0], %parity, %ticks : !barrier
      %da = nvgpu.warpgroup.generate.descriptor %a, %mapA : !tile, !map -> !matrix
      %db = nvgpu.warpgroup.generate.descriptor %b, %mapB : !tile2, !map -> !matrix
      %zero = nvgpu.warpgroup.mma.init.accumulator -> !sums
      %d = nvgpu.warpgroup.mma %da, %db, %zero {transposeB} : !matrix, !matrix, !sums -> !sums
      nvgpu.warpgroup.mma.store %d, %c : !sums to memref<64x64xf32>
      gpu.return
    }
  }
}
