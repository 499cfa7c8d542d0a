// Kernels of sm_90a for the emulator's tests:
//
//   nvcc -ptx -arch=sm_90a -O3 hopper.cu -o hopper-nvcc.ptx
//
// The PTX is checked in: tests do not need nvcc.

typedef unsigned int u32;
typedef unsigned long long u64;

struct alignas(64) TensorMap {
  char bytes[128];
};

static __device__ u32 sharedOffset(const void *p) {
  return (u32)__cvta_generic_to_shared(p);
}

static __device__ void initBarrier(u64 *barrier, u32 count) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(
                   sharedOffset(barrier)),
               "r"(count));
}

static __device__ void expectBytes(u64 *barrier, u32 bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(
                   sharedOffset(barrier)),
               "r"(bytes)
               : "memory");
}

static __device__ void wait(u64 *barrier, u32 parity) {
  asm volatile("{\n"
               ".reg .pred done;\n"
               "WAIT:\n"
               "mbarrier.try_wait.parity.shared::cta.b64 done, [%0], %1;\n"
               "@done bra DONE;\n"
               "bra WAIT;\n"
               "DONE:\n"
               "}" ::"r"(sharedOffset(barrier)),
               "r"(parity)
               : "memory");
}

// Arrives at the barrier at this place in CTA `rank` of the cluster.
static __device__ void arriveAt(u64 *barrier, u32 rank) {
  asm volatile("{\n"
               ".reg .b32 remote;\n"
               "mapa.shared::cluster.u32 remote, %0, %1;\n"
               "mbarrier.arrive.release.cluster.shared::cluster.b64 _, "
               "[remote];\n"
               "}" ::"r"(sharedOffset(barrier)),
               "r"(rank)
               : "memory");
}

static __device__ void syncCluster() {
  asm volatile("barrier.cluster.arrive.release.aligned;\n"
               "barrier.cluster.wait.acquire.aligned;" ::
                   : "memory");
}

static __device__ u32 clusterRank() {
  u32 rank;
  asm volatile("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
  return rank;
}

static __device__ void loadTile(void *to, const TensorMap *map, int k, int row,
                                u64 *barrier) {
  asm volatile("cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::"
               "complete_tx::bytes [%0], [%1, {%2, %3}], [%4];" ::"r"(
                   sharedOffset(to)),
               "l"(map), "r"(k), "r"(row), "r"(sharedOffset(barrier))
               : "memory");
}

static __device__ void multicastTile(void *to, const TensorMap *map, int k,
                                     int row, u64 *barrier, unsigned short ctas) {
  asm volatile(
      "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::"
      "complete_tx::bytes.multicast::cluster [%0], [%1, {%2, %3}], [%4], %5;" ::
          "r"(sharedOffset(to)),
      "l"(map), "r"(k), "r"(row), "r"(sharedOffset(barrier)), "h"(ctas)
      : "memory");
}

// Rows of 128 bytes, swizzled; groups of 8 rows follow each other.
static __device__ u64 descriptor(const void *tile) {
  u64 start = (sharedOffset(tile) & 0x3ffff) >> 4;
  return start | (u64)1 << 16 | (u64)(1024 >> 4) << 32 | (u64)1 << 62;
}

static __device__ void multiplyS8(int (&d)[32], u64 a, u64 b) {
  asm volatile(
      "{\n"
      ".reg .pred p;\n"
      "setp.ne.b32 p, 1, 0;\n"
      "wgmma.mma_async.sync.aligned.m64n64k32.s32.s8.s8 "
      "{%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
      "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, "
      "%30, %31}, %32, %33, p;\n"
      "}"
      : "+r"(d[0]), "+r"(d[1]), "+r"(d[2]), "+r"(d[3]), "+r"(d[4]), "+r"(d[5]),
        "+r"(d[6]), "+r"(d[7]), "+r"(d[8]), "+r"(d[9]), "+r"(d[10]),
        "+r"(d[11]), "+r"(d[12]), "+r"(d[13]), "+r"(d[14]), "+r"(d[15]),
        "+r"(d[16]), "+r"(d[17]), "+r"(d[18]), "+r"(d[19]), "+r"(d[20]),
        "+r"(d[21]), "+r"(d[22]), "+r"(d[23]), "+r"(d[24]), "+r"(d[25]),
        "+r"(d[26]), "+r"(d[27]), "+r"(d[28]), "+r"(d[29]), "+r"(d[30]),
        "+r"(d[31])
      : "l"(a), "l"(b));
}

constexpr int stages = 3;

struct alignas(1024) Ring {
  signed char a[stages][64][128];
  signed char b[stages][64][128];
  u64 full[stages], empty[stages];
};

// C(MxN) = A(MxK) B(NxK)^T of int8. A cluster of two CTAs has two tiles of 64
// rows and one of 64 columns: each loads half of B's tile for both. Warp 4
// produces, warps 0 to 3 multiply. K is a multiple of 16; maps fill the rest.
extern "C" __global__ void __cluster_dims__(1, 2, 1) __launch_bounds__(160)
    gemmS8(const __grid_constant__ TensorMap mapA,
           const __grid_constant__ TensorMap mapB, int *c, int m, int n,
           int k) {
  extern __shared__ char memory[];
  Ring &ring = *reinterpret_cast<Ring *>(memory);
  u32 rank = clusterRank();
  int m0 = blockIdx.y * 64, n0 = blockIdx.x * 64, steps = (k + 127) / 128;
  if (threadIdx.x == 0) {
    for (int i = 0; i < stages; ++i) {
      initBarrier(&ring.full[i], 1);
      initBarrier(&ring.empty[i], 8);
    }
    asm volatile("fence.mbarrier_init.release.cluster;");
  }
  syncCluster();
  if (threadIdx.x >= 128) {
    asm volatile("setmaxnreg.dec.sync.aligned.u32 24;");
    if (threadIdx.x == 128)
      for (int step = 0; step < steps; ++step) {
        int stage = step % stages, half = rank * 32;
        if (step >= stages)
          wait(&ring.empty[stage], (step / stages - 1) & 1);
        expectBytes(&ring.full[stage], 2 * 64 * 128);
        loadTile(ring.a[stage], &mapA, step * 128, m0, &ring.full[stage]);
        multicastTile(ring.b[stage][half], &mapB, step * 128, n0 + half,
                      &ring.full[stage], 3);
      }
  } else {
    int d[32] = {};
    for (int step = 0; step < steps; ++step) {
      int stage = step % stages;
      wait(&ring.full[stage], (step / stages) & 1);
#pragma unroll
      for (int i = 0; i < 32; ++i)
        asm volatile("" : "+r"(d[i])::"memory");
      asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
      for (int i = 0; i < 4; ++i)
        multiplyS8(d, descriptor(ring.a[stage]) + 2 * i,
                   descriptor(ring.b[stage]) + 2 * i);
      asm volatile("wgmma.commit_group.sync.aligned;\n"
                   "wgmma.wait_group.sync.aligned 0;" ::
                       : "memory");
#pragma unroll
      for (int i = 0; i < 32; ++i)
        asm volatile("" : "+r"(d[i])::"memory");
      // One lane of each warp, at both CTAs, whose copies wrote this stage.
      __syncwarp();
      if (threadIdx.x % 32 < 2)
        arriveAt(&ring.empty[stage], threadIdx.x % 32);
    }
    int row = m0 + threadIdx.x / 32 * 16 + threadIdx.x % 32 / 4;
    for (int i = 0; i < 32; ++i) {
      int r = row + i / 2 % 2 * 8;
      int column = n0 + i / 4 * 8 + threadIdx.x % 4 * 2 + i % 2;
      if (r < m && column < n)
        c[(long)r * n + column] = d[i];
    }
  }
  // Nobody ends while its neighbour may still write to it.
  syncCluster();
}

static __device__ void multiplyF16(float (&d)[16], u64 a, u64 b) {
  asm volatile("{\n"
               ".reg .pred p;\n"
               "setp.ne.b32 p, 1, 0;\n"
               "wgmma.mma_async.sync.aligned.m64n32k16.f32.f16.f16 "
               "{%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, "
               "%14, %15}, %16, %17, p, 1, 1, 0, 0;\n"
               "}"
               : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]), "+f"(d[4]),
                 "+f"(d[5]), "+f"(d[6]), "+f"(d[7]), "+f"(d[8]), "+f"(d[9]),
                 "+f"(d[10]), "+f"(d[11]), "+f"(d[12]), "+f"(d[13]),
                 "+f"(d[14]), "+f"(d[15])
               : "l"(a), "l"(b));
}

// C(64x32) = A(64xK) B(32xK)^T of f16, whose tiles of 16 along K are stored as
// wgmma reads them without a swizzle: bulk copies bring them, and another one
// takes the result away.
extern "C" __global__ void __launch_bounds__(128)
    gemmF16(const unsigned short *a, const unsigned short *b, float *c,
            int steps) {
  __shared__ alignas(128) unsigned short tileA[2][64 * 16], tileB[2][32 * 16];
  __shared__ alignas(128) float tileC[64 * 32];
  __shared__ u64 full[2];
  if (threadIdx.x == 0) {
    initBarrier(&full[0], 1);
    initBarrier(&full[1], 1);
    asm volatile("fence.proxy.async.shared::cta;");
  }
  __syncthreads();
  auto load = [&](int step) {
    if (step >= steps || threadIdx.x != 0)
      return;
    u64 *barrier = &full[step % 2];
    expectBytes(barrier, sizeof tileA[0] + sizeof tileB[0]);
    auto copy = [&](void *to, const void *from, u32 bytes) {
      asm volatile("cp.async.bulk.shared::cluster.global.mbarrier::"
                   "complete_tx::bytes [%0], [%1], %2, [%3];" ::"r"(
                       sharedOffset(to)),
                   "l"(from), "r"(bytes), "r"(sharedOffset(barrier))
                   : "memory");
    };
    copy(tileA[step % 2], a + (long)step * 64 * 16, sizeof tileA[0]);
    copy(tileB[step % 2], b + (long)step * 32 * 16, sizeof tileB[0]);
  };
  // 8x16-byte core matrices: two along K, then groups of 8 rows.
  auto matrix = [](const void *tile) {
    return (u64)(sharedOffset(tile) >> 4) | (u64)(128 >> 4) << 16 |
           (u64)(256 >> 4) << 32;
  };
  float d[16] = {};
  load(0);
  for (int step = 0; step < steps; ++step) {
    load(step + 1);
    wait(&full[step % 2], step / 2 & 1);
#pragma unroll
    for (int i = 0; i < 16; ++i)
      asm volatile("" : "+f"(d[i])::"memory");
    asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
    multiplyF16(d, matrix(tileA[step % 2]), matrix(tileB[step % 2]));
    asm volatile("wgmma.commit_group.sync.aligned;\n"
                 "wgmma.wait_group.sync.aligned 0;" ::
                     : "memory");
#pragma unroll
    for (int i = 0; i < 16; ++i)
      asm volatile("" : "+f"(d[i])::"memory");
    __syncthreads();
  }
  int row = threadIdx.x / 32 * 16 + threadIdx.x % 32 / 4;
  for (int i = 0; i < 16; ++i)
    tileC[(row + i / 2 % 2 * 8) * 32 + i / 4 * 8 + threadIdx.x % 4 * 2 +
          i % 2] = d[i];
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
  __syncthreads();
  if (threadIdx.x == 0)
    asm volatile("cp.async.bulk.global.shared::cta.bulk_group [%0], [%1], %2;\n"
                 "cp.async.bulk.commit_group;\n"
                 "cp.async.bulk.wait_group 0;" ::"l"(c),
                 "r"(sharedOffset(tileC)), "r"((u32)sizeof tileC)
                 : "memory");
}

// Sums the numbers of a cluster of four CTAs through distributed shared memory.
extern "C" __global__ void __cluster_dims__(4, 1, 1) __launch_bounds__(128)
    clusterSum(const int *in, int *out) {
  __shared__ int sums[4];
  __shared__ int total;
  int value = in[blockIdx.x * 128 + threadIdx.x];
  value = __reduce_add_sync(~0u, value);
  if (threadIdx.x % 32 == 0)
    sums[threadIdx.x / 32] = value;
  __syncthreads();
  if (threadIdx.x == 0)
    total = sums[0] + sums[1] + sums[2] + sums[3];
  syncCluster();
  if (threadIdx.x == 0) {
    int all = 0;
    for (u32 rank = 0; rank < 4; ++rank) {
      int part;
      asm volatile("{\n"
                   ".reg .b32 remote;\n"
                   "mapa.shared::cluster.u32 remote, %1, %2;\n"
                   "ld.shared::cluster.b32 %0, [remote];\n"
                   "}"
                   : "=r"(part)
                   : "r"(sharedOffset(&total)), "r"(rank)
                   : "memory");
      all += part;
    }
    out[blockIdx.x] = all;
  }
  syncCluster();
}
