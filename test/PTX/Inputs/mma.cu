// A GEMM of one tile for every shape and type of mma.sync that the emulator
// supports:
//
//   nvcc -ptx -arch=sm_90 -O3 mma.cu -o mma-nvcc.ptx
//   clang++-22 -x cuda --cuda-device-only --cuda-gpu-arch=sm_90 -O3 -S \
//     -nocudainc -nocudalib -Xclang -target-feature -Xclang +ptx80 \
//     mma.cu -o mma-clang.ptx
//
// C(Mx8) = A(MxK) B(8xK)^T, rows of A and B packed into words. The PTX is
// checked in: tests need neither compiler.

#if defined(__clang__)
#define __global__ __attribute__((global))
#define __device__ __attribute__((device))
#include <__clang_cuda_builtin_vars.h>
#endif

// Words of A's and B's fragments, as the figures of the PTX ISA have them: a
// group of four lanes shares a row, and four words of a row are a block.
template <int M, int NA, int NB, typename Word>
static __device__ void load(const Word *a, const Word *b, int words, int at,
                            Word (&fa)[NA], Word (&fb)[NB]) {
  int row = threadIdx.x / 4, word = at + threadIdx.x % 4;
  for (int i = 0; i < NA; ++i)
    fa[i] = M == 8 ? a[row * words + word + 4 * i]
                   : a[(row + i % 2 * 8) * words + word + i / 2 * 4];
  for (int i = 0; i < NB; ++i)
    fb[i] = b[row * words + word + 4 * i];
}

// A register of C has one element, or a pair.
template <int NC, int PAIR, typename C>
static __device__ void store(C *c, const C (&fc)[NC]) {
  int row = threadIdx.x / 4, column = threadIdx.x % 4;
  for (int i = 0; i < NC; ++i)
    if (PAIR)
      c[(row + 8 * i) * 4 + column] = fc[i];
    else
      c[(row + i / 2 * 8) * 8 + column * 2 + i % 2] = fc[i];
}

#define KERNEL(NAME, M, WORD, NA, NB, C, NC, PAIR, MMA)                        \
  extern "C" __global__ void NAME(const WORD *a, const WORD *b, C *c,          \
                                  int words) {                                 \
    C d[NC] = {};                                                              \
    _Pragma("unroll 1") for (int at = 0; at < words; at += 4 * NB) {           \
      WORD fa[NA], fb[NB];                                                     \
      load<M>(a, b, words, at, fa, fb);                                        \
      MMA                                                                      \
    }                                                                          \
    store<NC, PAIR>(c, d);                                                     \
  }

// By the numbers of registers of A, B and C; R and S are constraints.
#define MMA_112(SHAPE, R, S)                                                   \
  asm volatile("mma.sync.aligned." SHAPE " {%0,%1}, {%2}, {%3}, {%0,%1};"      \
               : S(d[0]), S(d[1])                                              \
               : R(fa[0]), R(fb[0]));
#define MMA_214(SHAPE, R, S)                                                   \
  asm volatile("mma.sync.aligned." SHAPE                                       \
               " {%0,%1,%2,%3}, {%4,%5}, {%6}, {%0,%1,%2,%3};"                 \
               : S(d[0]), S(d[1]), S(d[2]), S(d[3])                            \
               : R(fa[0]), R(fa[1]), R(fb[0]));
#define MMA_424(SHAPE, R, S)                                                   \
  asm volatile("mma.sync.aligned." SHAPE                                       \
               " {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"        \
               : S(d[0]), S(d[1]), S(d[2]), S(d[3])                            \
               : R(fa[0]), R(fa[1]), R(fa[2]), R(fa[3]), R(fb[0]), R(fb[1]));
#define MMA_844(SHAPE, R, S)                                                   \
  asm volatile("mma.sync.aligned." SHAPE                                       \
               " {%0,%1,%2,%3}, {%4,%5,%6,%7,%8,%9,%10,%11}, "                 \
               "{%12,%13,%14,%15}, {%0,%1,%2,%3};"                             \
               : S(d[0]), S(d[1]), S(d[2]), S(d[3])                            \
               : R(fa[0]), R(fa[1]), R(fa[2]), R(fa[3]), R(fa[4]), R(fa[5]),   \
                 R(fa[6]), R(fa[7]), R(fb[0]), R(fb[1]), R(fb[2]), R(fb[3]));
#define MMA_212(SHAPE, R, S)                                                   \
  asm volatile("mma.sync.aligned." SHAPE " {%0,%1}, {%2,%3}, {%4}, {%0,%1};"   \
               : S(d[0]), S(d[1])                                              \
               : R(fa[0]), R(fa[1]), R(fb[0]));
#define MMA_422(SHAPE, R, S)                                                   \
  asm volatile("mma.sync.aligned." SHAPE                                       \
               " {%0,%1}, {%2,%3,%4,%5}, {%6,%7}, {%0,%1};"                    \
               : S(d[0]), S(d[1])                                              \
               : R(fa[0]), R(fa[1]), R(fa[2]), R(fa[3]), R(fb[0]), R(fb[1]));

#define INTEGERS(A, B, K8, K16, K32)                                           \
  KERNEL(m8n8k##K8##_##A##_##B, 8, unsigned, 1, 1, int, 2, 0,                  \
         MMA_112("m8n8k" #K8 ".row.col.s32." #A "." #B ".s32", "r", "+r"))     \
  KERNEL(m16n8k##K16##_##A##_##B, 16, unsigned, 2, 1, int, 4, 0,               \
         MMA_214("m16n8k" #K16 ".row.col.s32." #A "." #B ".s32", "r", "+r"))   \
  KERNEL(m16n8k##K32##_##A##_##B, 16, unsigned, 4, 2, int, 4, 0,               \
         MMA_424("m16n8k" #K32 ".row.col.satfinite.s32." #A "." #B ".s32",     \
                 "r", "+r"))

INTEGERS(s8, s8, 16, 16, 32)
INTEGERS(s8, u8, 16, 16, 32)
INTEGERS(u8, s8, 16, 16, 32)
INTEGERS(u8, u8, 16, 16, 32)
INTEGERS(s4, s4, 32, 32, 64)
INTEGERS(s4, u4, 32, 32, 64)
INTEGERS(u4, s4, 32, 32, 64)
INTEGERS(u4, u4, 32, 32, 64)

KERNEL(m8n8k128_b1, 8, unsigned, 1, 1, int, 2, 0,
       MMA_112("m8n8k128.row.col.s32.b1.b1.s32.and.popc", "r", "+r"))
KERNEL(m16n8k128_b1, 16, unsigned, 2, 1, int, 4, 0,
       MMA_214("m16n8k128.row.col.s32.b1.b1.s32.and.popc", "r", "+r"))
KERNEL(m16n8k256_b1, 16, unsigned, 4, 2, int, 4, 0,
       MMA_424("m16n8k256.row.col.s32.b1.b1.s32.and.popc", "r", "+r"))

#define FLOATS(A, K8, K16)                                                     \
  KERNEL(m16n8k##K8##_##A, 16, unsigned, 2, 1, float, 4, 0,                    \
         MMA_214("m16n8k" #K8 ".row.col.f32." #A "." #A ".f32", "r", "+f"))    \
  KERNEL(m16n8k##K16##_##A, 16, unsigned, 4, 2, float, 4, 0,                   \
         MMA_424("m16n8k" #K16 ".row.col.f32." #A "." #A ".f32", "r", "+f"))

FLOATS(f16, 8, 16)
FLOATS(bf16, 8, 16)
FLOATS(tf32, 4, 8)

KERNEL(m16n8k8_f16_f16, 16, unsigned, 2, 1, unsigned, 2, 1,
       MMA_212("m16n8k8.row.col.f16.f16.f16.f16", "r", "+r"))
KERNEL(m16n8k16_f16_f16, 16, unsigned, 4, 2, unsigned, 2, 1,
       MMA_422("m16n8k16.row.col.f16.f16.f16.f16", "r", "+r"))

KERNEL(m8n8k4_f64, 8, double, 1, 1, double, 2, 0,
       MMA_112("m8n8k4.row.col.f64.f64.f64.f64", "d", "+d"))
KERNEL(m16n8k4_f64, 16, double, 2, 1, double, 4, 0,
       MMA_214("m16n8k4.row.col.f64.f64.f64.f64", "d", "+d"))
KERNEL(m16n8k8_f64, 16, double, 4, 2, double, 4, 0,
       MMA_424("m16n8k8.row.col.f64.f64.f64.f64", "d", "+d"))
KERNEL(m16n8k16_f64, 16, double, 8, 4, double, 4, 0,
       MMA_844("m16n8k16.row.col.f64.f64.f64.f64", "d", "+d"))
