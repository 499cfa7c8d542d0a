//===- DeviceNotes.cpp - what a GPU does not do as asked ------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DeviceNotes.h"

#include "mlir/IR/Remarks.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::quantmlir;

namespace {
class NotesStreamer : public remark::detail::MLIRRemarkStreamerBase {
public:
  explicit NotesStreamer(DeviceNotes &notes) : notes(notes) {}

  void streamOptimizationRemark(const remark::detail::Remark &remark) override {
    auto get = [&](StringRef key) {
      const auto *arg = llvm::find_if(
          remark.getArgs(), [&](const auto &arg) { return arg.key == key; });
      return arg == remark.getArgs().end() ? std::string() : arg->val;
    };
    if (remark.getRemarkName() == "StaysOnCPU")
      ++notes.onCPU[get("Reason")];
    else if (remark.getRemarkName() == "Substituted")
      notes.substituted.insert(get("Remark"));
  }

private:
  DeviceNotes &notes;
};
} // namespace

LogicalResult DeviceNotes::collectFrom(MLIRContext &context) {
  remark::RemarkCategories categories;
  categories.missed = "quant-outline-device-code|convert-quant-to-nvgpu";
  return remark::enableOptimizationRemarks(
      context, std::make_unique<NotesStreamer>(*this),
      std::make_unique<remark::RemarkEmittingPolicyAll>(), categories);
}

void DeviceNotes::print(llvm::raw_ostream &os) const {
  for (const auto &[reason, count] : onCPU)
    os << "quant-run: " << count << " op(s) stay on the CPU: " << reason
       << "\n";
  for (const std::string &text : substituted)
    os << "quant-run: " << text << "\n";
}
