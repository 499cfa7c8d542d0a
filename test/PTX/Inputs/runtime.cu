// Kernels that print, assert and allocate, by two compilers:
//
//   nvcc -ptx -arch=sm_80 runtime.cu -o runtime-nvcc.ptx
//   clang++-22 -x cuda --cuda-device-only --cuda-gpu-arch=sm_80 -O2 -S \
//     -nocudainc -nocudalib -Xclang -target-feature -Xclang +ptx80 \
//     runtime.cu -o runtime-clang.ptx
//
// The PTX is checked in: tests need neither compiler.

#if defined(__clang__)
#define __global__ __attribute__((global))
#define __device__ __attribute__((device))
#include <__clang_cuda_builtin_vars.h>
extern "C" __device__ int printf(const char *, ...);
extern "C" __device__ void *malloc(__SIZE_TYPE__);
extern "C" __device__ void free(void *);
extern "C" __device__ void __assertfail(const char *, const char *, unsigned,
                                        const char *, __SIZE_TYPE__);
#define assert(e)                                                              \
  ((e) ? (void)0 : __assertfail(#e, "runtime.cu", __LINE__, __func__, 1))
#else
#include <cassert>
#include <cstdio>
#include <cstdlib>
#endif

extern "C" __global__ void print(int n, float x, int *counts) {
  int count = printf("thread %d of %u: %8.3f [%-5s] %5.2e %lld %c%%\n",
                     threadIdx.x, blockDim.x, x, "text", (double)x * 2,
                     (long long)n << 33, 'q');
  count += printf("%hhd %hu %*d|%-*.*f|%#x %+d\n", 300, 65537, 6, n, 7, 2,
                  (double)x, 255, n);
  if (threadIdx.x == 0)
    count += printf("no arguments\n");
  counts[threadIdx.x] = count;
}

extern "C" __global__ void check(int n) { assert(int(threadIdx.x) < n); }

// Mistakes: 1 reads what nothing wrote, 2 what lies beyond, 3 what was freed,
// 4 frees twice, 5 frees what malloc did not return.
extern "C" __global__ void allocate(int *out, int mistake) {
  int *p = (int *)malloc(16 * sizeof(int));
  for (int i = mistake == 1; i < 16; ++i)
    p[i] = i * int(threadIdx.x);
  int sum = mistake == 2 ? p[16] : 0;
  for (int i = 0; i < 16; ++i)
    sum += p[i];
  free(p);
  if (mistake == 3)
    sum += p[0];
  if (mistake == 4)
    free(p);
  if (mistake == 5)
    free(out);
  out[threadIdx.x] = sum;
}

// More than the heap has: null.
extern "C" __global__ void exhaust(int *out) {
  for (int i = 0; i < 10; ++i)
    out[i] = malloc(1 << 20) != nullptr;
}
