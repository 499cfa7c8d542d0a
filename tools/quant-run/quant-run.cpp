//===- quant-run.cpp - runs a module on data ------------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CollectingSink.h"
#include "DeviceNotes.h"
#include "Inputs.h"
#include "Outputs.h"
#include "Report.h"

#include "quant-mlir/Dialect/Quant/Transforms/Passes.h"
#include "quant-mlir/Dialect/Quant/Utils/Observers.h"
#include "quant-mlir/Execution/DeviceFusionOption.h"
#include "quant-mlir/Execution/Executor.h"
#include "quant-mlir/InitAll.h"
#include "quant-mlir/Runtime/GPU.h"
#include "quant-mlir/Statistics/Collector.h"
#include "quant-mlir/Target/FileTransaction.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/AsmState.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Support/DebugStringHelper.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Regex.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/WithColor.h"

#include <cmath>

using namespace mlir;
using namespace mlir::quantmlir;
using llvm::createStringError;
using llvm::Error;
namespace cl = llvm::cl;

//===----------------------------------------------------------------------===//
// Options
//===----------------------------------------------------------------------===//

namespace {
enum class Reduction { None, Mean, Perplexity };
enum class Device { CPU, PTX, CUDA };

/// Made in main, where LLVM's own options, which share the name space and some
/// names, are out of the way.
struct Options {
  cl::OptionCategory category{"quant-run options"};
  cl::opt<std::string> module{cl::Positional, cl::Required,
                              cl::desc("MODULE.mlir"), cl::cat(category)};
  cl::opt<std::string> weights{
      "weights", cl::value_desc("FILE.safetensors"),
      cl::desc("Data of the module's external globals"), cl::cat(category)};
  cl::list<std::string> inputs{
      "input", cl::value_desc("FILE"),
      cl::desc("An argument's samples along the first dimension: FILE.npy, "
               "FILE.safetensors:TENSOR, or FILE.safetensors with one tensor "
               "or with arg0, arg1, and so on; once for each argument"),
      cl::cat(category)};
  cl::opt<std::string> output{
      "output", cl::value_desc("FILE"),
      cl::desc("Write all results: FILE.npy or FILE.safetensors"),
      cl::cat(category)};
  cl::opt<std::string> observe{
      "observe", cl::value_desc("FILE.safetensors"),
      cl::desc("Write statistics of the module's quant.observe ops; what they "
               "do not need is not computed unless results are asked for too"),
      cl::cat(category)};
  cl::opt<std::string> secondMoments{
      "second-moments", cl::ValueOptional, cl::value_desc("REGEX"),
      cl::desc("Observe the K x K second moments too, of the activations whose "
               "names REGEX finds, or of all (AWQ and GPTQ need them); they "
               "take 2 K^2 bytes of memory, and as much again each time that "
               "the number of runs doubles beyond 64"),
      cl::cat(category)};
  cl::opt<unsigned> sampleRows{
      "sample-rows", cl::init(0), cl::value_desc("N"),
      cl::desc("Observe N rows of each run too, evenly spaced"),
      cl::cat(category)};
  cl::opt<bool> histograms{
      "histograms",
      cl::desc("Observe the distribution of each channel's magnitudes too, "
               "which the search of alpha, percentiles and clipping use; 512 "
               "bytes a channel"),
      cl::cat(category)};
  cl::opt<int> observeMask{
      "observe-mask", cl::init(-1), cl::value_desc("N"),
      cl::desc("Leave out of the statistics the rows where argument N is 0, "
               "such as the attention mask's at padding"),
      cl::cat(category)};
  cl::opt<std::string> function{
      "function", cl::init("main"), cl::value_desc("NAME"),
      cl::desc("The function to run (main)"), cl::cat(category)};
  cl::opt<Device> device{
      "device", cl::init(Device::CPU),
      cl::desc("Where quantized linears run; the rest runs on the CPU"),
      cl::values(clEnumValN(Device::CPU, "cpu", "On the CPU as well"),
                 clEnumValN(Device::PTX, "ptx",
                            "Their GPU kernels, on the PTX emulator"),
                 clEnumValN(Device::CUDA, "cuda",
                            "Their GPU kernels, on the first GPU of NVIDIA's "
                            "driver")),
      cl::cat(category)};
  cl::opt<std::string> chip{
      "chip", cl::init("sm_80"), cl::value_desc("CHIP"),
      cl::desc("The GPU that kernels are made for, and that is emulated "
               "(sm_80)"),
      cl::cat(category)};
  cl::opt<DeviceFusion> fuse{
      "fuse", cl::init(DeviceFusion::Epilogues),
      cl::desc("With --device=ptx or --device=cuda: what kernels compute "
               "besides (epilogues)"),
      getDeviceFusionValues(), cl::cat(category)};
  cl::opt<uint64_t> deviceMemory{
      "device-memory", cl::init(0), cl::value_desc("MB"),
      cl::desc("With --device=ptx: memory of the emulated GPU; 0 means as much "
               "as the host gives"),
      cl::cat(category)};
  cl::opt<bool> check{
      "check",
      cl::desc("With --device=ptx: look for races, uninitialized reads and "
               "other faults of the kernels"),
      cl::cat(category)};
  cl::opt<std::string> counters{
      "counters", cl::value_desc("FILE.json"),
      cl::desc("Write what each kernel did: with --device=ptx the emulator's "
               "counters, which quant-audit --counters reads; with "
               "--device=cuda its time, one launch after the other"),
      cl::cat(category)};
  cl::opt<int64_t> first{"first", cl::init(0), cl::value_desc("N"),
                         cl::desc("Start at this sample"), cl::cat(category)};
  cl::opt<int64_t> limit{"limit", cl::init(std::numeric_limits<int64_t>::max()),
                         cl::value_desc("N"),
                         cl::desc("Run at most this number of samples"),
                         cl::cat(category)};
  cl::opt<Reduction> reduction{
      "reduce", cl::init(Reduction::None),
      cl::desc("What to make of the elements of result 0"),
      cl::values(
          clEnumValN(Reduction::None, "none", "Nothing"),
          clEnumValN(Reduction::Mean, "mean", "Their mean"),
          clEnumValN(Reduction::Perplexity, "perplexity", "exp of their mean")),
      cl::cat(category)};
  cl::opt<unsigned> threads{"threads", cl::init(0), cl::value_desc("N"),
                            cl::desc("Worker threads; 0 means all cores"),
                            cl::cat(category)};
  cl::opt<std::string> json{"json", cl::value_desc("FILE"),
                            cl::desc("Write the figures as JSON"),
                            cl::cat(category)};
  cl::opt<bool> quiet{"quiet", cl::desc("No progress, no figures"),
                      cl::cat(category)};
};
} // namespace

static Options *options;

//===----------------------------------------------------------------------===//
// Statistics and reductions
//===----------------------------------------------------------------------===//

namespace {
/// The mean of the elements of result 0 over all runs.
class Mean {
public:
  explicit Mean(int64_t elements) : elements(elements) {}

  void add(const void *data) {
    const auto *values = static_cast<const float *>(data);
    for (int64_t i = 0; i < elements; ++i)
      sum += values[i];
    count += elements;
  }
  double get() const { return sum / count; }

private:
  int64_t elements;
  int64_t count = 0;
  double sum = 0;
};
} // namespace

/// For a failure that diagnostics have described already.
static Error alreadyReported() {
  return llvm::make_error<llvm::StringError>("",
                                             llvm::inconvertibleErrorCode());
}

static llvm::Expected<std::unique_ptr<CollectingSink>>
createSink(ModuleOp module, const InputSet &inputs) {
  SmallVector<ObserveOp> observers = getObservers(module);
  if (observers.empty())
    return createStringError("'" + options->module +
                             "' has no quant.observe; run quant-opt "
                             "--quant-raise-linears --quant-insert-observers "
                             "on it first; if they have run, no matmul has a "
                             "constant weight of its own");
  if (failed(checkObserverNames(observers)))
    return alreadyReported();
  std::string pattern = options->secondMoments;
  llvm::Regex selected(pattern.empty() ? "." : pattern);
  std::string problem;
  if (!selected.isValid(problem))
    return createStringError("--second-moments=" + options->secondMoments +
                             " is no regular expression: " + problem);
  StatisticsCollector collector(getModuleHash(module),
                                inputs.getSamplesPerRun(), inputs.getFirstRun(),
                                options->threads);
  bool wantsMoments = options->secondMoments.getNumOccurrences() > 0;
  bool anyMoments = false;
  for (ObserveOp observe : observers) {
    CollectedKinds kinds{wantsMoments && selected.match(observe.getName()),
                         options->sampleRows, options->histograms};
    anyMoments |= kinds.moments;
    collector.addObserver(observe.getName(), getChannels(observe), kinds);
  }
  if (wantsMoments && !anyMoments)
    return createStringError("--second-moments=" + options->secondMoments +
                             " finds none of the module's quant.observe ops, "
                             "such as '" +
                             observers.front().getName() + "'");
  return std::make_unique<CollectingSink>(std::move(collector));
}

//===----------------------------------------------------------------------===//
// Preparation
//===----------------------------------------------------------------------===//

/// Fails if the module has weights that no file gives.
static Error checkBound(ModuleOp module) {
  for (auto global : module.getOps<ml_program::GlobalOp>())
    if (isa_and_nonnull<ml_program::ExternAttr>(
            global.getValue().value_or(Attribute())) &&
        !SymbolTable::symbolKnownUseEmpty(global, module))
      return createStringError("the module's weights, such as '" +
                               global.getSymName() +
                               "', are external; give their file with "
                               "--weights=FILE.safetensors");
  return Error::success();
}

/// Parses the module and binds its weights.
static llvm::Expected<OwningOpRef<ModuleOp>> loadModule(MLIRContext &context) {
  OwningOpRef<ModuleOp> module =
      parseSourceFile<ModuleOp>(options->module, &context);
  if (!module)
    return alreadyReported();
  if (options->weights.empty()) {
    if (Error error = checkBound(*module))
      return std::move(error);
    return module;
  }
  PassManager passes(&context);
  QuantBindWeightsOptions binding;
  binding.file = options->weights;
  passes.addPass(createQuantBindWeights(binding));
  if (failed(passes.run(*module)))
    return alreadyReported();
  return module;
}

static llvm::Expected<func::FuncOp> findFunction(ModuleOp module) {
  if (auto function = module.lookupSymbol<func::FuncOp>(options->function))
    return function;
  std::string names =
      llvm::join(llvm::map_range(module.getOps<func::FuncOp>(),
                                 [](func::FuncOp op) { return op.getName(); }),
                 ", ");
  return createStringError("'" + options->module + "' has no function '" +
                           options->function + "'; it has: " + names);
}

/// How to give a function static shapes, with 1 where there was none.
static std::string getSpecialization(TypeRange types) {
  std::string shapes;
  llvm::raw_string_ostream os(shapes);
  llvm::interleaveComma(types, os, [&](Type type) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor)
      return;
    llvm::interleave(
        tensor.getShape(), os,
        [&](int64_t size) { os << (ShapedType::isDynamic(size) ? 1 : size); },
        "x");
  });
  llvm::erase(shapes, ' ');
  return "; give it shapes with quant-opt "
         "--quant-specialize-shapes=\"function=" +
         options->function + " shapes=" + shapes + "\"";
}

/// Fails with `remedy` if one of the types is not static.
static Error getTensorTypes(TypeRange types, StringRef what, StringRef remedy,
                            SmallVectorImpl<RankedTensorType> &result) {
  for (auto [index, type] : llvm::enumerate(types)) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor || !tensor.hasStaticShape())
      return createStringError(what + " " + Twine(index) + " of '" +
                               options->function + "' is " + debugString(type) +
                               ", which is no tensor of static shape" + remedy);
    result.push_back(tensor);
  }
  return Error::success();
}

//===----------------------------------------------------------------------===//
// The run
//===----------------------------------------------------------------------===//

namespace {
class Run {
public:
  Run(MLIRContext &context) : context(context) {}

  Error prepare();
  Error execute();
  /// Writes the files that were asked for and prints the figures.
  Error finish();

private:
  Error checkMask();
  Error openFiles(ArrayRef<RankedTensorType> results);
  Error createGPU();
  Error checkDevice() const;
  Report makeReport() const;

  MLIRContext &context;
  OwningOpRef<ModuleOp> module;
  SmallVector<RankedTensorType> arguments;
  std::optional<InputSet> inputs;
  std::optional<OutputSet> outputs;
  std::optional<Mean> mean;
  // The executor refers to the sink and to the GPU.
  std::unique_ptr<CollectingSink> sink;
  std::unique_ptr<GPU> gpu;
  std::unique_ptr<Executor> executor;
  DeviceNotes notes;
  double runSeconds = 0;
};
} // namespace

/// Fails if --observe-mask is given and is no argument that can be a mask.
Error Run::checkMask() {
  if (options->observeMask.getNumOccurrences() == 0)
    return Error::success();
  int number = options->observeMask;
  auto fail = [&](const Twine &reason) {
    return createStringError("--observe-mask=" + Twine(number) + ": " + reason);
  };
  if (number < 0 || number >= static_cast<int>(arguments.size()))
    return fail("the function takes " + Twine(arguments.size()) +
                " arguments, counted from 0");
  if (arguments[number].getNumElements() == 0)
    return fail("the argument has no elements");
  return Error::success();
}

Error Run::openFiles(ArrayRef<RankedTensorType> results) {
  if (options->limit < 1)
    return createStringError("--limit=" + Twine(options->limit) +
                             ": expected at least 1 sample");
  auto opened = InputSet::open(options->inputs, arguments, options->first,
                               options->limit);
  if (!opened)
    return opened.takeError();
  inputs = std::move(*opened);
  bool reduces = options->reduction != Reduction::None;
  if (reduces) {
    if (results.empty() || !results.front().getElementType().isF32())
      return createStringError("--reduce needs a first result of f32");
    mean.emplace(results.front().getNumElements());
  }
  bool refines = options->secondMoments.getNumOccurrences() > 0 ||
                 options->sampleRows > 0 || options->histograms ||
                 options->observeMask.getNumOccurrences() > 0;
  if (refines && options->observe.empty())
    return createStringError("--second-moments, --sample-rows, --histograms "
                             "and --observe-mask need "
                             "--observe=FILE.safetensors");
  if (Error error = checkMask())
    return error;
  if (!options->observe.empty()) {
    auto created = createSink(*module, *inputs);
    if (!created)
      return created.takeError();
    sink = std::move(*created);
    if (options->output.empty() && !reduces)
      return Error::success();
  }
  auto created = OutputSet::create(options->output, results, inputs->getRuns());
  if (!created)
    return created.takeError();
  outputs = std::move(*created);
  return Error::success();
}

Error Run::createGPU() {
  if (options->device != Device::PTX && options->check)
    return createStringError("--check needs --device=ptx: the emulator is what "
                             "checks kernels");
  if (options->device != Device::PTX && options->deviceMemory > 0)
    return createStringError("--device-memory needs --device=ptx: a GPU has "
                             "the memory that it has");
  bool records = !options->counters.empty();
  if (options->counters.getNumOccurrences() && !records)
    return createStringError("--counters needs the name of a file");
  if (options->device == Device::CPU) {
    if (options->fuse.getNumOccurrences() > 0)
      return createStringError("--fuse needs --device=ptx or --device=cuda: "
                               "kernels are what is fused");
    if (options->chip.getNumOccurrences() > 0)
      return createStringError("--chip needs --device=ptx or --device=cuda: "
                               "kernels are what is made for a GPU");
    if (records)
      return createStringError("--counters needs --device=ptx or "
                               "--device=cuda: kernels are what is counted");
    return Error::success();
  }
  constexpr uint64_t megabyte = 1'000'000;
  if (options->deviceMemory > std::numeric_limits<uint64_t>::max() / megabyte)
    return createStringError("--device-memory=" + Twine(options->deviceMemory) +
                             " MB are more bytes than 64 bits count");
  auto created =
      options->device == Device::CUDA
          ? createCUDAGPU("libcuda.so.1", records)
          : createEmulatedGPU({options->chip, options->check, options->threads,
                               records, options->deviceMemory * megabyte});
  if (!created)
    return created.takeError();
  gpu = std::move(*created);
  if (failed(notes.collectFrom(context)))
    return createStringError("what does not run on the device is not known");
  return Error::success();
}

/// Says what does not run on the device as asked for.
Error Run::checkDevice() const {
  notes.print(llvm::errs());
  if (!gpu || executor->getNumDeviceSteps() > 0)
    return Error::success();
  std::string message =
      "nothing of '" + options->function +
      "' runs on the device: it has no quantized op with a GPU kernel";
  if (options->check)
    return createStringError("--check: " + message);
  if (!options->counters.empty())
    return createStringError("--counters: " + message);
  llvm::WithColor::warning(llvm::errs(), "quant-run") << message << '\n';
  return Error::success();
}

Error Run::prepare() {
  if (Error error = createGPU())
    return error;
  auto loaded = loadModule(context);
  if (!loaded)
    return loaded.takeError();
  module = std::move(*loaded);
  auto function = findFunction(*module);
  if (!function)
    return function.takeError();
  SmallVector<RankedTensorType> results;
  if (Error error = getTensorTypes(
          function->getArgumentTypes(), "argument",
          getSpecialization(function->getArgumentTypes()), arguments))
    return error;
  if (Error error =
          getTensorTypes(function->getResultTypes(), "result", "", results))
    return error;
  if (Error error = openFiles(results))
    return error;

  ExecutorOptions settings;
  settings.threads = options->threads;
  settings.observers = sink.get();
  settings.observeOnly = !outputs;
  settings.gpu = gpu.get();
  settings.chip = options->chip;
  settings.fusion = options->fuse;
  auto created = Executor::create(std::move(module), options->function,
                                  /*weights=*/{}, settings);
  if (!created)
    return created.takeError();
  executor = std::move(*created);
  return checkDevice();
}

Error Run::execute() {
  Stopwatch watch;
  Progress progress(inputs->getRuns(), options->quiet);
  for (int64_t run = 0; run < inputs->getRuns(); ++run) {
    SmallVector<void *> buffers;
    if (outputs)
      buffers = outputs->getBuffers(run);
    SmallVector<const void *> values = inputs->getArguments(run);
    if (options->observeMask >= 0)
      if (Error error = sink->setMask(values[options->observeMask],
                                      arguments[options->observeMask]))
        return error;
    if (Error error = executor->run(values, buffers))
      return error;
    if (sink)
      if (Error error = sink->collector.endRun())
        return error;
    if (mean)
      mean->add(buffers.front());
    progress.update(run + 1);
  }
  runSeconds = watch.getSeconds();
  return sink ? sink->checkMaskUse(llvm::errs()) : Error::success();
}

static StringRef getName(Device device) {
  switch (device) {
  case Device::CPU:
    return "cpu";
  case Device::PTX:
    return "ptx";
  case Device::CUDA:
    return "cuda";
  }
  llvm_unreachable("all devices have names");
}

Report Run::makeReport() const {
  Report report;
  report.function = options->function;
  report.device = getName(options->device);
  report.threads = options->threads;
  report.samples = inputs->getRuns() * inputs->getSamplesPerRun();
  if (!arguments.empty() && arguments.front().getElementType().isInteger())
    report.tokens = inputs->getRuns() * arguments.front().getNumElements();
  if (mean)
    report.mean = mean->get();
  if (options->reduction == Reduction::Perplexity)
    report.perplexity = std::exp(mean->get());
  report.compileSeconds = executor->getCompileSeconds();
  report.runSeconds = runSeconds;
  if (sink)
    report.statisticsSeconds = sink->collector.getSeconds();
  report.cachedBytes = executor->getCachedBytes();
  report.arenaBytes = executor->getArenaBytes();
  report.peakBytes = getPeakBytes();
  if (gpu)
    report.deviceMemory = gpu->getMemoryUse();
  return report;
}

Error Run::finish() {
  if (mean && !std::isfinite(mean->get()))
    return createStringError(
        "result 0 holds a NaN or an infinity, so it has no "
        "mean");
  // Nothing is left behind if one of the files cannot be written.
  FileTransaction files;
  Report report = makeReport();
  if (sink)
    if (Error error = sink->collector.getStatistics().write(options->observe))
      return error;
  if (!options->json.empty())
    if (Error error = report.writeJson(options->json))
      return error;
  if (!options->counters.empty())
    if (Error error =
            writeFileAtomically(options->counters, [&](llvm::raw_ostream &os) {
              os << llvm::formatv("{0:2}\n",
                                  llvm::json::Value(gpu->getRecords()));
              return Error::success();
            }))
      return error;
  if (outputs)
    if (Error error = outputs->commit())
      return llvm::createFileError(options->output, std::move(error));
  if (Error error = files.commit())
    return error;
  if (!options->quiet)
    report.print(llvm::outs());
  return Error::success();
}

/// More threads than any machine has are a slip of the finger, and starting
/// them would fail half-way.
static constexpr unsigned maxThreads = 1024;

/// Fails if a file that is to be written is one that is read.
static Error checkOutputs() {
  SmallVector<std::string> read{options->module, options->weights};
  for (StringRef input : options->inputs) {
    read.push_back(input.str());
    read.push_back(input.rsplit(':').first.str());
  }
  std::pair<StringRef, StringRef> written[] = {{"output", options->output},
                                               {"observe", options->observe},
                                               {"json", options->json},
                                               {"counters", options->counters}};
  for (auto [option, path] : written)
    for (const std::string &input : read)
      if (!path.empty() && llvm::sys::fs::equivalent(path, input))
        return createStringError("--" + option + "=" + path +
                                 " would replace the input '" + input +
                                 "'; write to another file");
  return Error::success();
}

static Error checkOptions() {
  if (options->threads > maxThreads)
    return createStringError("--threads=" + Twine(options->threads) +
                             ": at most " + Twine(maxThreads));
  return checkOutputs();
}

static Error runModule() {
  if (Error error = checkOptions())
    return error;
  DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  mlir::quantmlir::registerAllDialects(registry);
  registerExecutionDialects(registry);
  MLIRContext context(registry);
  llvm::SourceMgr sources;
  SourceMgrDiagnosticHandler diagnostics(sources, &context);
  Run run(context);
  if (Error error = run.prepare())
    return error;
  if (Error error = run.execute())
    return error;
  return run.finish();
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::ResetCommandLineParser();
  Options parsed;
  options = &parsed;
  cl::ParseCommandLineOptions(
      argc, argv,
      "Runs a function of a module, at any level, over all samples of its "
      "inputs\n");
  Error error = runModule();
  if (!error)
    return EXIT_SUCCESS;
  std::string message = toString(std::move(error));
  if (!message.empty())
    llvm::WithColor::error(llvm::errs(), "quant-run") << message << '\n';
  return EXIT_FAILURE;
}
