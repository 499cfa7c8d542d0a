// CUTLASS's int8 kernels for sm_80, for test/Benchmarks/compare-kernels: row-major x column-major, as the
// kernels of quant.matmul; sums in s32, one scale, float result.

#include "cutlass/epilogue/thread/linear_combination.h"
#include "cutlass/gemm/kernel/default_gemm_universal.h"

template <int m, int n, int stages>
struct W8A8
    : cutlass::gemm::kernel::DefaultGemmUniversal<
          int8_t, cutlass::layout::RowMajor, cutlass::ComplexTransform::kNone, 16, int8_t,
          cutlass::layout::ColumnMajor, cutlass::ComplexTransform::kNone, 16, float, cutlass::layout::RowMajor,
          int32_t, cutlass::arch::OpClassTensorOp, cutlass::arch::Sm80, cutlass::gemm::GemmShape<m, n, 64>,
          cutlass::gemm::GemmShape<64, 64, 64>, cutlass::gemm::GemmShape<16, 8, 32>,
          cutlass::epilogue::thread::LinearCombination<float, 4, int32_t, float>,
          cutlass::gemm::threadblock::GemmIdentityThreadblockSwizzle<>, stages,
          cutlass::arch::OpMultiplyAddSaturate>::GemmKernel {};

template __global__ void cutlass::Kernel2<W8A8<128, 256, 3>>(typename W8A8<128, 256, 3>::Params);
template __global__ void cutlass::Kernel2<W8A8<128, 128, 4>>(typename W8A8<128, 128, 4>::Params);
