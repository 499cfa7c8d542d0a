// CUTLASS's int8 kernels for sm_90a, for test/Benchmarks/compare-kernels: row-major x column-major, as the
// kernels of quant.matmul; sums in s32, one scale, float result; one group of warps copies for two that multiply.

#include "cutlass/epilogue/collective/collective_builder.hpp"
#include "cutlass/gemm/collective/collective_builder.hpp"
#include "cutlass/gemm/kernel/gemm_universal.hpp"

template <int m, int n>
struct W8A8 {
  using Tile = cute::Shape<cute::Int<m>, cute::Int<n>, cute::_128>;
  using Cluster = cute::Shape<cute::_1, cute::_1, cute::_1>;
  using Epilogue = typename cutlass::epilogue::collective::CollectiveBuilder<
      cutlass::arch::Sm90, cutlass::arch::OpClassTensorOp, Tile, Cluster,
      cutlass::epilogue::collective::EpilogueTileAuto, int32_t, float, void, cutlass::layout::RowMajor, 4, float,
      cutlass::layout::RowMajor, 4, cutlass::epilogue::TmaWarpSpecializedCooperative>::CollectiveOp;
  using Loop = typename cutlass::gemm::collective::CollectiveBuilder<
      cutlass::arch::Sm90, cutlass::arch::OpClassTensorOp, int8_t, cutlass::layout::RowMajor, 16, int8_t,
      cutlass::layout::ColumnMajor, 16, int32_t, Tile, Cluster,
      cutlass::gemm::collective::StageCountAutoCarveout<static_cast<int>(sizeof(typename Epilogue::SharedStorage))>,
      cutlass::gemm::KernelTmaWarpSpecializedCooperative>::CollectiveOp;
  using Kernel = cutlass::gemm::kernel::GemmUniversal<cute::Shape<int, int, int, int>, Loop, Epilogue>;
  // What compare-kernels says of the launch.
  static_assert(Kernel::MaxThreadsPerBlock == 384 && Kernel::SharedStorageSize == 231424);
};

using Large = W8A8<128, 256>::Kernel;
using Square = W8A8<128, 128>::Kernel;
template __global__ void cutlass::device_kernel<Large>(const __grid_constant__ Large::Params);
template __global__ void cutlass::device_kernel<Square>(const __grid_constant__ Square::Params);
