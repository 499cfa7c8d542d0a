//===- OneDNNProduct.cpp - float matrix products by oneDNN ----------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OneDNNProduct.h"

#include <array>
#include <cstring>
#include <dlfcn.h>
#include <map>
#include <memory>
#include <oneapi/dnnl/dnnl.h>
#include <vector>

using namespace mlir::quantmlir;

void mlir::quantmlir::useOneOneDNNThread() {
  static thread_local bool isSet = [] {
    using SetThreads = void (*)(int);
    if (auto set = reinterpret_cast<SetThreads>(
            dlsym(RTLD_DEFAULT, "omp_set_num_threads")))
      set(1);
    return true;
  }();
  (void)isSet;
}

namespace {
using Key = std::array<int64_t, 9>;

template <typename T, dnnl_status_t (*destroy)(T *)>
struct Destroy {
  void operator()(T *object) const { destroy(object); }
};
template <typename T, dnnl_status_t (*destroy)(T *)>
using Owned = std::unique_ptr<T, Destroy<T, destroy>>;
using Memory = Owned<dnnl_memory, dnnl_memory_destroy>;

/// A kernel for one shape, and the descriptions of its operands.
class Kernel {
public:
  /// Null if oneDNN has no generated kernel for the shape.
  static std::unique_ptr<Kernel> create(dnnl_engine_t engine, const Key &key);
  bool run(dnnl_stream_t stream, const float *a, const float *b, float *c);

private:
  Owned<dnnl_primitive, dnnl_primitive_destroy> primitive;
  Memory operands[3];
  Memory scratchpad;
  std::vector<char> scratchpadBytes;
};

/// What one thread needs; oneDNN's own cache shares the generated code.
struct ThreadState {
  ThreadState() {
    useOneOneDNNThread();
    dnnl_engine_t newEngine;
    dnnl_stream_t newStream;
    if (dnnl_engine_create(&newEngine, dnnl_cpu, 0) != dnnl_success)
      return;
    engine.reset(newEngine);
    if (dnnl_stream_create(&newStream, newEngine, dnnl_stream_default_flags) ==
        dnnl_success)
      stream.reset(newStream);
  }

  Owned<dnnl_engine, dnnl_engine_destroy> engine;
  Owned<dnnl_stream, dnnl_stream_destroy> stream;
  std::map<Key, std::unique_ptr<Kernel>> kernels;
};
} // namespace

static bool describe(dnnl_memory_desc_t &desc, int64_t rows, int64_t columns,
                     int64_t rowStride, int64_t columnStride) {
  dnnl_dims_t sizes = {rows, columns}, strides = {rowStride, columnStride};
  return dnnl_memory_desc_init_by_strides(&desc, 2, sizes, dnnl_f32, strides) ==
         dnnl_success;
}

/// "brg" names kernels generated for the shape; others wrap a general product.
static bool isGenerated(const_dnnl_primitive_desc_t description) {
  const char *name = nullptr;
  return dnnl_primitive_desc_query(description, dnnl_query_impl_info_str, 0,
                                   &name) == dnnl_success &&
         std::strncmp(name, "brg", 3) == 0;
}

std::unique_ptr<Kernel> Kernel::create(dnnl_engine_t engine, const Key &key) {
  auto [m, n, k, aRow, aColumn, bRow, bColumn, cRow, cColumn] = key;
  dnnl_memory_desc_t descs[3];
  dnnl_matmul_desc_t matmul;
  if (!describe(descs[0], m, k, aRow, aColumn) ||
      !describe(descs[1], k, n, bRow, bColumn) ||
      !describe(descs[2], m, n, cRow, cColumn) ||
      dnnl_matmul_desc_init(&matmul, &descs[0], &descs[1], nullptr,
                            &descs[2]) != dnnl_success)
    return nullptr;
  dnnl_primitive_attr_t newAttr;
  if (dnnl_primitive_attr_create(&newAttr) != dnnl_success)
    return nullptr;
  Owned<dnnl_primitive_attr, dnnl_primitive_attr_destroy> attr(newAttr);
  dnnl_primitive_attr_set_scratchpad_mode(newAttr, dnnl_scratchpad_mode_user);
  dnnl_primitive_desc_t newDescription;
  if (dnnl_primitive_desc_create(&newDescription, &matmul, newAttr, engine,
                                 nullptr) != dnnl_success)
    return nullptr;
  Owned<dnnl_primitive_desc, dnnl_primitive_desc_destroy> description(
      newDescription);
  auto kernel = std::make_unique<Kernel>();
  dnnl_primitive_t newPrimitive;
  if (!isGenerated(newDescription) ||
      dnnl_primitive_create(&newPrimitive, newDescription) != dnnl_success)
    return nullptr;
  kernel->primitive.reset(newPrimitive);

  auto makeMemory = [&](const dnnl_memory_desc_t &desc, void *data,
                        Memory &memory) {
    dnnl_memory_t created;
    if (dnnl_memory_create(&created, &desc, engine, data) != dnnl_success)
      return false;
    memory.reset(created);
    return true;
  };
  const dnnl_memory_desc_t *scratchpadDesc =
      dnnl_primitive_desc_query_md(newDescription, dnnl_query_scratchpad_md, 0);
  // Aligned as oneDNN's own scratchpad is.
  constexpr size_t alignment = 4096;
  kernel->scratchpadBytes.resize(dnnl_memory_desc_get_size(scratchpadDesc) +
                                 alignment);
  void *aligned = kernel->scratchpadBytes.data();
  size_t space = kernel->scratchpadBytes.size();
  std::align(alignment, space - alignment, aligned, space);
  for (int i = 0; i < 3; ++i)
    if (!makeMemory(descs[i], nullptr, kernel->operands[i]))
      return nullptr;
  if (!makeMemory(*scratchpadDesc, aligned, kernel->scratchpad))
    return nullptr;
  return kernel;
}

bool Kernel::run(dnnl_stream_t stream, const float *a, const float *b,
                 float *c) {
  dnnl_memory_set_data_handle(operands[0].get(), const_cast<float *>(a));
  dnnl_memory_set_data_handle(operands[1].get(), const_cast<float *>(b));
  dnnl_memory_set_data_handle(operands[2].get(), c);
  dnnl_exec_arg_t arguments[] = {{DNNL_ARG_SRC, operands[0].get()},
                                 {DNNL_ARG_WEIGHTS, operands[1].get()},
                                 {DNNL_ARG_DST, operands[2].get()},
                                 {DNNL_ARG_SCRATCHPAD, scratchpad.get()}};
  return dnnl_primitive_execute(primitive.get(), stream, 4, arguments) ==
         dnnl_success;
}

bool mlir::quantmlir::multiplyF32OneDNN(int64_t m, int64_t n, int64_t k,
                                        Matrix<const float> a,
                                        Matrix<const float> b,
                                        Matrix<float> c) {
  static thread_local ThreadState state;
  if (!state.stream)
    return false;
  Key key = {m,
             n,
             k,
             a.rowStride,
             a.columnStride,
             b.rowStride,
             b.columnStride,
             c.rowStride,
             c.columnStride};
  auto [it, isNew] = state.kernels.try_emplace(key);
  if (isNew)
    it->second = Kernel::create(state.engine.get(), key);
  return it->second &&
         it->second->run(state.stream.get(), a.data, b.data, c.data);
}
