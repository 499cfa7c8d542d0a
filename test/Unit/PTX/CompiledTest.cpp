//===- CompiledTest.cpp - CUDA kernels as nvcc and clang compile them -----===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The kernels of test/PTX/Inputs/kernels.cu against plain loops, in checked
// mode.
//
//===----------------------------------------------------------------------===//

#include "Harness.h"

#include "llvm/Support/MemoryBuffer.h"

#include <cmath>
#include <numeric>
#include <random>

using namespace quantmlir::ptx::test;

namespace {

class Compiled : public testing::TestWithParam<const char *> {
protected:
  Launch kernel(const std::string &name) {
    std::string path = std::string(QUANT_MLIR_TEST_DIR) +
                       "/PTX/Inputs/kernels-" + GetParam() + ".ptx";
    auto file = llvm::MemoryBuffer::getFile(path);
    EXPECT_TRUE(bool(file)) << path;
    return Launch(file ? (*file)->getBuffer().str() : "", name);
  }
  void run(Launch &launch) {
    launch.options.check = true;
    EXPECT_EQ(launch.launch(), "");
  }
  template <typename T>
  std::vector<T> random(size_t count, int low, int high) {
    std::vector<T> values(count);
    std::uniform_int_distribution<int> draw(low, high);
    for (T &value : values)
      value = T(draw(generator));
    return values;
  }
  std::mt19937 generator{3};
};

} // namespace

TEST_P(Compiled, Reduce) {
  auto in = random<int>(5001, -1000, 1000);
  Launch reduce = kernel("reduce");
  reduce.buffer(in).scalar(5001).buffer(std::vector<int>(1));
  reduce.block(256).grid(3);
  run(reduce);
  EXPECT_EQ(reduce.read<int>(1, 1)[0],
            std::accumulate(in.begin(), in.end(), 0));
}

TEST_P(Compiled, Scan) {
  auto in = random<int>(1000, -100, 100);
  Launch scan = kernel("scan");
  scan.buffer(in).output(4000).scalar(1000).block(1024);
  run(scan);
  std::partial_sum(in.begin(), in.end(), in.begin());
  EXPECT_EQ(scan.read<int>(1, 1000), in);
}

TEST_P(Compiled, Transpose) {
  const unsigned rows = 70, columns = 45;
  auto in = random<float>(rows * columns, -1000, 1000);
  Launch transpose = kernel("transpose");
  transpose.buffer(in).output(rows * columns * 4).scalar(int(rows));
  transpose.scalar(int(columns)).block(32, 8).grid(2, 3);
  run(transpose);
  auto out = transpose.read<float>(1, rows * columns);
  for (unsigned i = 0; i < rows; ++i)
    for (unsigned j = 0; j < columns; ++j)
      EXPECT_EQ(out[j * rows + i], in[i * columns + j]);
}

TEST_P(Compiled, Histogram) {
  auto in = random<uint8_t>(5000, 0, 255);
  Launch histogram = kernel("histogram");
  histogram.buffer(in).scalar(5000).buffer(std::vector<int>(256));
  histogram.block(128).grid(3);
  run(histogram);
  std::vector<int> expected(256);
  for (uint8_t value : in)
    ++expected[value];
  EXPECT_EQ(histogram.read<int>(1, 256), expected);
}

TEST_P(Compiled, Softmax) {
  const unsigned rows = 5, columns = 100;
  auto in = random<float>(rows * columns, -20, 20);
  Launch softmax = kernel("softmax");
  softmax.buffer(in).output(rows * columns * 4).scalar(int(columns));
  softmax.block(32).grid(rows);
  run(softmax);
  auto out = softmax.read<float>(1, rows * columns);
  for (unsigned i = 0; i < rows; ++i) {
    double sum = 0;
    for (unsigned j = 0; j < columns; ++j)
      sum += std::exp2(double(in[i * columns + j]));
    for (unsigned j = 0; j < columns; ++j)
      EXPECT_NEAR(out[i * columns + j],
                  std::exp2(double(in[i * columns + j])) / sum, 1e-6);
  }
}

TEST_P(Compiled, CompactWithASwitch) {
  auto in = random<int>(32, -100000, 100000);
  Launch compact = kernel("compact");
  compact.buffer(in).buffer(std::vector<int64_t>(32)).output(4).block(32);
  run(compact);
  std::vector<int64_t> expected;
  for (unsigned lane = 0; lane < 32; ++lane) {
    int64_t value = in[lane];
    if (value <= 0)
      continue;
    const int64_t results[] = {value * value, value / 7, value % 1000, -value,
                               value << 20};
    expected.push_back(results[lane % 5]);
  }
  EXPECT_EQ(compact.read<int>(2, 1)[0], int(expected.size()));
  EXPECT_EQ(compact.read<int64_t>(1, expected.size()), expected);
}

TEST_P(Compiled, PipelinedInt8Gemm) {
  const unsigned m = 32, n = 24, k = 160;
  auto a = random<int8_t>(m * k, -128, 127);
  auto b = random<int8_t>(n * k, -128, 127);
  Launch gemm = kernel("gemmS8");
  gemm.buffer(a).buffer(b).output(m * n * 4).scalar(int(n)).scalar(int(k));
  gemm.block(32).grid(n / 8, m / 16);
  run(gemm);
  auto c = gemm.read<int>(2, m * n);
  for (unsigned i = 0; i < m; ++i)
    for (unsigned j = 0; j < n; ++j) {
      int sum = 0;
      for (unsigned l = 0; l < k; ++l)
        sum += a[i * k + l] * b[j * k + l];
      EXPECT_EQ(c[i * n + j], sum);
    }
}

TEST_P(Compiled, HalfGemm) {
  const unsigned m = 16, n = 16, k = 48;
  auto a = random<int>(m * k, -8, 8), b = random<int>(n * k, -8, 8);
  auto encode = [](const std::vector<int> &values) {
    std::vector<_Float16> halves(values.begin(), values.end());
    return halves;
  };
  Launch gemm = kernel("gemmF16");
  gemm.buffer(encode(a)).buffer(encode(b)).output(m * n * 4);
  gemm.scalar(int(n)).scalar(int(k)).block(32).grid(n / 8, m / 16);
  run(gemm);
  auto c = gemm.read<float>(2, m * n);
  for (unsigned i = 0; i < m; ++i)
    for (unsigned j = 0; j < n; ++j) {
      int sum = 0;
      for (unsigned l = 0; l < k; ++l)
        sum += a[i * k + l] * b[j * k + l];
      EXPECT_EQ(c[i * n + j], float(sum));
    }
}

INSTANTIATE_TEST_SUITE_P(By, Compiled, testing::Values("nvcc", "clang"),
                         [](const auto &info) { return info.param; });
