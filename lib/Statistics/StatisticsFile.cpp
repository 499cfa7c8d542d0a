//===- StatisticsFile.cpp - the file format of statistics -----------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Statistics/Statistics.h"
#include "quant-mlir/Target/Safetensors.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <cstring>

using namespace llvm;
using namespace mlir::quantmlir;

static constexpr StringLiteral formatName = "quant-mlir statistics 1";

//===----------------------------------------------------------------------===//
// Runs
//===----------------------------------------------------------------------===//

/// "0-16,24-32" for the runs that `nodes` cover.
static std::string printRuns(ArrayRef<RunNode> nodes) {
  std::string text;
  raw_string_ostream os(text);
  uint64_t end = 0;
  for (auto [index, node] : enumerate(nodes)) {
    // A range goes on while nodes touch.
    bool starts = index == 0 || node.begin() != end;
    if (starts && index != 0)
      os << end << ',';
    if (starts)
      os << node.begin() << '-';
    end = node.end();
  }
  if (!nodes.empty())
    os << end;
  return text;
}

/// The largest complete nodes of the runs that `text` lists.
static std::optional<std::vector<RunNode>> parseRuns(StringRef text) {
  // Twice the runs of any file, and far from the end of 64 bits.
  constexpr uint64_t maxRun = uint64_t(1) << 40;
  std::vector<RunNode> nodes;
  uint64_t position = 0;
  for (StringRef range : split(text, ',')) {
    uint64_t begin, end;
    if (range.consumeInteger(10, begin) || !range.consume_front("-") ||
        range.getAsInteger(10, end) || begin >= end || end > maxRun ||
        begin < position)
      return std::nullopt;
    for (position = begin; position < end; position = nodes.back().end()) {
      RunNode node{0, position};
      while (node.index % 2 == 0 && node.begin() + (2 << node.level) <= end)
        node = {node.level + 1, node.index / 2};
      nodes.push_back(node);
    }
  }
  return nodes;
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

namespace {
class StatisticsReader {
public:
  explicit StatisticsReader(const std::shared_ptr<const SafetensorsFile> &file)
      : owner(file), file(*file) {}

  Error read(Statistics &result);

private:
  Error readMetadata(Statistics &result);
  Error readObserver(StringRef name, ChannelStatistics &result,
                     size_t numNodes);
  Error readMoments(StringRef name, ArrayRef<MomentPart> parts,
                    ChannelStatistics &result);
  Error readSample(StringRef name, uint64_t runs, ChannelStatistics &result);
  Error readHalves(StringRef name, ChannelStatistics &result);
  Error readHistogram(StringRef name, ChannelStatistics &result);
  /// Finds NAME.KIND, which must have this type and shape.
  Expected<const StoredTensor *> getTensor(StringRef name, StringRef kind,
                                           DType dtype,
                                           ArrayRef<int64_t> shape);
  /// Fails at the first value of `tensor` that is not finite.
  template <typename T>
  Error checkFinite(StringRef fullName, ArrayRef<T> values);
  /// Reads NAME.KIND, which must have this type and shape and finite values.
  template <typename T>
  Error readTensor(StringRef name, StringRef kind, DType dtype,
                   ArrayRef<int64_t> shape, std::vector<T> &result);
  Error error(const Twine &message) {
    return createStringError("'" + file.getPath() + "': " + message);
  }

  std::shared_ptr<const SafetensorsFile> owner;
  const SafetensorsFile &file;
};
} // namespace

Error StatisticsReader::readMetadata(Statistics &result) {
  auto get = [&](const char *key) -> StringRef {
    auto it = file.getMetadata().find(key);
    return it == file.getMetadata().end() ? StringRef() : it->second;
  };
  if (get("format") != formatName)
    return error("not a statistics file: its format is '" + get("format") +
                 "', not '" + formatName + "'");
  result.moduleHash = get("module").str();
  std::optional<std::vector<RunNode>> nodes = parseRuns(get("runs"));
  if (!nodes || result.moduleHash.empty() ||
      get("samples_per_run").getAsInteger(10, result.samplesPerRun) ||
      result.samplesPerRun <= 0)
    return error("the metadata (module, runs, samples_per_run) is incomplete");
  result.nodes = std::move(*nodes);
  return Error::success();
}

Expected<const StoredTensor *>
StatisticsReader::getTensor(StringRef name, StringRef kind, DType dtype,
                            ArrayRef<int64_t> shape) {
  std::string fullName = (name + "." + kind).str();
  const StoredTensor *tensor = file.lookup(fullName);
  if (!tensor)
    return error("tensor '" + fullName + "' is missing");
  TensorSpec expected;
  expected.dtype = dtype;
  expected.shape.assign(shape.begin(), shape.end());
  if (tensor->dtype != dtype || tensor->shape != expected.shape)
    return error("tensor '" + fullName + "' is " + describe(*tensor) +
                 ", not " + describe(expected));
  return tensor;
}

template <typename T>
Error StatisticsReader::checkFinite(StringRef fullName, ArrayRef<T> values) {
  if constexpr (std::is_integral_v<T>)
    return Error::success();
  for (auto [channel, value] : enumerate(values))
    if (!std::isfinite(static_cast<double>(value)))
      return error("tensor '" + fullName + "' is " +
                   (std::isnan(double(value)) ? "NaN" : "infinite") +
                   " at element " + Twine(channel) +
                   "; find the input that made it and collect again");
  return Error::success();
}

template <typename T>
Error StatisticsReader::readTensor(StringRef name, StringRef kind, DType dtype,
                                   ArrayRef<int64_t> shape,
                                   std::vector<T> &result) {
  Expected<const StoredTensor *> tensor = getTensor(name, kind, dtype, shape);
  if (!tensor)
    return tensor.takeError();
  result.resize((*tensor)->getNumElements());
  std::memcpy(result.data(), (*tensor)->data.data(), (*tensor)->data.size());
  return checkFinite((*tensor)->name, ArrayRef<T>(result));
}

Error StatisticsReader::readMoments(StringRef name, ArrayRef<MomentPart> parts,
                                    ChannelStatistics &result) {
  if (!file.lookup((name + ".moment2").str()))
    return Error::success();
  int64_t channels = result.getChannels();
  int64_t numParts = parts.size();
  Expected<const StoredTensor *> tensor =
      getTensor(name, "moment2", DType::F32, {numParts, channels, channels});
  if (!tensor)
    return tensor.takeError();
  int64_t bytes = channels * channels * sizeof(float);
  for (int64_t part = 0; part < numParts; ++part) {
    SecondMoment &moment = result.moments.emplace_back(
        channels, (*tensor)->data.slice(part * bytes, bytes), owner);
    if (Error error = checkFinite((*tensor)->name, moment.getMapped()))
      return error;
  }
  return Error::success();
}

Error StatisticsReader::readSample(StringRef name, uint64_t runs,
                                   ChannelStatistics &result) {
  const StoredTensor *tensor = file.lookup((name + ".sample").str());
  if (!tensor)
    return Error::success();
  int64_t rows = tensor->shape.empty() ? 0 : tensor->shape.front();
  if (rows == 0 || rows % runs != 0)
    return error("tensor '" + tensor->name + "' is " + describe(*tensor) +
                 ", not the same number of rows of each of " + Twine(runs) +
                 " runs");
  return readTensor(name, "sample", DType::F32, {rows, result.getChannels()},
                    result.sample);
}

Error StatisticsReader::readHalves(StringRef name, ChannelStatistics &result) {
  result.halfAbsmax.clear();
  if (!file.lookup((name + ".half_absmax").str()))
    return Error::success();
  return readTensor(name, "half_absmax", DType::F32, {2, result.getChannels()},
                    result.halfAbsmax);
}

Error StatisticsReader::readHistogram(StringRef name,
                                      ChannelStatistics &result) {
  if (!file.lookup((name + ".histogram").str()))
    return Error::success();
  int64_t channels = result.getChannels();
  if (Error error =
          readTensor(name, "histogram", DType::U32,
                     {channels, Histogram::numBins}, result.histogram))
    return error;
  for (int64_t channel = 0; channel < channels; ++channel) {
    int64_t total = 0;
    for (uint32_t bin : result.getHistogram(channel))
      total += bin;
    if (total != result.count)
      return error("tensor '" + name + ".histogram' counts " + Twine(total) +
                   " values of channel " + Twine(channel) + ", not " +
                   Twine(result.count));
  }
  return Error::success();
}

Error StatisticsReader::readObserver(StringRef name, ChannelStatistics &result,
                                     size_t numNodes) {
  const StoredTensor *absmax = file.lookup((name + ".absmax").str());
  int64_t channels =
      absmax && absmax->shape.size() == 1 ? absmax->shape.front() : 1;
  int64_t numRows = numNodes;
  std::vector<int64_t> count;
  std::vector<double> sums;
  if (Error error =
          readTensor(name, "absmax", DType::F32, channels, result.absmax))
    return error;
  if (Error error = readTensor(name, "min", DType::F32, channels, result.min))
    return error;
  if (Error error = readTensor(name, "max", DType::F32, channels, result.max))
    return error;
  if (Error error = readTensor(name, "count", DType::I64, 1, count))
    return error;
  if (Error error =
          readTensor(name, "sum_abs", DType::F64, {numRows, channels}, sums))
    return error;

  result.count = count.front();
  if (result.count <= 0)
    return error("tensor '" + name + ".count' is " + Twine(result.count));
  if (any_of(result.absmax, [](float value) { return value < 0; }))
    return error("tensor '" + name + ".absmax' has a negative element");
  for (int64_t row = 0; row < numRows; ++row)
    result.sumAbs.emplace_back(sums.begin() + row * channels,
                               sums.begin() + (row + 1) * channels);
  return Error::success();
}

Error StatisticsReader::read(Statistics &result) {
  if (Error error = readMetadata(result))
    return error;
  std::vector<MomentPart> parts = Statistics::getMomentParts(result.nodes);
  for (const StoredTensor &tensor : file.getTensors()) {
    auto [name, kind] = StringRef(tensor.name).rsplit('.');
    if (!is_contained({"absmax", "min", "max", "mean_abs", "count", "sum_abs",
                       "moment2", "sample", "half_absmax", "histogram"},
                      kind))
      return error("tensor '" + tensor.name + "' is no statistic");
    auto [it, isNew] = result.observers.try_emplace(name.str());
    if (!isNew)
      continue;
    if (Error error = readObserver(name, it->second, result.nodes.size()))
      return error;
    // The mean is made of the sums; what the file says is only checked.
    std::vector<float> mean;
    if (Error error = readTensor(name, "mean_abs", DType::F32,
                                 it->second.getChannels(), mean))
      return error;
    if (Error error = readMoments(name, parts, it->second))
      return error;
    if (Error error = readSample(name, result.getRuns(), it->second))
      return error;
    if (Error error = readHalves(name, it->second))
      return error;
    if (Error error = readHistogram(name, it->second))
      return error;
    if (!it->second.moments.empty())
      result.momentParts = parts;
  }
  return Error::success();
}

Expected<Statistics> Statistics::read(StringRef path) {
  auto file = SafetensorsFile::open(path);
  if (!file)
    return file.takeError();
  Statistics result;
  if (Error error = StatisticsReader(*file).read(result))
    return std::move(error);
  return result;
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

template <typename T>
static void addTensor(SafetensorsWriter &writer, const Twine &name, DType dtype,
                      ArrayRef<int64_t> shape, std::vector<T> values) {
  TensorSpec spec;
  spec.name = name.str();
  spec.dtype = dtype;
  spec.shape.assign(shape.begin(), shape.end());
  writer.add(std::move(spec), [values = std::move(values)](raw_ostream &os) {
    os.write(reinterpret_cast<const char *>(values.data()),
             values.size() * sizeof(T));
    return Error::success();
  });
}

/// Adds second moments, which are written one after the other from where they
/// are.
static void addMoments(SafetensorsWriter &writer, const Twine &name,
                       const ChannelStatistics &observer) {
  TensorSpec spec;
  spec.name = name.str();
  int64_t channels = observer.getChannels();
  spec.shape = {static_cast<int64_t>(observer.moments.size()), channels,
                channels};
  writer.add(std::move(spec), [&observer](raw_ostream &os) {
    for (const SecondMoment &moment : observer.moments)
      moment.write(os);
    return Error::success();
  });
}

static void addObserver(SafetensorsWriter &writer, StringRef name,
                        const ChannelStatistics &observer) {
  int64_t channels = observer.getChannels();
  int64_t numRows = observer.sumAbs.size();
  auto add = [&](StringRef kind, const std::vector<float> &values) {
    addTensor(writer, name + "." + kind, DType::F32, channels, values);
  };
  add("absmax", observer.absmax);
  add("min", observer.min);
  add("max", observer.max);
  add("mean_abs", observer.getMeanAbs());
  addTensor(writer, name + ".count", DType::I64, 1,
            std::vector<int64_t>{observer.count});
  std::vector<double> sums;
  for (const std::vector<double> &row : observer.sumAbs)
    append_range(sums, row);
  addTensor(writer, name + ".sum_abs", DType::F64, {numRows, channels},
            std::move(sums));
  if (!observer.moments.empty())
    addMoments(writer, name + ".moment2", observer);
  if (!observer.sample.empty()) {
    int64_t sampleRows = observer.sample.size() / channels;
    addTensor(writer, name + ".sample", DType::F32, {sampleRows, channels},
              observer.sample);
  }
  if (!observer.halfAbsmax.empty())
    addTensor(writer, name + ".half_absmax", DType::F32, {2, channels},
              observer.halfAbsmax);
  if (!observer.histogram.empty())
    addTensor(writer, name + ".histogram", DType::U32,
              {channels, Histogram::numBins}, observer.histogram);
}

Error Statistics::write(StringRef path) const {
  SafetensorsWriter writer;
  writer.setMetadata("format", formatName);
  writer.setMetadata("module", moduleHash);
  writer.setMetadata("runs", printRuns(nodes));
  writer.setMetadata("samples", std::to_string(getSamples()));
  writer.setMetadata("samples_per_run", std::to_string(samplesPerRun));
  writer.setMetadata("tokens", std::to_string(getTokens()));
  for (const auto &[name, observer] : observers)
    addObserver(writer, name, observer);
  return writer.write(path);
}
