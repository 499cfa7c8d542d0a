//===- quant-stats.cpp - merges and shows statistics files ----------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Statistics/Statistics.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/WithColor.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace mlir::quantmlir;

namespace {
/// Made in main, where LLVM's own options are out of the way.
struct Options {
  cl::OptionCategory category{"quant-stats options"};
  cl::SubCommand merge{"merge", "Merge the statistics of different runs"};
  cl::SubCommand show{"show", "Show which activations have outliers"};
  cl::list<std::string> shards{cl::Positional, cl::OneOrMore,
                               cl::desc("FILE..."), cl::sub(merge),
                               cl::cat(category)};
  cl::opt<std::string> output{"o",
                              cl::Required,
                              cl::value_desc("FILE.safetensors"),
                              cl::desc("The merged file"),
                              cl::sub(merge),
                              cl::cat(category)};
  cl::opt<std::string> file{cl::Positional, cl::Required, cl::desc("FILE"),
                            cl::sub(show), cl::cat(category)};
  cl::opt<unsigned> top{"top",
                        cl::init(10),
                        cl::value_desc("N"),
                        cl::desc("List this number of outlier channels (10)"),
                        cl::sub(show),
                        cl::cat(category)};
};

/// How far one channel stands out of its activation.
struct Outlier {
  StringRef observer;
  int64_t channel = 0;
  float absmax = 0;
  /// In units of the median of the activation's channels.
  float ratio = 0;
};
} // namespace

static Error merge(const Options &options) {
  std::vector<Statistics> shards;
  for (const std::string &file : options.shards) {
    Expected<Statistics> shard = Statistics::read(file);
    if (!shard)
      return shard.takeError();
    shards.push_back(std::move(*shard));
  }
  Expected<Statistics> merged = Statistics::merge(shards);
  if (!merged)
    return merged.takeError();
  outs() << merged->getSamples() << " samples, " << merged->getTokens()
         << " tokens\n";
  return merged->write(options.output);
}

static float getMedian(std::vector<float> values) {
  auto middle = values.begin() + values.size() / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Prints one line for each observer and returns all channels, the most
/// outstanding one first.
static std::vector<Outlier> showObservers(const Statistics &statistics,
                                          size_t width) {
  outs() << left_justify("activation", width)
         << "channels     absmax  channel     median   ratio\n";
  std::vector<Outlier> outliers;
  for (const auto &[name, observer] : statistics.observers) {
    float median = getMedian(observer.absmax);
    size_t start = outliers.size();
    for (auto [channel, absmax] : enumerate(observer.absmax))
      outliers.push_back({name, static_cast<int64_t>(channel), absmax,
                          median > 0 ? absmax / median : 0});
    const Outlier &largest = *std::max_element(
        outliers.begin() + start, outliers.end(),
        [](const Outlier &a, const Outlier &b) { return a.absmax < b.absmax; });
    outs() << left_justify(name, width)
           << formatv("{0,8} {1,10:f3} {2,8} {3,10:f3} {4,7:f1}\n",
                      observer.getChannels(), largest.absmax, largest.channel,
                      median, largest.ratio);
  }
  llvm::sort(outliers, [](const Outlier &a, const Outlier &b) {
    return std::make_tuple(-a.ratio, a.observer, a.channel) <
           std::make_tuple(-b.ratio, b.observer, b.channel);
  });
  return outliers;
}

static Error show(const Options &options) {
  Expected<Statistics> statistics = Statistics::read(options.file);
  if (!statistics)
    return statistics.takeError();
  size_t width = 10;
  for (const auto &[name, observer] : statistics->observers)
    width = std::max(width, name.size());
  width += 2;
  outs() << statistics->getSamples() << " samples, " << statistics->getTokens()
         << " tokens, module " << statistics->moduleHash << "\n\n";
  std::vector<Outlier> outliers = showObservers(*statistics, width);
  outliers.resize(std::min<size_t>(outliers.size(), options.top));
  outs() << '\n'
         << left_justify("outlier", width) << " channel     absmax   ratio\n";
  for (const Outlier &outlier : outliers)
    outs() << left_justify(outlier.observer, width)
           << formatv("{0,8} {1,10:f3} {2,7:f1}\n", outlier.channel,
                      outlier.absmax, outlier.ratio);
  return Error::success();
}

int main(int argc, char **argv) {
  InitLLVM init(argc, argv);
  cl::ResetCommandLineParser();
  Options options;
  cl::ParseCommandLineOptions(argc, argv,
                              "Merges and shows statistics of activations\n");
  if (!options.merge && !options.show) {
    cl::PrintHelpMessage();
    return EXIT_FAILURE;
  }
  if (Error error = options.merge ? merge(options) : show(options)) {
    WithColor::error(errs(), "quant-stats")
        << toString(std::move(error)) << '\n';
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
