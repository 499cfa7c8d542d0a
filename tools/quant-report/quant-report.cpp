//===- quant-report.cpp - profiles a model and recommends a scheme --------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LinearProfile.h"
#include "Recommendation.h"

#include "quant-mlir/Dialect/Quant/Transforms/Passes.h"
#include "quant-mlir/Dialect/Quant/Utils/Observers.h"
#include "quant-mlir/InitAll.h"
#include "quant-mlir/Target/Tensor.h"

#include "mlir/InitAllDialects.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/WithColor.h"

using namespace mlir;
using namespace mlir::quantmlir;
namespace cl = llvm::cl;

namespace {
/// Made in main, where LLVM's own options are out of the way.
struct Options {
  cl::OptionCategory category{"quant-report options"};
  cl::opt<std::string> module{cl::Positional, cl::Required,
                              cl::desc("MODULE.mlir"), cl::cat(category)};
  cl::opt<std::string> weights{
      "weights", cl::value_desc("FILE.safetensors"),
      cl::desc("Data of the module's external globals"), cl::cat(category)};
  cl::opt<std::string> statistics{
      "statistics", cl::value_desc("FILE.safetensors"),
      cl::desc("What quant-run --observe --histograms wrote; without one the "
               "module's observers hold statistics"),
      cl::cat(category)};
  cl::opt<std::string> exclude{
      "exclude", cl::init(LinearFilter::defaultExclude.str()),
      cl::value_desc("REGEX"),
      cl::desc("Parameters that stay in float, as in calibration"),
      cl::cat(category)};
  cl::opt<std::string> chip{"chip", cl::init("sm_80"), cl::value_desc("NAME"),
                            cl::desc("The GPU that will run it"),
                            cl::cat(category)};
  cl::opt<int64_t> rows{
      "rows", cl::init(assumedRows), cl::value_desc("N"),
      cl::desc("Tokens at once, for speed, where the module leaves it open "
               "(512)"),
      cl::cat(category)};
  cl::opt<std::string> json{"json", cl::value_desc("FILE"),
                            cl::desc("Write everything as JSON"),
                            cl::cat(category)};
  cl::opt<unsigned> top{"top", cl::init(0), cl::value_desc("N"),
                        cl::desc("Print the N most uneven activations only"),
                        cl::cat(category)};
};
} // namespace

static LogicalResult fail(const Twine &message) {
  llvm::WithColor::error(llvm::errs(), "quant-report") << message << '\n';
  return failure();
}

/// Brings the module to level 2, with statistics and weights.
static LogicalResult prepare(ModuleOp module, const Options &options) {
  PassManager passes(module.getContext());
  if (getObservers(module).empty()) {
    passes.addPass(createQuantRaiseLinears());
    passes.addPass(createQuantInsertObservers({options.exclude}));
  }
  if (!options.statistics.empty())
    passes.addPass(createQuantAttachStatistics({options.statistics}));
  if (!options.weights.empty())
    passes.addPass(createQuantBindWeights({options.weights}));
  return passes.run(module);
}

static void printTable(raw_ostream &os, ArrayRef<LinearProfile> profiles,
                       unsigned top) {
  size_t width = 10;
  for (const LinearProfile &profile : profiles)
    width = std::max(width, profile.name.size());
  os << llvm::left_justify("activation", width)
     << "    absmax   ratio  outliers  weights  static  smooth  alpha  token  "
        "s-token  4b-128  4b-64\n";
  SmallVector<const LinearProfile *> sorted;
  for (const LinearProfile &profile : profiles)
    sorted.push_back(&profile);
  llvm::sort(sorted, [](const LinearProfile *a, const LinearProfile *b) {
    return std::make_pair(-a->getRatio(), a->name) <
           std::make_pair(-b->getRatio(), b->name);
  });
  if (top != 0 && top < sorted.size())
    sorted.truncate(top);
  for (const LinearProfile *profile : sorted) {
    auto percent = [&](Scheme scheme) { return 100 * profile->errors[scheme]; };
    os << llvm::left_justify(profile->name, width)
       << llvm::formatv("{0,10:f2} {1,7:f0} {2,9} {3,8:f1} {4,7:f1} {5,7:f1} "
                        "{6,6:f2} {7,6:f1} {8,8:f1} {9,7:f1} {10,6:f1}\n",
                        profile->absmax, profile->getRatio(),
                        profile->outliers.size(), profile->weightRatio,
                        percent(StaticW8A8), percent(SmoothQuantStatic),
                        profile->alpha, percent(PerTokenW8A8),
                        percent(SmoothQuantPerToken), percent(W4A16Group128),
                        percent(W4A16Group64));
  }
}

static void printSchemes(raw_ostream &os, ArrayRef<LinearProfile> profiles,
                         const ChipRates &rates, int64_t rows) {
  os << '\n'
     << llvm::left_justify("scheme", 23)
     << "mean %  worst %  speed  worst at\n";
  for (unsigned i = 0; i < NumSchemes; ++i) {
    auto scheme = static_cast<Scheme>(i);
    SchemeSummary summary = summarize(profiles, scheme);
    os << llvm::left_justify(getInfo(scheme).title, 22)
       << llvm::formatv("{0,7:f1} {1,8:f1} {2,6:f2}  {3}\n", 100 * summary.mean,
                        100 * summary.worst,
                        predictSpeedup(profiles, scheme, rates, rows),
                        summary.worstName);
  }
  os << "speed: predicted time of the linears in f16 over that in the scheme, "
     << rates.chip << " (" << rates.product << ")\n";
  Recommendation recommendation = recommend(profiles);
  os << "\nrecommended: " << getInfo(recommendation.scheme).title << " (--"
     << getInfo(recommendation.scheme).pipeline
     << "): " << recommendation.reason << '\n';
  std::string note = getSpeedNote(profiles, recommendation.scheme, rates, rows);
  if (!note.empty())
    os << "note: " << note << '\n';
}

static void writeProfile(llvm::json::OStream &json,
                         const LinearProfile &profile) {
  json.attribute("name", profile.name);
  json.attributeArray("linears", [&] {
    for (const std::string &name : profile.linears)
      json.value(name);
  });
  json.attribute("channels", profile.channels);
  json.attribute("absmax", profile.absmax);
  json.attribute("median_absmax", profile.medianAbsmax);
  json.attributeArray("outliers", [&] {
    for (const Outlier &outlier : profile.outliers)
      json.object([&] {
        json.attribute("channel", outlier.channel);
        json.attribute("absmax", outlier.absmax);
      });
  });
  json.attribute("weight_ratio", profile.weightRatio);
  json.attribute("alpha", profile.alpha);
  if (!profile.notSmoothed.empty())
    json.attribute("not_smoothed", profile.notSmoothed);
  json.attributeObject("errors", [&] {
    for (unsigned i = 0; i < NumSchemes; ++i)
      json.attribute(getInfo(static_cast<Scheme>(i)).key, profile.errors[i]);
  });
}

static llvm::Error writeJson(StringRef path, ArrayRef<LinearProfile> profiles,
                             const ChipRates &rates, int64_t rows) {
  return writeFileAtomically(path, [&](raw_ostream &os) {
    llvm::json::OStream json(os, 2);
    json.object([&] {
      json.attributeArray("activations", [&] {
        for (const LinearProfile &profile : profiles)
          json.object([&] { writeProfile(json, profile); });
      });
      json.attributeObject("schemes", [&] {
        for (unsigned i = 0; i < NumSchemes; ++i) {
          auto scheme = static_cast<Scheme>(i);
          SchemeSummary summary = summarize(profiles, scheme);
          json.attributeObject(getInfo(scheme).key, [&] {
            json.attribute("mean_error", summary.mean);
            json.attribute("worst_error", summary.worst);
            json.attribute("worst", summary.worstName);
            json.attribute("pipeline", getInfo(scheme).pipeline);
            json.attribute("speedup",
                           predictSpeedup(profiles, scheme, rates, rows));
            json.attribute("speed",
                           getSpeedNote(profiles, scheme, rates, rows));
          });
        }
      });
      Recommendation recommendation = recommend(profiles);
      json.attribute("recommended", getInfo(recommendation.scheme).key);
      json.attribute("reason", recommendation.reason);
    });
    os << '\n';
    return llvm::Error::success();
  });
}

static LogicalResult run(MLIRContext &context, const Options &options) {
  const ChipRates *rates = lookupRates(options.chip);
  if (!rates)
    return fail("--chip=" + options.chip + ": " +
                getUnknownRatesMessage(options.chip));
  if (options.rows < 1)
    return fail("--rows=" + Twine(options.rows) + ": expected at least 1");
  OwningOpRef<ModuleOp> module =
      parseSourceFile<ModuleOp>(options.module, &context);
  if (!module || failed(prepare(*module, options)))
    return failure();
  std::vector<LinearProfile> profiles;
  for (ObserveOp observe : getObservers(*module)) {
    FailureOr<std::optional<LinearProfile>> profile = getProfile(observe);
    if (failed(profile))
      return failure();
    if (*profile)
      profiles.push_back(std::move(**profile));
  }
  if (profiles.empty())
    return fail("'" + options.module +
                "' has no linear that would be quantized");
  if (!options.json.empty())
    if (llvm::Error error =
            writeJson(options.json, profiles, *rates, options.rows))
      return fail(toString(std::move(error)));
  printTable(llvm::outs(), profiles, options.top);
  printSchemes(llvm::outs(), profiles, *rates, options.rows);
  return success();
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::ResetCommandLineParser();
  Options options;
  cl::ParseCommandLineOptions(
      argc, argv,
      "Predicts what each quantization scheme costs a calibrated model, and "
      "recommends one.\nErrors are the root mean square of what quantization "
      "adds to the outputs, in % of them.\n");
  DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::quantmlir::registerAllDialects(registry);
  MLIRContext context(registry);
  return failed(run(context, options)) ? EXIT_FAILURE : EXIT_SUCCESS;
}
