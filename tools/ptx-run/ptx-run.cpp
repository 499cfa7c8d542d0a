//===- ptx-run.cpp - run one PTX kernel on the CPU ------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Arguments.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace quantmlir::ptx;

static cl::OptionCategory category("ptx-run options");

static cl::opt<std::string> inputFile(cl::Positional, cl::desc("<FILE.ptx>"),
                                      cl::cat(category));
static cl::opt<std::string>
    entryName("entry",
              cl::desc("Kernel to run; may be left out if there is only one"),
              cl::value_desc("NAME"), cl::cat(category));
static cl::opt<std::string> gridText("grid", cl::desc("CTAs (default: 1)"),
                                     cl::value_desc("X,Y,Z"), cl::init("1"),
                                     cl::cat(category));
static cl::opt<std::string> blockText("block",
                                      cl::desc("Threads of a CTA (default: 1)"),
                                      cl::value_desc("X,Y,Z"), cl::init("1"),
                                      cl::cat(category));
static cl::opt<std::string>
    clusterText("cluster",
                cl::desc("CTAs of a cluster (default: what the kernel asks "
                         "for, or 1)"),
                cl::value_desc("X,Y,Z"), cl::cat(category));
static cl::opt<unsigned long long>
    sharedBytes("shared", cl::desc("Bytes of dynamic shared memory"),
                cl::value_desc("BYTES"), cl::init(0), cl::cat(category));
static cl::list<std::string> argumentTexts(
    "arg",
    cl::desc("Argument, in the order of the parameters: i8|i16|i32|i64|f32|"
             "f64:VALUE, in:FILE.npy, inout:FILE.npy, "
             "out:FILE.npy:DTYPE:SHAPE (such as out:c.npy:f32:128,64), "
             "tensormap:BOX[/EXTENTS]:none|32|64|128:BUFFER with one of these "
             "buffers, or a structure's bytes as hex:DIGITS or bytes:FILE"),
    cl::value_desc("ARG"), cl::cat(category));
static cl::opt<bool>
    check("check",
          cl::desc("Look for races, uninitialized reads, divergent barriers"),
          cl::cat(category));
static cl::opt<std::string>
    countersFile("counters",
                 cl::desc("Write instruction and memory counters as JSON"),
                 cl::value_desc("FILE.json"), cl::cat(category));
static cl::opt<unsigned> hostThreads("host-threads",
                                     cl::desc("Host threads (0: all cores)"),
                                     cl::init(0), cl::cat(category));

static cl::opt<unsigned long long> maxInstructions(
    "max-instructions",
    cl::desc("End the run when a warp has executed so many instructions; 0 is "
             "no limit (default: 1000000000 with --check, 0 without)"),
    cl::value_desc("N"), cl::cat(category));

static cl::opt<bool>
    decode("decode",
           cl::desc("Run nothing: list the entries, and of each whether it is "
                    "supported or why not"),
           cl::cat(category));
static cl::opt<bool>
    listOpcodes("opcodes", cl::desc("Run nothing: list the instructions known"),
                cl::cat(category));

static Error fail(const Twine &message) {
  return createStringError(inconvertibleErrorCode(), message);
}

static Error parseTriple(StringRef option, StringRef text,
                         unsigned (&result)[3]) {
  SmallVector<StringRef> parts;
  text.split(parts, ',');
  if (parts.size() > 3)
    return fail("--" + option + ": more than three numbers");
  for (unsigned i = 0; i < 3; ++i) {
    result[i] = 1;
    if (i < parts.size() && parts[i].getAsInteger(10, result[i]))
      return fail("--" + option + ": '" + parts[i] + "' is not a number");
  }
  return Error::success();
}

static Expected<std::unique_ptr<Program>> loadProgram(DeviceMemory &memory) {
  ErrorOr<std::unique_ptr<MemoryBuffer>> file =
      MemoryBuffer::getFileOrSTDIN(inputFile);
  if (!file)
    return fail(inputFile + ": " + file.getError().message());
  Expected<std::unique_ptr<Module>> module = parseModule((*file)->getBuffer());
  if (!module)
    return fail(inputFile + ":" + toString(module.takeError()));
  Expected<std::unique_ptr<Program>> program =
      Program::load(std::move(*module), memory);
  if (!program)
    return fail(inputFile + ":" + toString(program.takeError()));
  return program;
}

static Expected<std::unique_ptr<Kernel>> loadKernel(const Program &program) {
  std::string name = entryName;
  if (name.empty()) {
    for (const Function &function : program.module().functions)
      if (function.entry && function.defined) {
        if (!name.empty())
          return fail(inputFile + " has several entries: choose with --entry");
        name = function.name;
      }
  }
  if (!name.empty() && !program.module().findEntry(name))
    return program.kernel(name);
  Expected<std::unique_ptr<Kernel>> kernel = program.kernel(name);
  if (!kernel)
    return fail(inputFile + ":" + toString(kernel.takeError()));
  return kernel;
}

/// The counters with the launch that they are of, as quant-run writes them.
static json::Value toJSON(const Counters &counters, StringRef kernel,
                          const LaunchOptions &options) {
  json::Value value = counters.toJSON();
  json::Object &object = *value.getAsObject();
  object["kernel"] = kernel;
  object["grid"] = json::Array(options.grid);
  object["block"] = json::Array(options.block);
  object["launches"] = 1;
  return value;
}

static Error writeFiles(Arguments &arguments, const json::Value &counters) {
  OutputFiles files;
  if (Error error = arguments.writeResults(files))
    return error;
  if (!countersFile.empty())
    if (Error error = files.add(countersFile, [&](raw_ostream &out) {
          out << formatv("{0:2}", counters) << '\n';
        }))
      return error;
  return files.keep();
}

/// Shows a finding with the line of PTX that it is about.
static void print(const Finding &finding, StringRef text) {
  errs() << inputFile << ":" << finding.loc.line << ":" << finding.loc.column
         << ": error: " << StringRef(finding.str()).split(": ").second << "\n";
  for (unsigned i = 1; i < finding.loc.line; ++i)
    text = text.split('\n').second;
  errs() << "    " << text.split('\n').first.trim() << "\n";
}

/// Decodes the entries, or the one that is chosen, and lists them; false if
/// one of them is not supported.
static Expected<bool> decodeOnly() {
  DeviceMemory memory;
  Expected<std::unique_ptr<Program>> program = loadProgram(memory);
  if (!program)
    return program.takeError();
  bool ok = true;
  for (const Function &function : (*program)->module().functions) {
    if (!function.entry || !function.defined ||
        (!entryName.empty() && entryName != function.name))
      continue;
    Expected<std::unique_ptr<Kernel>> kernel =
        (*program)->kernel(function.name);
    ok &= bool(kernel);
    outs() << function.name << ": "
           << (kernel ? "supported"
                      : inputFile + ":" + toString(kernel.takeError()))
           << "\n";
  }
  return ok;
}

/// Runs the kernel; false if it did something wrong.
static Expected<bool> run() {
  if (countersFile.getNumOccurrences() && countersFile.empty())
    return createStringError("--counters needs the name of a file");
  LaunchOptions options;
  if (Error error = parseTriple("grid", gridText, options.grid))
    return std::move(error);
  if (Error error = parseTriple("block", blockText, options.block))
    return std::move(error);
  if (!clusterText.empty())
    if (Error error = parseTriple("cluster", clusterText, options.cluster))
      return std::move(error);
  options.dynamicShared = sharedBytes;
  options.check = check;
  options.count = !countersFile.empty();
  options.hostThreads = hostThreads;
  if (maxInstructions.getNumOccurrences())
    options.maxInstructions = maxInstructions;

  DeviceMemory memory;
  Expected<std::unique_ptr<Program>> program = loadProgram(memory);
  if (!program)
    return program.takeError();
  Expected<std::unique_ptr<Kernel>> kernel = loadKernel(**program);
  if (!kernel)
    return kernel.takeError();
  Arguments arguments(memory);
  for (StringRef text : argumentTexts)
    if (Error error = arguments.add(text))
      return std::move(error);
  std::vector<StringRef> outputs = arguments.outputs();
  if (!countersFile.empty())
    outputs.push_back(countersFile);
  std::vector<StringRef> inputs = arguments.inputs();
  inputs.push_back(inputFile);
  if (Error error = OutputFiles::checkDistinct(outputs, inputs))
    return std::move(error);
  Expected<std::vector<uint8_t>> parameters = arguments.layOut(**kernel);
  if (!parameters)
    return parameters.takeError();
  options.parameters = std::move(*parameters);

  Expected<LaunchResult> result = launch(**program, **kernel, options);
  if (!result)
    return result.takeError();
  for (const Finding &finding : result->findings)
    print(finding, (*program)->module().text);
  std::vector<std::string> damage = memory.damagedGuards();
  for (const std::string &text : damage)
    errs() << "ptx-run: guard zone: " << text << "\n";
  std::vector<std::string> unwritten;
  if (check && result->findings.empty())
    unwritten = arguments.unwritten();
  for (const std::string &text : unwritten)
    errs() << "ptx-run: " << text << "\n";
  if (!result->findings.empty() || !damage.empty() || !unwritten.empty())
    return false;
  if (Error error = writeFiles(
          arguments, toJSON(result->counters, (*kernel)->name(), options)))
    return std::move(error);
  return true;
}

/// Exit codes, as --help states them.
enum : int { Success = 0, KernelIsWrong = 1, CannotRun = 2 };

int main(int argc, char **argv) {
  cl::HideUnrelatedOptions(category);
  // With a stream for its errors the parser returns instead of exiting with 1.
  if (!cl::ParseCommandLineOptions(
          argc, argv,
          "runs one PTX kernel on the CPU and checks it\n\n"
          "Exit code: 0 if the kernel ran; 1 if it did something wrong (a "
          "fault, a finding\nof --check, a damaged guard zone); 2 if it could "
          "not run, or its results not be\nwritten: a mistake on the command "
          "line or in a file, PTX that is not supported.\nAfter 1 and 2 no "
          "file is written.\n",
          &errs()))
    return CannotRun;
  if (listOpcodes) {
    for (StringRef opcode : opcodes())
      outs() << opcode << "\n";
    return Success;
  }
  if (inputFile.empty()) {
    errs() << "ptx-run: a file of PTX is needed; see ptx-run --help\n";
    return CannotRun;
  }
  Expected<bool> ok = decode ? decodeOnly() : run();
  if (!ok) {
    errs() << "ptx-run: " << toString(ok.takeError()) << "\n";
    return CannotRun;
  }
  return *ok ? Success : decode ? CannotRun : KernelIsWrong;
}
