// Kernels for the emulator's tests, compiled by other compilers than the
// project's:
//
//   nvcc -ptx -arch=sm_80 -O3 kernels.cu -o kernels-nvcc.ptx
//   clang++-22 -x cuda --cuda-device-only --cuda-gpu-arch=sm_80 -O3 -S \
//     -nocudainc -nocudalib -Xclang -target-feature -Xclang +ptx80 \
//     kernels.cu -o kernels-clang.ptx
//
// The PTX is checked in: tests need neither compiler.

#if defined(__clang__)
#define __global__ __attribute__((global))
#define __device__ __attribute__((device))
#define __shared__ __attribute__((shared))
#define __launch_bounds__(...) __attribute__((launch_bounds(__VA_ARGS__)))
#define __noinline__ __attribute__((noinline))
#include <__clang_cuda_builtin_vars.h>
#define SYNC() __nvvm_bar_sync(0)
#define SHUFFLE_XOR(v, o) __nvvm_shfl_sync_bfly_f32(~0u, v, o, 31)
#define SHUFFLE_UP(v, o) __nvvm_shfl_sync_up_i32(~0u, v, o, 0)
#define ATOMIC_ADD(p, v) __nvvm_atom_add_gen_i((int *)(p), v)
#define BALLOT(p) __nvvm_vote_ballot_sync(~0u, p)
#define EXP2(x) __nvvm_ex2_approx_f(x)
#else
#define SYNC() __syncthreads()
#define SHUFFLE_XOR(v, o) __shfl_xor_sync(~0u, v, o)
#define SHUFFLE_UP(v, o) __shfl_up_sync(~0u, v, o)
#define ATOMIC_ADD(p, v) atomicAdd(p, v)
#define BALLOT(p) __ballot_sync(~0u, p)
#define EXP2(x) exp2f(x)
#endif

// Sum of n integers by any number of CTAs: a tree in shared memory, then one
// atomic addition for each CTA.
extern "C" __global__ void reduce(const int *in, int n, int *sum) {
  __shared__ int part[256];
  int v = 0;
  for (int i = blockIdx.x * 256 + threadIdx.x; i < n; i += gridDim.x * 256)
    v += in[i];
  part[threadIdx.x] = v;
  SYNC();
  for (int o = 128; o; o /= 2) {
    if (threadIdx.x < o)
      part[threadIdx.x] += part[threadIdx.x + o];
    SYNC();
  }
  if (threadIdx.x == 0)
    ATOMIC_ADD(sum, part[0]);
}

// Inclusive scan of n <= 1024 integers by one CTA.
extern "C" __global__ void scan(const int *in, int *out, int n) {
  __shared__ int sums[32];
  int i = threadIdx.x, lane = i & 31, warp = i >> 5;
  int v = i < n ? in[i] : 0;
  for (int o = 1; o < 32; o *= 2) {
    int other = SHUFFLE_UP(v, o);
    if (lane >= o)
      v += other;
  }
  if (lane == 31)
    sums[warp] = v;
  SYNC();
  for (int w = 0; w < warp; ++w)
    v += sums[w];
  if (i < n)
    out[i] = v;
}

// Transpose through a padded tile, 32x8 threads.
extern "C" __global__ void transpose(const float *in, float *out, int rows,
                                     int columns) {
  __shared__ float tile[32][33];
  int x = blockIdx.x * 32 + threadIdx.x, y0 = blockIdx.y * 32;
  for (int j = threadIdx.y; j < 32; j += 8)
    if (x < columns && y0 + j < rows)
      tile[j][threadIdx.x] = in[(long)(y0 + j) * columns + x];
  SYNC();
  int ox = y0 + threadIdx.x, oy0 = blockIdx.x * 32;
  for (int j = threadIdx.y; j < 32; j += 8)
    if (ox < rows && oy0 + j < columns)
      out[(long)(oy0 + j) * rows + ox] = tile[threadIdx.x][j];
}

// 256 bins, in shared memory first.
extern "C" __global__ void histogram(const unsigned char *in, int n,
                                     int *bins) {
  __shared__ int local[256];
  for (int i = threadIdx.x; i < 256; i += blockDim.x)
    local[i] = 0;
  SYNC();
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n;
       i += gridDim.x * blockDim.x)
    ATOMIC_ADD(&local[in[i]], 1);
  SYNC();
  for (int i = threadIdx.x; i < 256; i += blockDim.x)
    if (local[i])
      ATOMIC_ADD(&bins[i], local[i]);
}

// Softmax in base 2 of one row by one warp.
extern "C" __global__ void softmax(const float *in, float *out, int columns) {
  const float *row = in + (long)blockIdx.x * columns;
  float top = -__builtin_huge_valf(), sum = 0;
  for (int i = threadIdx.x; i < columns; i += 32)
    top = row[i] > top ? row[i] : top;
  for (int o = 16; o; o /= 2) {
    float other = SHUFFLE_XOR(top, o);
    top = other > top ? other : top;
  }
  for (int i = threadIdx.x; i < columns; i += 32)
    sum += EXP2(row[i] - top);
  for (int o = 16; o; o /= 2)
    sum += SHUFFLE_XOR(sum, o);
  for (int i = threadIdx.x; i < columns; i += 32)
    out[(long)blockIdx.x * columns + i] = EXP2(row[i] - top) / sum;
}

// Positions of the positive numbers, in order; a switch and 64-bit arithmetic.
extern "C" __global__ void compact(const int *in, long long *out, int *count) {
  int lane = threadIdx.x;
  unsigned mask = BALLOT(in[lane] > 0);
  if (in[lane] > 0) {
    long long value = in[lane];
    switch (lane % 5) {
    case 0:
      value = value * value;
      break;
    case 1:
      value = value / 7;
      break;
    case 2:
      value = value % 1000;
      break;
    case 3:
      value = -value;
      break;
    default:
      value <<= 20;
    }
    int before = 0;
    for (unsigned rest = mask & ((1u << lane) - 1); rest; rest &= rest - 1)
      ++before;
    out[before] = value;
  }
  if (lane == 0)
    *count = __builtin_popcount(mask);
}

static __device__ unsigned sharedOffset(const void *p) {
  unsigned long long offset;
  asm("cvta.to.shared.u64 %0, %1;" : "=l"(offset) : "l"(p));
  return (unsigned)offset;
}

// C(MxN) = A(MxK) B(NxK)^T, int8, one warp for each 16x8 tile, K in steps of 32
// by a pipeline of three stages.
extern "C" __global__ void __launch_bounds__(32)
    gemmS8(const signed char *a, const signed char *b, int *c, int n, int k) {
  __shared__ __attribute__((aligned(16))) signed char tile[3][24][32];
  int lane = threadIdx.x, m0 = blockIdx.y * 16, n0 = blockIdx.x * 8;
  int acc[4] = {0, 0, 0, 0}, steps = k / 32;
  auto load = [&](int step) {
    if (step < steps)
      for (int i = lane; i < 48; i += 32) {
        int row = i / 2, half = i % 2 * 16;
        const signed char *from = row < 16 ? a + (long)(m0 + row) * k
                                           : b + (long)(n0 + row - 16) * k;
        asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(
                         sharedOffset(&tile[step % 3][row][half])),
                     "l"(from + step * 32 + half)
                     : "memory");
      }
    asm volatile("cp.async.commit_group;" ::: "memory");
  };
  load(0);
  load(1);
  for (int step = 0; step < steps; ++step) {
    asm volatile("cp.async.wait_group 1;" ::: "memory");
    SYNC();
    load(step + 2);
    unsigned fa[4], fb[2];
    auto *t = tile[step % 3];
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
                 : "=r"(fa[0]), "=r"(fa[1]), "=r"(fa[2]), "=r"(fa[3])
                 : "r"(sharedOffset(&t[lane % 16][lane / 16 * 16]))
                 : "memory");
    asm volatile("ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%0,%1}, [%2];"
                 : "=r"(fb[0]), "=r"(fb[1])
                 : "r"(sharedOffset(&t[16 + lane % 8][lane / 8 % 2 * 16]))
                 : "memory");
    asm volatile("mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 "
                 "{%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
                 : "+r"(acc[0]), "+r"(acc[1]), "+r"(acc[2]), "+r"(acc[3])
                 : "r"(fa[0]), "r"(fa[1]), "r"(fa[2]), "r"(fa[3]), "r"(fb[0]),
                   "r"(fb[1]));
  }
  for (int i = 0; i < 4; ++i)
    c[(long)(m0 + lane / 4 + i / 2 * 8) * n + n0 + lane % 4 * 2 + i % 2] =
        acc[i];
}

// The same for f16 with f32 sums, fragments loaded directly.
extern "C" __global__ void gemmF16(const unsigned short *a,
                                   const unsigned short *b, float *c, int n,
                                   int k) {
  int lane = threadIdx.x, m0 = blockIdx.y * 16, n0 = blockIdx.x * 8;
  float acc[4] = {0, 0, 0, 0};
  for (int k0 = 0; k0 < k; k0 += 16) {
    unsigned fa[4], fb[2];
    for (int i = 0; i < 4; ++i)
      fa[i] = *(const unsigned *)&a[(long)(m0 + lane / 4 + i % 2 * 8) * k + k0 +
                                    lane % 4 * 2 + i / 2 * 8];
    for (int i = 0; i < 2; ++i)
      fb[i] = *(
          const unsigned *)&b[(long)(n0 + lane / 4) * k + k0 + lane % 4 * 2 +
                              i * 8];
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 "
                 "{%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
                 : "+f"(acc[0]), "+f"(acc[1]), "+f"(acc[2]), "+f"(acc[3])
                 : "r"(fa[0]), "r"(fa[1]), "r"(fa[2]), "r"(fa[3]), "r"(fb[0]),
                   "r"(fb[1]));
  }
  for (int i = 0; i < 4; ++i)
    c[(long)(m0 + lane / 4 + i / 2 * 8) * n + n0 + lane % 4 * 2 + i % 2] =
        acc[i];
}
