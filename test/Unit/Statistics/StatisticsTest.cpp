//===- StatisticsTest.cpp - collecting and merging statistics -------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Statistics/Collector.h"
#include "quant-mlir/Target/Safetensors.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "gtest/gtest.h"

#include <cmath>
#include <random>

using namespace llvm;
using namespace mlir::quantmlir;

namespace {
constexpr int64_t rows = 37;
/// Several chunks of registers and a rest.
constexpr int64_t channels = 77;

std::vector<float> makeRun(unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal(0.3f, 2.0f);
  std::vector<float> data(rows * channels);
  for (float &value : data)
    value = normal(generator);
  return data;
}

class StatisticsTest : public ::testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(sys::fs::createUniqueDirectory("statistics", directory));
    path = (directory + "/s.safetensors").str();
  }
  void TearDown() override {
    EXPECT_FALSE(sys::fs::remove_directories(directory));
  }

  /// Statistics of runs [begin, end).
  static Statistics collect(unsigned begin, unsigned end,
                            CollectedKinds kinds = {}, unsigned threads = 1) {
    StatisticsCollector collector("hash", /*samplesPerRun=*/2, begin, threads);
    collector.addObserver("x.input", channels, kinds);
    for (unsigned run = begin; run < end; ++run) {
      collector.observe("x.input", makeRun(run).data(), rows, channels);
      EXPECT_EQ(toString(collector.endRun()), "");
    }
    return collector.getStatistics();
  }
  std::string getFile(const Statistics &statistics) {
    EXPECT_EQ(toString(statistics.write(path)), "");
    return cantFail(errorOrToExpected(MemoryBuffer::getFile(path)))
        ->getBuffer()
        .str();
  }

  SmallString<128> directory;
  std::string path;
};

TEST_F(StatisticsTest, MatchesALoop) {
  constexpr unsigned runs = 5;
  Statistics statistics = collect(0, runs);
  EXPECT_EQ(statistics.getRuns(), runs);
  EXPECT_EQ(statistics.getSamples(), 2 * runs);
  EXPECT_EQ(statistics.getTokens(), rows * runs);
  const ChannelStatistics &observer = statistics.observers.at("x.input");
  std::vector<float> mean = observer.getMeanAbs();
  for (int64_t j = 0; j < channels; ++j) {
    float absmax = 0, low = INFINITY, high = -INFINITY;
    double sum = 0;
    for (unsigned run = 0; run < runs; ++run) {
      std::vector<float> data = makeRun(run);
      for (int64_t i = 0; i < rows; ++i) {
        float value = data[i * channels + j];
        absmax = std::max(absmax, std::fabs(value));
        low = std::min(low, value);
        high = std::max(high, value);
        sum += std::fabs(value);
      }
    }
    EXPECT_EQ(observer.absmax[j], absmax);
    EXPECT_EQ(observer.min[j], low);
    EXPECT_EQ(observer.max[j], high);
    EXPECT_FLOAT_EQ(mean[j], static_cast<float>(sum / (rows * runs)));
  }
}

/// Even runs are one half, odd ones the other.
TEST_F(StatisticsTest, Halves) {
  const ChannelStatistics whole = collect(0, 5).observers.at("x.input");
  std::vector<float> expected(2 * channels);
  for (unsigned run = 0; run < 5; ++run) {
    std::vector<float> data = makeRun(run);
    for (int64_t i = 0; i < rows * channels; ++i) {
      float &half = expected[run % 2 * channels + i % channels];
      half = std::max(half, std::fabs(data[i]));
    }
  }
  EXPECT_EQ(whole.halfAbsmax, expected);
  // One run leaves the other half empty.
  const ChannelStatistics one = collect(1, 2).observers.at("x.input");
  EXPECT_EQ(ArrayRef(one.halfAbsmax).drop_front(channels),
            ArrayRef(one.absmax));
  EXPECT_EQ(ArrayRef(one.halfAbsmax).take_front(channels),
            ArrayRef(std::vector<float>(channels, 0.0f)));
}

TEST_F(StatisticsTest, BinsOfMagnitudes) {
  constexpr int64_t one = 16 * 4;
  EXPECT_EQ(Histogram::numBins, 128);
  EXPECT_EQ(Histogram::getLowerEdge(one), 1.0f);
  EXPECT_EQ(Histogram::getLowerEdge(one + 3), 1.75f);
  EXPECT_EQ(Histogram::getLowerEdge(0), 0.0f);
  EXPECT_EQ(Histogram::getLowerEdge(Histogram::numBins), 65536.0f);
  EXPECT_EQ(Histogram::getBin(-1.3f), one + 1);
  EXPECT_EQ(Histogram::getBin(0.0f), 0);
  EXPECT_EQ(Histogram::getBin(-0.0f), 0);
  EXPECT_EQ(Histogram::getBin(1e-30f), 0);
  EXPECT_EQ(Histogram::getBin(-INFINITY), 127);
  for (int64_t bin = 0; bin < Histogram::numBins; ++bin) {
    float low = Histogram::getLowerEdge(bin);
    float high = Histogram::getLowerEdge(bin + 1);
    EXPECT_EQ(Histogram::getBin(low), bin);
    EXPECT_EQ(Histogram::getBin(std::nextafter(high, 0.0f)), bin);
  }
}

TEST_F(StatisticsTest, CountsMagnitudes) {
  const ChannelStatistics observer =
      collect(0, 3, {false, 0, true}).observers.at("x.input");
  std::vector<uint32_t> expected(channels * Histogram::numBins);
  for (unsigned run = 0; run < 3; ++run) {
    std::vector<float> data = makeRun(run);
    for (int64_t i = 0; i < rows * channels; ++i) {
      float magnitude = std::fabs(data[i]);
      int64_t bin = 0;
      while (magnitude >= Histogram::getLowerEdge(bin + 1))
        ++bin;
      ++expected[i % channels * Histogram::numBins + bin];
    }
  }
  EXPECT_EQ(observer.histogram, expected);
  EXPECT_TRUE(collect(0, 1).observers.at("x.input").histogram.empty());
}

/// A channel of one sign has an extreme that is not its absmax.
TEST_F(StatisticsTest, OneSign) {
  StatisticsCollector collector("hash", 1);
  collector.addObserver("x", 2);
  const float data[] = {-1, 3, -2, 4};
  collector.observe("x", data, 2, 2);
  ASSERT_EQ(toString(collector.endRun()), "");
  const ChannelStatistics &observer =
      collector.getStatistics().observers.at("x");
  EXPECT_EQ(observer.max, (std::vector<float>{-1, 4}));
  EXPECT_EQ(observer.min, (std::vector<float>{-2, 3}));
  EXPECT_EQ(observer.absmax, (std::vector<float>{2, 4}));
}

TEST_F(StatisticsTest, RoundTrip) {
  Statistics statistics = collect(3, 12);
  std::string bytes = getFile(statistics);
  Expected<Statistics> read = Statistics::read(path);
  ASSERT_EQ(toString(read.takeError()), "");
  EXPECT_EQ(read->moduleHash, "hash");
  EXPECT_EQ(read->getSamples(), 18);
  EXPECT_EQ(read->nodes.size(), statistics.nodes.size());
  EXPECT_EQ(getFile(*read), bytes);
}

/// However the runs are divided, and in whatever order the shards are given,
/// the merged file has the same bytes.
TEST_F(StatisticsTest, MergingIsExact) {
  CollectedKinds kinds{false, 0, true};
  std::string whole = getFile(collect(0, 11, kinds));
  for (auto [first, second] :
       {std::make_pair(1u, 2u), std::make_pair(3u, 8u), std::make_pair(4u, 5u),
        std::make_pair(8u, 10u)}) {
    Expected<Statistics> merged =
        Statistics::merge({collect(second, 11, kinds), collect(0, first, kinds),
                           collect(first, second, kinds)});
    ASSERT_EQ(toString(merged.takeError()), "");
    EXPECT_EQ(getFile(*merged), whole) << first << ' ' << second;
  }
  // In two steps, with a hole in between.
  Expected<Statistics> outer =
      Statistics::merge({collect(0, 3, kinds), collect(7, 11, kinds)});
  ASSERT_EQ(toString(outer.takeError()), "");
  Expected<Statistics> merged =
      Statistics::merge({*outer, collect(3, 7, kinds)});
  ASSERT_EQ(toString(merged.takeError()), "");
  EXPECT_EQ(getFile(*merged), whole);
}

TEST_F(StatisticsTest, MergingChecks) {
  auto message = [](ArrayRef<Statistics> shards) {
    return toString(Statistics::merge(shards).takeError());
  };
  EXPECT_EQ(message({}), "there are no statistics to merge");
  EXPECT_EQ(message({collect(0, 4), collect(3, 5)}),
            "run 3 is in two of them; give each run once");
  Statistics other = collect(4, 5);
  other.moduleHash = "other";
  EXPECT_EQ(message({collect(0, 4), other}),
            "they were collected on different modules ('hash' and 'other')");
  other = collect(4, 5);
  other.samplesPerRun = 3;
  EXPECT_EQ(message({collect(0, 4), other}),
            "they have 2 and 3 samples in a run");
  other = collect(4, 5);
  other.observers.emplace("y", ChannelStatistics(1));
  EXPECT_EQ(message({collect(0, 4), other}),
            "observer 'y' is missing in one of them, or has another number of "
            "channels");
  EXPECT_EQ(message({collect(0, 4), collect(4, 5, {false, 0, true})}),
            "observer 'x.input' has a histogram, or the absmax of halves, in "
            "one of them only; collect them alike");
}

TEST_F(StatisticsTest, CollectingChecks) {
  for (auto [value, text] : {std::make_pair(NAN, "a NaN"),
                             std::make_pair(-INFINITY, "an infinity")}) {
    StatisticsCollector collector("hash", 1, 6);
    collector.addObserver("x", channels);
    std::vector<float> data = makeRun(0);
    data[2 * channels + 5] = value;
    collector.observe("x", data.data(), rows, channels);
    EXPECT_EQ(toString(collector.endRun()), std::string("observer 'x' saw ") +
                                                text +
                                                " in channel 5 in run 6");
  }
  StatisticsCollector collector("hash", 1);
  collector.addObserver("x", 1);
  EXPECT_EQ(toString(collector.endRun()),
            "observer 'x' saw no value in run 0: nothing computes it");
}

TEST_F(StatisticsTest, ReadingChecks) {
  /// The message that reading gives after `change`.
  auto message = [&](function_ref<void(Statistics &)> change) {
    Statistics statistics = collect(0, 2, {false, 0, true});
    change(statistics);
    EXPECT_EQ(toString(statistics.write(path)), "");
    std::string text = toString(Statistics::read(path).takeError());
    StringRef rest = text;
    EXPECT_TRUE(rest.consume_front("'" + path + "': "));
    return rest.str();
  };
  auto get = [](Statistics &statistics) -> ChannelStatistics & {
    return statistics.observers.at("x.input");
  };
  EXPECT_EQ(
      message([&](Statistics &s) { get(s).max[7] = NAN; }),
      "tensor 'x.input.max' is NaN at element 7; find the input that made "
      "it and collect again");
  EXPECT_EQ(message([&](Statistics &s) { get(s).absmax[0] = INFINITY; }),
            "tensor 'x.input.absmax' is infinite at element 0; find the input "
            "that made it and collect again");
  EXPECT_EQ(message([&](Statistics &s) { get(s).absmax[0] = -1; }),
            "tensor 'x.input.absmax' has a negative element");
  EXPECT_EQ(message([&](Statistics &s) { get(s).count = 0; }),
            "tensor 'x.input.count' is 0");
  EXPECT_EQ(message([&](Statistics &s) { ++get(s).histogram[128 + 60]; }),
            "tensor 'x.input.histogram' counts 75 values of channel 1, not 74");
  EXPECT_EQ(message([&](Statistics &s) { get(s).halfAbsmax.back() = NAN; }),
            "tensor 'x.input.half_absmax' is NaN at element 153; find the "
            "input that made it and collect again");
  EXPECT_EQ(message([&](Statistics &s) { s.nodes.push_back({0, 9}); }),
            "tensor 'x.input.sum_abs' is F64 [1, 77], not F64 [2, 77]");
  EXPECT_EQ(message([&](Statistics &s) { s.moduleHash.clear(); }),
            "the metadata (module, runs, samples_per_run) is incomplete");
  EXPECT_EQ(message([&](Statistics &s) { s.samplesPerRun = 0; }),
            "the metadata (module, runs, samples_per_run) is incomplete");
}

/// More channels than a tile of the matrix holds, and runs of two blocks.
TEST_F(StatisticsTest, SecondMomentMatchesALoop) {
  constexpr int64_t wide = 300;
  constexpr unsigned runs = 66;
  StatisticsCollector collector("hash", 1, 0, /*threads=*/2);
  collector.addObserver("x", wide, {/*moments=*/true, /*sampleRows=*/0});
  std::vector<double> expected(wide * wide);
  for (unsigned run = 0; run < runs; ++run) {
    std::vector<float> data = makeRun(run);
    int64_t numRows = data.size() / wide;
    collector.observe("x", data.data(), numRows, wide);
    for (int64_t n = 0; n < numRows; ++n)
      for (int64_t i = 0; i < wide; ++i)
        for (int64_t j = 0; j < wide; ++j)
          expected[i * wide + j] +=
              double(data[n * wide + i]) * data[n * wide + j];
    ASSERT_EQ(toString(collector.endRun()), "");
  }
  const ChannelStatistics &observer =
      collector.getStatistics().observers.at("x");
  ASSERT_EQ(observer.moments.size(), 2u);
  for (int64_t i = 0; i < wide; ++i)
    for (int64_t j = 0; j < wide; ++j) {
      float sum = observer.moments[0].get(i, j) + observer.moments[1].get(i, j);
      double size =
          std::sqrt(expected[i * (wide + 1)] * expected[j * (wide + 1)]);
      ASSERT_NEAR(sum, expected[i * wide + j], 1e-5 * size) << i << ' ' << j;
    }
}

TEST_F(StatisticsTest, MomentsDoNotDependOnThreads) {
  EXPECT_EQ(getFile(collect(0, 3, {true, 0}, 1)),
            getFile(collect(0, 3, {true, 0}, 2)));
}

TEST_F(StatisticsTest, SampleIsEvenlySpaced) {
  Statistics statistics = collect(2, 4, {false, 2});
  const ChannelStatistics &observer = statistics.observers.at("x.input");
  ASSERT_EQ(observer.sample.size(), size_t(2 * 2 * channels));
  for (unsigned run = 0; run < 2; ++run)
    for (int64_t row = 0; row < 2; ++row)
      EXPECT_EQ(observer.sample[(2 * run + row) * channels + 5],
                makeRun(2 + run)[(row == 0 ? 9 : 27) * channels + 5]);
  EXPECT_EQ(collect(0, 1, {false, 100}).observers.at("x.input").sample,
            makeRun(0));
}

/// Second moments survive a file, and shards that share no block of 64 runs
/// merge to the bytes of one collection.
TEST_F(StatisticsTest, MomentsMergeByBlocks) {
  constexpr CollectedKinds kinds{true, 3};
  std::string whole = getFile(collect(0, 200, kinds));
  Expected<Statistics> read = Statistics::read(path);
  ASSERT_EQ(toString(read.takeError()), "");
  // [0, 128), [128, 192), [192, 200).
  EXPECT_EQ(read->momentParts.size(), 3u);
  EXPECT_EQ(getFile(*read), whole);

  Expected<Statistics> merged =
      Statistics::merge({collect(64, 200, kinds), collect(0, 64, kinds)});
  ASSERT_EQ(toString(merged.takeError()), "");
  EXPECT_EQ(getFile(*merged), whole);

  auto message = [](ArrayRef<Statistics> shards) {
    return toString(Statistics::merge(shards).takeError());
  };
  EXPECT_EQ(message({collect(0, 4, kinds), collect(4, 8, kinds)}),
            "the second moments of runs 0 to 63 are in two of them: begin each "
            "shard at a multiple of 64 runs");
  EXPECT_EQ(message({collect(0, 4, kinds), collect(4, 8, {false, 3})}),
            "observer 'x.input' has second moments in one of them only; "
            "collect them alike");
  EXPECT_EQ(message({collect(0, 4, {false, 1}), collect(4, 8, {false, 3})}),
            "observer 'x.input' has another number of sample rows of each run; "
            "collect them alike");
}

TEST_F(StatisticsTest, MomentChecks) {
  StatisticsCollector collector("hash", 1);
  collector.addObserver("x", 2, {/*moments=*/true, /*sampleRows=*/0});
  const float data[] = {1, 3e20f};
  collector.observe("x", data, 1, 2);
  EXPECT_EQ(toString(collector.endRun()),
            "observer 'x' saw values whose second moment overflows f32 in "
            "channel 1 in run 0");

  Statistics statistics = collect(0, 1, {true, 2});
  ChannelStatistics &observer = statistics.observers.at("x.input");
  observer.sample[channels] = NAN;
  EXPECT_EQ(toString(statistics.write(path)), "");
  EXPECT_EQ(toString(Statistics::read(path).takeError()),
            "'" + path +
                "': tensor 'x.input.sample' is NaN at element 77; find the "
                "input that made it and collect again");
  observer.sample.assign(channels, 0);
  observer.moments.push_back(observer.moments.front());
  EXPECT_EQ(toString(statistics.write(path)), "");
  EXPECT_EQ(toString(Statistics::read(path).takeError()),
            "'" + path +
                "': tensor 'x.input.moment2' is F32 [2, 77, 77], not F32 [1, "
                "77, 77]");
}

/// Files of versions that knew neither halves nor histograms.
TEST_F(StatisticsTest, OldFiles) {
  Statistics statistics = collect(0, 2);
  statistics.observers.at("x.input").halfAbsmax.clear();
  std::string bytes = getFile(statistics);
  Expected<Statistics> read = Statistics::read(path);
  ASSERT_EQ(toString(read.takeError()), "");
  EXPECT_EQ(getFile(*read), bytes);
  Expected<Statistics> merged = Statistics::merge({*read});
  ASSERT_EQ(toString(merged.takeError()), "");
  EXPECT_EQ(getFile(*merged), bytes);
}

TEST_F(StatisticsTest, OtherFiles) {
  SafetensorsWriter weights;
  ASSERT_EQ(toString(weights.write(path)), "");
  EXPECT_EQ(toString(Statistics::read(path).takeError()),
            "'" + path +
                "': not a statistics file: its format is '', not 'quant-mlir "
                "statistics 1'");
}
} // namespace
