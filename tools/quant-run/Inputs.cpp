//===- Inputs.cpp - input files of a run ----------------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Inputs.h"

#include "quant-mlir/Dialect/Quant/Utils/StoredTensors.h"
#include "quant-mlir/Target/Npy.h"
#include "quant-mlir/Target/Safetensors.h"

#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::quantmlir;
using llvm::createStringError;
using llvm::Error;

static std::string toText(Type type) {
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text;
}

/// Adds what one --input option names to `result`.
Error InputSet::load(StringRef file, size_t numArguments,
                     std::vector<Input> &result) {
  if (file.ends_with(".npy")) {
    auto array = NpyFile::open(file);
    if (!array)
      return array.takeError();
    result.push_back({(*array)->getTensor(), *array});
    result.back().tensor.name = file.str();
    return Error::success();
  }

  constexpr StringLiteral extension = ".safetensors";
  size_t end = file.rfind(extension);
  StringRef rest = end == StringRef::npos
                       ? StringRef("?")
                       : file.drop_front(end + extension.size());
  if (!rest.empty() && !rest.consume_front(":"))
    return createStringError("input '" + file +
                             "' is neither FILE.npy nor FILE.safetensors nor "
                             "FILE.safetensors:TENSOR");
  auto tensors = SafetensorsFile::open(file.take_front(end + extension.size()));
  if (!tensors)
    return tensors.takeError();
  auto add = [&](const StoredTensor &tensor) {
    result.push_back({tensor, *tensors});
    result.back().tensor.name =
        ((*tensors)->getPath() + ":" + tensor.name).str();
  };
  ArrayRef<StoredTensor> all = (*tensors)->getTensors();
  if (!rest.empty()) {
    const StoredTensor *tensor = (*tensors)->lookup(rest);
    if (!tensor)
      return createStringError("'" + (*tensors)->getPath() +
                               "' has no tensor '" + rest + "'");
    add(*tensor);
    return Error::success();
  }
  if (all.size() == 1) {
    add(all.front());
    return Error::success();
  }
  for (size_t i = 0; i < numArguments; ++i) {
    const StoredTensor *tensor = (*tensors)->lookup("arg" + std::to_string(i));
    if (!tensor) {
      std::string names = llvm::join(
          llvm::map_range(all, [](const StoredTensor &t) { return t.name; }),
          ", ");
      return createStringError(
          "'" + file + "' has several tensors (" + names +
          "); choose one for each argument with --input=" + file + ":NAME");
    }
    add(*tensor);
  }
  return Error::success();
}

/// Copies elements that the file does not align: programs expect it.
void InputSet::alignElements(Input &input) {
  auto address = reinterpret_cast<uintptr_t>(input.tensor.data.data());
  if (address % getDTypeBytes(input.tensor.dtype) == 0)
    return;
  auto copy = std::make_shared<std::vector<char>>(input.tensor.data.begin(),
                                                  input.tensor.data.end());
  input.tensor.data = *copy;
  input.owner = std::move(copy);
}

/// Checks the inputs against the arguments and finds the number of runs.
Error InputSet::match(ArrayRef<RankedTensorType> arguments) {
  if (inputs.size() != arguments.size())
    return createStringError("the function takes " + Twine(arguments.size()) +
                             " arguments, but --input gives " +
                             Twine(inputs.size()) + " tensors");
  for (auto [index, input, type] : llvm::enumerate(inputs, arguments)) {
    const StoredTensor &tensor = input.tensor;
    ArrayRef<int64_t> stored = tensor.shape, wanted = type.getShape();
    bool sameRest = stored.size() == wanted.size() && !wanted.empty() &&
                    stored.drop_front() == wanted.drop_front();
    if (getDType(type.getElementType()) != tensor.dtype)
      return createStringError("'" + tensor.name + "' is " + describe(tensor) +
                               ", but argument " + Twine(index) + " is " +
                               toText(type) + ": convert the elements before");
    if (!sameRest)
      return createStringError(
          "'" + tensor.name + "' is " + describe(tensor) + ", but argument " +
          Twine(index) + " is " + toText(type) +
          ": all but the first dimension must be the same");
    if (wanted[0] == 0)
      return createStringError("argument " + Twine(index) + " is " +
                               toText(type) +
                               ", which holds no sample: there is nothing to "
                               "run");
    if (stored[0] == 0)
      return createStringError("'" + tensor.name +
                               "' holds no sample: there is nothing to run");
    if (stored[0] % wanted[0] != 0)
      return createStringError("'" + tensor.name + "' has " + Twine(stored[0]) +
                               " samples, which is no multiple of the " +
                               Twine(wanted[0]) +
                               " that the function takes at once");
    int64_t inputRuns = stored[0] / wanted[0];
    if (index == 0) {
      runs = inputRuns;
      samplesPerRun = wanted[0];
    } else if (inputRuns != runs) {
      return createStringError(
          "'" + inputs[0].tensor.name + "' is enough for " + Twine(runs) +
          " runs, but '" + tensor.name + "' for " + Twine(inputRuns));
    }
    input.bytesPerRun = tensor.getBytes() / inputRuns;
  }
  return Error::success();
}

/// Narrows the runs to the samples that were asked for.
Error InputSet::select(int64_t first, int64_t count) {
  int64_t samples = runs * samplesPerRun;
  if (first < 0 || first >= samples)
    return createStringError("--first=" + Twine(first) + ": there are " +
                             Twine(samples) + " samples");
  count = std::min(count, samples - first);
  if (first % samplesPerRun != 0 || count % samplesPerRun != 0 || count == 0)
    return createStringError("samples " + Twine(first) + " to " +
                             Twine(first + count) + ": give multiples of the " +
                             Twine(samplesPerRun) +
                             " samples that the function takes at once");
  firstRun = first / samplesPerRun;
  runs = count / samplesPerRun;
  return Error::success();
}

llvm::Expected<InputSet> InputSet::open(ArrayRef<std::string> files,
                                        ArrayRef<RankedTensorType> arguments,
                                        int64_t first, int64_t count) {
  InputSet set;
  for (const std::string &file : files)
    if (Error error = load(file, arguments.size(), set.inputs))
      return std::move(error);
  for (Input &input : set.inputs)
    alignElements(input);
  if (Error error = set.match(arguments))
    return std::move(error);
  if (Error error = set.select(first, count))
    return std::move(error);
  return set;
}

SmallVector<const void *> InputSet::getArguments(int64_t run) const {
  SmallVector<const void *> pointers;
  for (const Input &input : inputs)
    pointers.push_back(input.tensor.data.data() +
                       (firstRun + run) * input.bytesPerRun);
  return pointers;
}
