// Kernels that use CUDA's libraries of cooperation: cooperative groups, libcu++
// and CUB. Tests compare them with NumPy.
//
//   nvcc -ptx -arch=sm_80 -O3 -std=c++17 -diag-suppress 20054 groups.cu -o groups-nvcc.ptx
//
// The PTX is checked in: tests need no compiler.

#include <cooperative_groups.h>
#include <cooperative_groups/reduce.h>
#include <cooperative_groups/scan.h>
#include <cub/block/block_radix_sort.cuh>
#include <cub/block/block_scan.cuh>
#include <cuda/atomic>
#include <cuda/barrier>
#include <cuda/pipeline>

namespace cg = cooperative_groups;

// Every tile passes its own member mask to one instruction.
extern "C" __global__ void tiles(const int *in, int *out) {
  cg::thread_block block = cg::this_thread_block();
  auto tile = cg::tiled_partition<8>(block);
  int v = in[block.thread_rank()];
  int *o = out + block.thread_rank() * 6;
  o[0] = cg::reduce(tile, v, cg::plus<int>());
  o[1] = tile.ballot(v > 0);
  o[2] = tile.any(v > 90) + 2 * tile.all(v > -90);
  o[3] = tile.match_any(v & 3);
  tile.sync();
  o[4] = cg::tiled_partition<4>(tile).shfl_up(v, 1);
  o[5] = cg::inclusive_scan(tile, v);
}

// Lanes are grouped by their values, and the leader of each group adds for it.
extern "C" __global__ void labeled(const int *in, int *counts, int *out) {
  auto warp = cg::tiled_partition<32>(cg::this_thread_block());
  int v = in[threadIdx.x];
  auto part = cg::labeled_partition(warp, v & 3);
  int sum = cg::reduce(part, v, cg::plus<int>());
  if (part.thread_rank() == 0)
    atomicAdd(counts + (v & 3), (int)part.size());
  out[threadIdx.x] = sum;
}

// Stream compaction by warp-aggregated atomics.
extern "C" __global__ void aggregated(const int *in, int n, int *count, int *out) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n && in[i] > 0) {
    auto active = cg::coalesced_threads();
    int base = 0;
    if (active.thread_rank() == 0)
      base = atomicAdd(count, (int)active.size());
    out[active.shfl(base, 0) + active.thread_rank()] = in[i];
  }
}

// A cooperative launch: all CTAs meet twice in each round.
extern "C" __global__ void gridSync(int *data, int *out, int rounds) {
  cg::grid_group grid = cg::this_grid();
  for (int r = 0; r < rounds; ++r) {
    int *row = data + (r & 1) * gridDim.x;
    if (threadIdx.x == 0)
      row[blockIdx.x] += blockIdx.x + r;
    grid.sync();
    if (threadIdx.x == 0)
      out[blockIdx.x] += row[(blockIdx.x + 1) % gridDim.x];
    grid.sync();
  }
}

// A lock with backoff, which each thread takes for itself.
extern "C" __global__ void locked(int *lock, int *counter) {
  cuda::atomic_ref<int, cuda::thread_scope_device> mutex(*lock);
  unsigned nanoseconds = 8;
  while (mutex.exchange(1, cuda::memory_order_acquire) != 0) {
    __nanosleep(nanoseconds);
    if (nanoseconds < 256)
      nanoseconds *= 2;
  }
  *counter = *counter + 1;
  mutex.store(0, cuda::memory_order_release);
}

extern "C" __global__ void phases(const int *in, int *out) {
  using barrier = cuda::barrier<cuda::thread_scope_block>;
  __shared__ alignas(8) unsigned char storage[sizeof(barrier)];
  __shared__ int buffer[64];
  barrier &bar = *reinterpret_cast<barrier *>(storage);
  if (threadIdx.x == 0)
    init(&bar, blockDim.x);
  __syncthreads();
  int sum = 0;
  for (int r = 0; r < 3; ++r) {
    buffer[threadIdx.x] = in[threadIdx.x] + r;
    bar.arrive_and_wait();
    sum += buffer[(threadIdx.x * 7 + r) & 63];
    bar.wait(bar.arrive());
  }
  out[threadIdx.x] = sum;
}

// Asynchronous copies, two stages ahead. Its end invalidates the mbarriers.
extern "C" __global__ void pipelined(const int *in, int *out, int rounds) {
  constexpr int stages = 2;
  extern __shared__ int buffer[];
  __shared__ cuda::pipeline_shared_state<cuda::thread_scope_block, stages> state;
  auto block = cg::this_thread_block();
  auto pipe = cuda::make_pipeline(block, &state);
  int n = block.size(), sum = 0;
  for (int fetch = 0, r = 0; r < rounds; ++r) {
    for (; fetch < rounds && fetch < r + stages; ++fetch) {
      pipe.producer_acquire();
      cuda::memcpy_async(block, buffer + fetch % stages * n, in + fetch * n, sizeof(int) * n, pipe);
      pipe.producer_commit();
    }
    pipe.consumer_wait();
    sum += buffer[r % stages * n + (block.thread_rank() + 1) % n];
    pipe.consumer_release();
  }
  out[block.thread_rank()] = sum;
}

extern "C" __global__ void cubScan(const int *in, int *out) {
  using Scan = cub::BlockScan<int, 128>;
  __shared__ typename Scan::TempStorage storage;
  int items[2] = {in[threadIdx.x * 2], in[threadIdx.x * 2 + 1]}, total;
  Scan(storage).ExclusiveSum(items, items, total);
  out[threadIdx.x * 2] = items[0] + total;
  out[threadIdx.x * 2 + 1] = items[1] + total;
}

extern "C" __global__ void cubSort(const int *in, int *out) {
  using Sort = cub::BlockRadixSort<int, 128, 2>;
  __shared__ typename Sort::TempStorage storage;
  int items[2] = {in[threadIdx.x * 2], in[threadIdx.x * 2 + 1]};
  Sort(storage).Sort(items);
  out[threadIdx.x * 2] = items[0];
  out[threadIdx.x * 2 + 1] = items[1];
}
