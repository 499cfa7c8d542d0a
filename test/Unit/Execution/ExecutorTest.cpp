//===- ExecutorTest.cpp - programs on the CPU path ------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ExecutorTest.h"

#include <array>
#include <cmath>
#include <random>

using namespace mlir;
using namespace mlir::quantmlir;

namespace {
struct Recorder : ObserverSink {
  void observe(StringRef name, const float *data, int64_t rows,
               int64_t channels) override {
    values[name.str()].assign(data, data + rows * channels);
    lastRows = rows;
  }
  std::map<std::string, std::vector<float>> values;
  int64_t lastRows = 0;
};

TEST_F(ExecutorTest, Softmax) {
  std::vector<float> x(300 * 70);
  for (size_t i = 0; i < x.size(); ++i)
    x[i] = std::sin(i * 0.37f) * 5;
  std::vector<float> y = run(R"(
  func.func @main(%x: tensor<300x70xf32>) -> tensor<300x70xf32> {
    %zero = arith.constant 0.0 : f32
    %low = arith.constant 0xFF800000 : f32
    %e = tensor.empty() : tensor<300x70xf32>
    %er = tensor.empty() : tensor<300xf32>
    %fm = linalg.fill ins(%low : f32) outs(%er : tensor<300xf32>) -> tensor<300xf32>
    %fs = linalg.fill ins(%zero : f32) outs(%er : tensor<300xf32>) -> tensor<300xf32>
    %m = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
        ins(%x : tensor<300x70xf32>) outs(%fm : tensor<300xf32>) {
    ^bb0(%a: f32, %b: f32):
      %v = arith.maximumf %a, %b : f32
      linalg.yield %v : f32
    } -> tensor<300xf32>
    %exp = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
        ins(%x, %m : tensor<300x70xf32>, tensor<300xf32>) outs(%e : tensor<300x70xf32>) {
    ^bb0(%a: f32, %b: f32, %c: f32):
      %d = arith.subf %a, %b : f32
      %v = math.exp %d : f32
      linalg.yield %v : f32
    } -> tensor<300x70xf32>
    %s = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
        ins(%exp : tensor<300x70xf32>) outs(%fs : tensor<300xf32>) {
    ^bb0(%a: f32, %b: f32):
      %v = arith.addf %a, %b : f32
      linalg.yield %v : f32
    } -> tensor<300xf32>
    %y = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
        ins(%exp, %s : tensor<300x70xf32>, tensor<300xf32>) outs(%e : tensor<300x70xf32>) {
    ^bb0(%a: f32, %b: f32, %c: f32):
      %v = arith.divf %a, %b : f32
      linalg.yield %v : f32
    } -> tensor<300x70xf32>
    return %y : tensor<300x70xf32>
  })",
                             {x.data()});
  for (int64_t i = 0; i < 300; ++i) {
    double sum = 0;
    for (int64_t j = 0; j < 70; ++j)
      sum += std::exp(static_cast<double>(x[i * 70 + j]));
    for (int64_t j = 0; j < 70; ++j)
      ASSERT_NEAR(y[i * 70 + j],
                  std::exp(static_cast<double>(x[i * 70 + j])) / sum, 1e-6);
  }
}

/// A reduction over a dimension in front of a parallel one, as mean pooling.
TEST_F(ExecutorTest, SumOverRows) {
  std::vector<float> x = iota(2 * 3 * 40);
  std::vector<float> y = run(R"(
  func.func @main(%x: tensor<2x3x40xf32>) -> tensor<2x40xf32> {
    %one = arith.constant 1.0 : f32
    %e = tensor.empty() : tensor<2x40xf32>
    %f = linalg.fill ins(%one : f32) outs(%e : tensor<2x40xf32>) -> tensor<2x40xf32>
    %y = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d2, d1)>,
                                          affine_map<(d0, d1, d2) -> (d0, d1)>],
                         iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%x : tensor<2x3x40xf32>) outs(%f : tensor<2x40xf32>) {
    ^bb0(%a: f32, %b: f32):
      %v = arith.addf %a, %b : f32
      linalg.yield %v : f32
    } -> tensor<2x40xf32>
    return %y : tensor<2x40xf32>
  })",
                             {x.data()});
  for (int64_t i = 0; i < 2; ++i)
    for (int64_t j = 0; j < 40; ++j)
      ASSERT_EQ(y[i * 40 + j], 3 * (i * 120 + j) + 120 + 1);
}

/// Rotary embedding's shuffle of a transposed, sliced product.
TEST_F(ExecutorTest, ViewsAndConcatenation) {
  std::vector<float> x = iota(6 * 8);
  std::vector<float> y = run(R"(
  func.func @main(%x: tensor<6x8xf32>) -> tensor<2x6x4xf32> {
    %x3 = tensor.expand_shape %x [[0], [1, 2]] output_shape [6, 2, 4] : tensor<6x8xf32> into tensor<6x2x4xf32>
    %e = tensor.empty() : tensor<2x6x4xf32>
    %t = linalg.transpose ins(%x3 : tensor<6x2x4xf32>) outs(%e : tensor<2x6x4xf32>) permutation = [1, 0, 2]
    %low = tensor.extract_slice %t[0, 0, 0] [2, 6, 2] [1, 1, 1] : tensor<2x6x4xf32> to tensor<2x6x2xf32>
    %high = tensor.extract_slice %t[0, 0, 2] [2, 6, 2] [1, 1, 1] : tensor<2x6x4xf32> to tensor<2x6x2xf32>
    %eh = tensor.empty() : tensor<2x6x2xf32>
    %n = linalg.negf ins(%high : tensor<2x6x2xf32>) outs(%eh : tensor<2x6x2xf32>) -> tensor<2x6x2xf32>
    %c = tensor.concat dim(2) %n, %low : (tensor<2x6x2xf32>, tensor<2x6x2xf32>) -> tensor<2x6x4xf32>
    %y = linalg.add ins(%t, %c : tensor<2x6x4xf32>, tensor<2x6x4xf32>) outs(%e : tensor<2x6x4xf32>) -> tensor<2x6x4xf32>
    return %y : tensor<2x6x4xf32>
  })",
                             {x.data()});
  for (int64_t h = 0; h < 2; ++h)
    for (int64_t s = 0; s < 6; ++s)
      for (int64_t d = 0; d < 4; ++d) {
        auto at = [&](int64_t i) { return x[s * 8 + h * 4 + i]; };
        float rotated = d < 2 ? -at(d + 2) : at(d - 2);
        ASSERT_EQ(y[(h * 6 + s) * 4 + d], at(d) + rotated);
      }
}

/// Heads that share keys: the broadcast folds into the product's offsets.
TEST_F(ExecutorTest, GroupedBatchProduct) {
  std::vector<float> q = iota(4 * 5 * 8), k = iota(5 * 16, -40);
  std::vector<float> y = run(R"(
  func.func @main(%q: tensor<4x5x8xf32>, %k: tensor<5x16xf32>) -> tensor<4x5x5xf32> {
    %zero = arith.constant 0.0 : f32
    %k3 = tensor.expand_shape %k [[0], [1, 2]] output_shape [5, 2, 8] : tensor<5x16xf32> into tensor<5x2x8xf32>
    %et = tensor.empty() : tensor<2x2x8x5xf32>
    %b = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d3, d0, d2)>,
                                          affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>],
                         iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
        ins(%k3 : tensor<5x2x8xf32>) outs(%et : tensor<2x2x8x5xf32>) {
    ^bb0(%a: f32, %o: f32):
      linalg.yield %a : f32
    } -> tensor<2x2x8x5xf32>
    %kt = tensor.collapse_shape %b [[0, 1], [2], [3]] : tensor<2x2x8x5xf32> into tensor<4x8x5xf32>
    %e = tensor.empty() : tensor<4x5x5xf32>
    %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x5x5xf32>) -> tensor<4x5x5xf32>
    %y = linalg.batch_matmul ins(%q, %kt : tensor<4x5x8xf32>, tensor<4x8x5xf32>) outs(%f : tensor<4x5x5xf32>) -> tensor<4x5x5xf32>
    return %y : tensor<4x5x5xf32>
  })",
                             {q.data(), k.data()});
  for (int64_t h = 0; h < 4; ++h)
    for (int64_t i = 0; i < 5; ++i)
      for (int64_t j = 0; j < 5; ++j) {
        float sum = 0;
        for (int64_t d = 0; d < 8; ++d)
          sum += q[(h * 5 + i) * 8 + d] * k[j * 16 + h / 2 * 8 + d];
        ASSERT_EQ(y[(h * 5 + i) * 5 + j], sum);
      }
}

/// A destination that is not 0, and a product that another one reads
/// transposed in a way that strides cannot express.
TEST_F(ExecutorTest, AccumulatesAndMaterializes) {
  std::vector<float> x = iota(2 * 3 * 4), w = iota(6 * 2), b = iota(3 * 2);
  std::vector<float> y = run(R"(
  func.func @main(%x: tensor<2x3x4xf32>, %w: tensor<8x2xf32>, %b: tensor<3x2xf32>) -> tensor<3x2xf32> {
    %e = tensor.empty() : tensor<3x2x4xf32>
    %t = linalg.transpose ins(%x : tensor<2x3x4xf32>) outs(%e : tensor<3x2x4xf32>) permutation = [1, 0, 2]
    %c = tensor.collapse_shape %t [[0], [1, 2]] : tensor<3x2x4xf32> into tensor<3x8xf32>
    %y = linalg.matmul ins(%c, %w : tensor<3x8xf32>, tensor<8x2xf32>) outs(%b : tensor<3x2xf32>) -> tensor<3x2xf32>
    return %y : tensor<3x2xf32>
  })",
                             {x.data(), (w = iota(16)).data(), b.data()});
  for (int64_t i = 0; i < 3; ++i)
    for (int64_t j = 0; j < 2; ++j) {
      float sum = b[i * 2 + j];
      for (int64_t k = 0; k < 8; ++k)
        sum += x[(k / 4 * 3 + i) * 4 + k % 4] * w[k * 2 + j];
      ASSERT_EQ(y[i * 2 + j], sum);
    }
}

constexpr char embedding[] = R"(
  func.func @main(%i: tensor<3xi64>) -> tensor<3x4xf32> {
    %c5 = arith.constant 5 : index
    %w = ml_program.global_load_const @table : tensor<5x4xf32>
    %e = tensor.empty() : tensor<3x4xf32>
    %y = linalg.generic {indexing_maps = [#row, #id], iterator_types = ["parallel", "parallel"]}
        ins(%i : tensor<3xi64>) outs(%e : tensor<3x4xf32>) {
    ^bb0(%a: i64, %o: f32):
      %r = arith.index_cast %a : i64 to index
      %c = linalg.index 1 : index
      %ok = arith.cmpi ult, %r, %c5 : index
      cf.assert %ok, "row out of range"
      %v = tensor.extract %w[%r, %c] : tensor<5x4xf32>
      linalg.yield %v : f32
    } -> tensor<3x4xf32>
    return %y : tensor<3x4xf32>
  }
  ml_program.global private @table(#ml_program.extern : tensor<5x4xf32>) : tensor<5x4xf32>
)";

TEST_F(ExecutorTest, GathersFromWeights) {
  weights["table"] = iota(20);
  std::vector<int64_t> indices = {4, 0, 2};
  std::vector<float> y = run(embedding, {indices.data()});
  for (int64_t i = 0; i < 3; ++i)
    for (int64_t j = 0; j < 4; ++j)
      ASSERT_EQ(y[i * 4 + j], indices[i] * 4 + j);
}

TEST_F(ExecutorTest, FailedAssertionIsAnError) {
  weights["table"] = iota(20);
  auto executor = llvm::cantFail(compile(embedding));
  std::vector<float> y(12);
  for (int64_t bad : {int64_t(5), int64_t(-1), INT64_MAX}) {
    std::vector<int64_t> indices = {0, bad, 1};
    llvm::Error error = executor->run({indices.data()}, {y.data()});
    EXPECT_EQ(llvm::toString(std::move(error)),
              "an assertion of the program failed: row out of range");
  }
  std::vector<int64_t> good = {0, 1, 2};
  EXPECT_FALSE(static_cast<bool>(executor->run({good.data()}, {y.data()})));
}

TEST_F(ExecutorTest, MissingWeight) {
  auto executor = compile(embedding);
  ASSERT_FALSE(static_cast<bool>(executor));
  EXPECT_EQ(llvm::toString(executor.takeError()), "no weight 'table'");
}

TEST_F(ExecutorTest, GlobalsMayHaveValues) {
  std::vector<float> x = iota(2);
  EXPECT_EQ(run(R"(
  ml_program.global private @w(dense<[2.0, 3.0]> : tensor<2xf32>) : tensor<2xf32>
  ml_program.global private @b(dense<1.0> : tensor<2xf32>) : tensor<2xf32>
  func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
    %w = ml_program.global_load_const @w : tensor<2xf32>
    %b = ml_program.global_load_const @b : tensor<2xf32>
    %e = tensor.empty() : tensor<2xf32>
    %y = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>,
                                          affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
                         iterator_types = ["parallel"]}
        ins(%x, %w, %b : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) outs(%e : tensor<2xf32>) {
    ^bb0(%a: f32, %c: f32, %d: f32, %o: f32):
      %0 = arith.mulf %a, %c : f32
      %1 = arith.addf %0, %d : f32
      linalg.yield %1 : f32
    } -> tensor<2xf32>
    return %y : tensor<2xf32>
  })",
                {x.data()}),
            std::vector<float>({x[0] * 2 + 1, x[1] * 3 + 1}));
}

TEST_F(ExecutorTest, NobodyGivesWeights) {
  OwningOpRef<ModuleOp> module =
      parseSourceString<ModuleOp>(std::string(maps) + embedding, &context);
  auto executor = Executor::create(std::move(module), "main", {}, options);
  ASSERT_FALSE(static_cast<bool>(executor));
  EXPECT_EQ(llvm::toString(executor.takeError()),
            "'ml_program.global_load_const': 'table' has no value and no "
            "weights are given; bind it with quant-bind-weights");
}

/// It would be read beyond its end.
TEST_F(ExecutorTest, ValuesHaveTheTypeOfTheirGlobal) {
  auto executor = compile(R"(
  ml_program.global private @s(dense<[1.0, 2.0]> : tensor<2xf32>) : tensor<4xf32>
  func.func @main() -> tensor<4xf32> {
    %s = ml_program.global_load_const @s : tensor<4xf32>
    return %s : tensor<4xf32>
  })");
  ASSERT_FALSE(static_cast<bool>(executor));
  EXPECT_EQ(
      llvm::toString(executor.takeError()),
      "'ml_program.global_load_const': reads tensor<4xf32>, but the value "
      "is tensor<2xf32>");
}

TEST_F(ExecutorTest, DynamicShapeIsAnError) {
  auto executor = compile(R"(
  func.func @main(%x: tensor<?xf32>) -> tensor<?xf32> {
    return %x : tensor<?xf32>
  })");
  ASSERT_FALSE(static_cast<bool>(executor));
  EXPECT_EQ(llvm::toString(executor.takeError()),
            "argument 0 is tensor<?xf32>; the CPU path takes tensors whose "
            "shapes are "
            "static or follow from those given for the arguments");
}

TEST_F(ExecutorTest, DynamicShapesFollowFromTheArguments) {
  options.argumentShapes = {{3, 4}};
  std::vector<float> x = iota(12);
  std::vector<float> y = run(R"(
  func.func @main(%x: tensor<?x4xf32>) -> tensor<?x2x2xf32> {
    %c0 = arith.constant 0 : index
    %d = tensor.dim %x, %c0 : tensor<?x4xf32>
    %e = tensor.empty(%d) : tensor<?x4xf32>
    %s = linalg.add ins(%x, %x : tensor<?x4xf32>, tensor<?x4xf32>) outs(%e : tensor<?x4xf32>) -> tensor<?x4xf32>
    %y = tensor.expand_shape %s [[0], [1, 2]] output_shape [%d, 2, 2] : tensor<?x4xf32> into tensor<?x2x2xf32>
    return %y : tensor<?x2x2xf32>
  })",
                             {x.data()});
  for (int64_t i = 0; i < 12; ++i)
    EXPECT_EQ(y[i], 2 * x[i]);
}

constexpr char observed[] = R"(
  func.func @main(%x: tensor<2x4xf32>, %w: tensor<3x4xf32>) -> tensor<2x3xf32> {
    %zero = arith.constant 0.0 : f32
    %e = tensor.empty() : tensor<2x4xf32>
    %h = linalg.add ins(%x, %x : tensor<2x4xf32>, tensor<2x4xf32>) outs(%e : tensor<2x4xf32>) -> tensor<2x4xf32>
    %o = quant.observe %h "h.input" : tensor<2x4xf32>
    %em = tensor.empty() : tensor<2x3xf32>
    %f = linalg.fill ins(%zero : f32) outs(%em : tensor<2x3xf32>) -> tensor<2x3xf32>
    %y = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
        ins(%o, %w : tensor<2x4xf32>, tensor<3x4xf32>) outs(%f : tensor<2x3xf32>) -> tensor<2x3xf32>
    return %y : tensor<2x3xf32>
  })";

TEST_F(ExecutorTest, ObserversSeeValues) {
  std::vector<float> x = iota(8), w = iota(12);
  std::vector<float> plain = run(observed, {x.data(), w.data()});
  Recorder recorder;
  options.observers = &recorder;
  EXPECT_EQ(run(observed, {x.data(), w.data()}), plain);
  ASSERT_EQ(recorder.values.size(), 1u);
  EXPECT_EQ(recorder.lastRows, 2);
  for (int64_t i = 0; i < 8; ++i)
    EXPECT_EQ(recorder.values["h.input"][i], 2 * x[i]);
}

TEST_F(ExecutorTest, ObserveOnly) {
  std::vector<float> x = iota(8), w = iota(12);
  Recorder recorder;
  options.observers = &recorder;
  options.observeOnly = true;
  auto executor = llvm::cantFail(compile(observed));
  EXPECT_TRUE(executor->getResultTypes().empty());
  EXPECT_FALSE(static_cast<bool>(executor->run({x.data(), w.data()}, {})));
  EXPECT_EQ(recorder.values["h.input"].size(), 8u);
}

/// What depends on constants alone runs once, and gives the same bits.
TEST_F(ExecutorTest, CachedConstants) {
  constexpr char program[] = R"(
  func.func @main(%x: tensor<3x5xf32>) -> tensor<3x5xf32> {
    %c = arith.constant dense<[[0.5, 1.0, 1.5, 2.0, 2.5]]> : tensor<1x5xf32>
    %e = tensor.empty() : tensor<1x5xf32>
    %s = linalg.exp ins(%c : tensor<1x5xf32>) outs(%e : tensor<1x5xf32>) -> tensor<1x5xf32>
    %ey = tensor.empty() : tensor<3x5xf32>
    %y = linalg.generic {indexing_maps = [#id, affine_map<(d0, d1) -> (0, d1)>, #id], iterator_types = ["parallel", "parallel"]}
        ins(%x, %s : tensor<3x5xf32>, tensor<1x5xf32>) outs(%ey : tensor<3x5xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %v = arith.mulf %a, %b : f32
      linalg.yield %v : f32
    } -> tensor<3x5xf32>
    return %y : tensor<3x5xf32>
  })";
  std::vector<float> x = iota(15);
  EXPECT_EQ(llvm::cantFail(compile(program))->getCachedBytes(), 20);
  std::vector<float> cached = run(program, {x.data()});
  options.cacheConstants = false;
  EXPECT_EQ(llvm::cantFail(compile(program))->getCachedBytes(), 0);
  EXPECT_EQ(run(program, {x.data()}), cached);
  EXPECT_NEAR(cached[14], 14 * std::exp(2.5), 1e-4);
}

/// Arguments, constants and parts of one value may be returned.
TEST_F(ExecutorTest, ReturnsWithoutComputing) {
  auto executor = llvm::cantFail(compile(R"(
  func.func @main(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<2xf32>, tensor<3xi1>, tensor<4xf32>, tensor<4xf32>) {
    %c = arith.constant dense<[true, false, true]> : tensor<3xi1>
    %s = tensor.extract_slice %x[2] [2] [1] : tensor<4xf32> to tensor<2xf32>
    %e = tensor.empty() : tensor<4xf32>
    %y = linalg.add ins(%x, %x : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
    return %x, %s, %c, %y, %y : tensor<4xf32>, tensor<2xf32>, tensor<3xi1>, tensor<4xf32>, tensor<4xf32>
  })"));
  std::vector<float> x = iota(4), y(4), slice(2), twice(4), again(4);
  std::vector<uint8_t> flags(3);
  ASSERT_FALSE(static_cast<bool>(
      executor->run({x.data()}, {y.data(), slice.data(), flags.data(),
                                 twice.data(), again.data()})));
  EXPECT_EQ(y, x);
  EXPECT_EQ(slice, iota(2, 2));
  EXPECT_EQ(flags, (std::vector<uint8_t>{1, 0, 1}));
  EXPECT_EQ(twice, (std::vector<float>{0, 2, 4, 6}));
  EXPECT_EQ(again, twice);
}

/// Integer codes, exact sums and the unfused epilogue, bit for bit.
TEST_F(ExecutorTest, QuantizedLinear) {
  constexpr int64_t m = 16, n = 48, k = 32;
  std::mt19937 generator(3);
  std::normal_distribution<float> normal(0, 20);
  std::uniform_int_distribution<int> uniform(-127, 127);
  std::vector<float> x(m * k), scales(n), bias(n);
  std::vector<int8_t> w(n * k);
  for (float &value : x)
    value = normal(generator);
  x[0] = NAN;
  x[1] = INFINITY;
  x[2] = -INFINITY;
  for (float &value : bias)
    value = normal(generator) * 100;
  for (float &value : scales)
    value = std::fabs(normal(generator)) + 0.01f;
  for (int8_t &value : w)
    value = uniform(generator);
  std::vector<float> y = run(R"(
  func.func @main(%x: tensor<16x32xf32>, %w: tensor<48x32xi8>, %sw: tensor<48xf32>, %b: tensor<48xf32>) -> tensor<16x48xf32> {
    %sx = arith.constant dense<0.3> : tensor<f32>
    %eq = tensor.empty() : tensor<16x32xi8>
    %q = quant.quantize %x scale(%sx : tensor<f32>) outs(%eq : tensor<16x32xi8>) : tensor<16x32xf32> -> tensor<16x32xi8>
    %e = tensor.empty() : tensor<16x48xf32>
    %y = quant.matmul %q, %w scales(%sx, %sw : tensor<f32>, tensor<48xf32>) bias(%b : tensor<48xf32>)
        outs(%e : tensor<16x48xf32>) : tensor<16x32xi8>, tensor<48x32xi8> -> tensor<16x48xf32>
    return %y : tensor<16x48xf32>
  })",
                             {x.data(), w.data(), scales.data(), bias.data()});
  const float inverse = 1.0f / 0.3f;
  int64_t numFusedDiffer = 0;
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j) {
      int32_t sum = 0;
      for (int64_t l = 0; l < k; ++l) {
        float value = x[i * k + l];
        float code =
            std::isnan(value)
                ? 0
                : std::clamp(std::nearbyint(value * inverse), -127.0f, 127.0f);
        sum += static_cast<int32_t>(code) * w[j * k + l];
      }
      // Volatile: this compiler must not fuse either.
      volatile float scaled = static_cast<float>(sum) * 0.3f;
      volatile float product = scaled * scales[j];
      EXPECT_EQ(y[i * n + j], product + bias[j]);
      numFusedDiffer +=
          product + bias[j] != std::fma(scaled, scales[j], bias[j]);
    }
  // The inputs tell the two apart.
  EXPECT_GT(numFusedDiffer, 10);
}

} // namespace
