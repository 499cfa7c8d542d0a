//===- Report.cpp - progress and figures of a run -------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Report.h"

#include "quant-mlir/Target/Tensor.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Process.h"

#include <cmath>
#include <sys/resource.h>

using namespace llvm;
using namespace mlir::quantmlir;

//===----------------------------------------------------------------------===//
// Progress
//===----------------------------------------------------------------------===//

static constexpr double terminalInterval = 0.1;
static constexpr double lineInterval = 10;

Progress::Progress(int64_t total, bool quiet)
    : total(total), quiet(quiet),
      isTerminal(sys::Process::StandardErrIsDisplayed()) {}

Progress::~Progress() {
  if (isTerminal && lastShown > 0)
    errs() << "\r\x1b[K";
}

/// "1:02:03" or "2:03".
static std::string toClock(double seconds) {
  int64_t whole = std::llround(seconds);
  if (whole >= 3600)
    return formatv("{0}:{1,0+2}:{2,0+2}", whole / 3600, whole / 60 % 60,
                   whole % 60);
  return formatv("{0}:{1,0+2}", whole / 60, whole % 60);
}

void Progress::update(int64_t done) {
  double elapsed = watch.getSeconds();
  double interval = isTerminal ? terminalInterval : lineInterval;
  if (quiet || done == 0 || elapsed - lastShown < interval)
    return;
  lastShown = elapsed;
  std::string left = toClock(elapsed / done * (total - done));
  if (!isTerminal) {
    errs() << done << " of " << total << " runs, about " << left << " left\n";
    return;
  }
  constexpr int width = 30;
  int filled = width * done / total;
  errs() << "\r\x1b[K[" << std::string(filled, '#')
         << std::string(width - filled, '.') << "] " << done << '/' << total
         << "  " << left << " left";
  errs().flush();
}

//===----------------------------------------------------------------------===//
// Report
//===----------------------------------------------------------------------===//

int64_t mlir::quantmlir::getPeakBytes() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return int64_t(usage.ru_maxrss) * 1024;
}

static std::string toMegabytes(int64_t bytes) {
  return formatv("{0:f0} MB", bytes * 1e-6);
}

void Report::print(raw_ostream &os) const {
  auto row = [&](StringRef name, const Twine &value) {
    os << left_justify(name, 14) << value << '\n';
  };
  if (perplexity)
    row("perplexity", formatv("{0:f4}", *perplexity).str());
  if (mean)
    row("mean", formatv("{0:f6}", *mean).str());
  row("samples", Twine(samples));
  if (tokens)
    row("tokens", Twine(*tokens));
  row("compile", formatv("{0:f2} s", compileSeconds).str());
  row("run", formatv("{0:f2} s", runSeconds).str());
  if (statisticsSeconds)
    row("statistics", formatv("{0:f2} s of it", *statisticsSeconds).str());
  if (tokens)
    row("speed", formatv("{0:f1} tokens/s", *tokens / runSeconds).str());
  else
    row("speed", formatv("{0:f1} samples/s", samples / runSeconds).str());
  row("peak memory", toMegabytes(peakBytes));
  if (!deviceMemory)
    return;
  row("on the device", toMegabytes(deviceMemory->peakBytes) + " at most");
  row("copied", toMegabytes(deviceMemory->bytesToDevice) + " to it, " +
                    toMegabytes(deviceMemory->bytesToHost) + " back");
}

Error Report::writeJson(StringRef path) const {
  return writeFileAtomically(path, [&](raw_ostream &os) {
    json::OStream json(os, 2);
    json.objectBegin();
    json.attribute("function", function);
    json.attribute("device", device);
    json.attribute("threads", threads);
    json.attribute("samples", samples);
    auto optional = [&](StringRef key, auto value) {
      if (value)
        json.attribute(key, *value);
    };
    optional("tokens", tokens);
    optional("mean", mean);
    optional("perplexity", perplexity);
    json.attribute("compile_seconds", compileSeconds);
    json.attribute("run_seconds", runSeconds);
    optional("statistics_seconds", statisticsSeconds);
    json.attribute("cached_bytes", cachedBytes);
    json.attribute("arena_bytes", arenaBytes);
    json.attribute("peak_bytes", peakBytes);
    if (deviceMemory) {
      json.attribute("device_peak_bytes", deviceMemory->peakBytes);
      json.attribute("bytes_to_device", deviceMemory->bytesToDevice);
      json.attribute("bytes_to_host", deviceMemory->bytesToHost);
      json.attribute("device_allocations", deviceMemory->allocations);
      json.attribute("tensor_maps", deviceMemory->tensorMaps);
    }
    json.objectEnd();
    os << '\n';
    return Error::success();
  });
}
