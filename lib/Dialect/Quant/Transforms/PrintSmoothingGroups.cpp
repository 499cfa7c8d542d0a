//===- PrintSmoothingGroups.cpp - where scales would go -------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScaleConstants.h"
#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"
#include "quant-mlir/Dialect/Quant/Transforms/Passes.h"
#include "quant-mlir/Dialect/Quant/Utils/Linears.h"
#include "quant-mlir/Dialect/Quant/Utils/Observers.h"
#include "quant-mlir/Dialect/Quant/Utils/SmoothingGroups.h"
#include "quant-mlir/Target/Tensor.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/Support/JSON.h"

namespace mlir::quantmlir {
#define GEN_PASS_DEF_QUANTPRINTSMOOTHINGGROUPS
#include "quant-mlir/Dialect/Quant/Transforms/Passes.h.inc"
} // namespace mlir::quantmlir

using namespace mlir;
using namespace mlir::quantmlir;

namespace {
enum class Outcome { Folds, FoldsWithTies, Stays };

/// What planning says of the scale of one group.
struct GroupReport {
  explicit GroupReport(ObserveOp observe)
      : loc(observe.getLoc()), name(observe.getName().str()) {}

  Location loc;
  std::string name, function;
  SmallVector<std::string> linears;
  /// The names of the linears' weights, which a group that cannot be matched
  /// has too.
  SmallVector<std::string> parameters;
  int64_t channels = 0;
  Outcome outcome = Outcome::Stays;
  /// Channels that need one scale, and those whose scale must be 1.
  SmallVector<SmallVector<int64_t>> tied;
  SmallVector<int64_t> fixed;
  /// Scales that can be chosen.
  int64_t scales = 0;
  /// What takes the scale.
  SmallVector<std::string> constants;
  MigrationBlocker blocker;

  std::string getSummary() const;
  void write(llvm::json::OStream &json) const;
};

struct PrintSmoothingGroupsPass
    : quantmlir::impl::QuantPrintSmoothingGroupsBase<PrintSmoothingGroupsPass> {
  using QuantPrintSmoothingGroupsBase::QuantPrintSmoothingGroupsBase;

  void getDependentDialects(DialectRegistry &registry) const override {
    QuantPrintSmoothingGroupsBase::getDependentDialects(registry);
    registerQuantOps(registry);
    registerScaleMigrationModels(registry);
  }

  void runOnOperation() override;

private:
  void print(ArrayRef<GroupReport> reports);
  void remark(const GroupReport &report);
  LogicalResult writeJson(ArrayRef<GroupReport> reports);
};
} // namespace

static StringRef toText(Outcome outcome) {
  switch (outcome) {
  case Outcome::Folds:
    return "folds";
  case Outcome::FoldsWithTies:
    return "ties";
  case Outcome::Stays:
    return "stays";
  }
  llvm_unreachable("unknown outcome");
}

//===----------------------------------------------------------------------===//
// Planning
//===----------------------------------------------------------------------===//

static void addClasses(const ChannelClasses &classes, GroupReport &report) {
  llvm::MapVector<ScaleChannel, SmallVector<int64_t>> members;
  for (int64_t channel : llvm::seq(classes.getNumChannels()))
    members[classes.find(channel)].push_back(channel);
  for (auto &[shared, channels] : members) {
    if (shared == oneChannel)
      report.fixed = channels;
    else if (channels.size() > 1)
      report.tied.push_back(channels);
  }
  report.scales = classes.getNumFree();
}

static GroupReport plan(ObserveOp observe) {
  GroupReport report(observe);
  if (auto function = observe->getParentOfType<FunctionOpInterface>())
    report.function = function.getName().str();
  for (Operation *user : observe->getUsers())
    if (std::optional<Linear> linear = matchLinear(user))
      report.parameters.push_back(getWeightName(linear->weight).str());
  auto matched = matchSmoothingGroup(observe);
  if (auto *no = std::get_if<NoGroup>(&matched)) {
    report.blocker = {observe, no->reason, no->suggestion};
    return report;
  }
  auto &group = std::get<SmoothingGroup>(matched);
  report.channels = group.channels;
  for (const Linear &linear : group.linears)
    report.linears.push_back(linear.getName().str());
  MigrationPlan plan = planMigration(group);
  addClasses(plan.classes, report);
  for (const ScaleDemand &demand :
       llvm::concat<ScaleDemand>(plan.constants, plan.widened)) {
    std::string name = describeConstant(demand.operand->get());
    if (!llvm::is_contained(report.constants, name))
      report.constants.push_back(name);
  }
  report.blocker = plan.blocker;
  if (plan.folds)
    report.outcome =
        plan.classes.isDiscrete() ? Outcome::Folds : Outcome::FoldsWithTies;
  return report;
}

/// The names of the weights of linears that read no observer.
static llvm::SetVector<StringRef> getUnobserved(ModuleOp module) {
  llvm::SetVector<StringRef> names;
  module.walk([&](linalg::MatmulOp op) {
    std::optional<Linear> linear = matchLinear(op);
    if (linear && !linear->input.getDefiningOp<ObserveOp>())
      names.insert(getWeightName(linear->weight));
  });
  return names;
}

//===----------------------------------------------------------------------===//
// Output
//===----------------------------------------------------------------------===//

/// "folds into a.weight, b.weight", and the like.
std::string GroupReport::getSummary() const {
  if (outcome == Outcome::Stays)
    return "stays: " + blocker.reason;
  std::string text = "folds into " + llvm::join(constants, ", ");
  if (outcome == Outcome::FoldsWithTies)
    text += " with ties: " + std::to_string(scales) + " scales for " +
            std::to_string(channels) + " channels";
  return text;
}

void GroupReport::write(llvm::json::OStream &json) const {
  auto list = [&](StringRef key, auto &&range) {
    json.attributeArray(key, [&] {
      for (const auto &entry : range)
        json.value(entry);
    });
  };
  json.object([&] {
    json.attribute("name", name);
    json.attribute("function", function);
    json.attribute("channels", channels);
    list("linears", linears);
    list("parameters", parameters);
    json.attribute("outcome", toText(outcome));
    if (outcome == Outcome::Stays) {
      json.attribute("reason", blocker.reason);
      json.attribute("op", blocker.op ? blocker.op->getName().getStringRef()
                                      : StringRef());
      json.attribute("suggestion", blocker.suggestion);
      return;
    }
    json.attribute("scales", scales);
    list("constants", constants);
    json.attributeArray("tied", [&] {
      for (ArrayRef<int64_t> members : tied)
        json.array([&] {
          for (int64_t channel : members)
            json.value(channel);
        });
    });
    list("fixed", fixed);
  });
}

static int64_t count(ArrayRef<GroupReport> reports, Outcome outcome) {
  return llvm::count_if(
      reports, [&](const GroupReport &r) { return r.outcome == outcome; });
}

void PrintSmoothingGroupsPass::print(ArrayRef<GroupReport> reports) {
  for (const GroupReport &report : reports)
    llvm::errs() << report.name << ": " << report.getSummary() << '\n';
  llvm::errs() << reports.size()
               << " groups: " << count(reports, Outcome::Folds) << " fold, "
               << count(reports, Outcome::FoldsWithTies) << " fold with ties, "
               << count(reports, Outcome::Stays) << " stay\n";
}

void PrintSmoothingGroupsPass::remark(const GroupReport &report) {
  auto remark = remark::analysis(report.loc,
                                 remark::RemarkOpts::name("SmoothingGroup")
                                     .category("quant-print-smoothing-groups"));
  remark << remark::add("{0} {1}", report.name, report.getSummary())
         << remark::metric("Channels", report.channels)
         << remark::metric("Scales", report.scales)
         << remark::metric("Linears",
                           static_cast<int64_t>(report.linears.size()));
  if (!report.blocker.suggestion.empty())
    remark << remark::suggest("{0}", report.blocker.suggestion);
}

LogicalResult
PrintSmoothingGroupsPass::writeJson(ArrayRef<GroupReport> reports) {
  llvm::Error error = writeFileAtomically(json, [&](raw_ostream &os) {
    llvm::json::OStream writer(os, 1);
    writer.object([&] {
      for (Outcome outcome :
           {Outcome::Folds, Outcome::FoldsWithTies, Outcome::Stays})
        writer.attribute(toText(outcome), count(reports, outcome));
      writer.attributeArray("groups", [&] {
        for (const GroupReport &report : reports)
          report.write(writer);
      });
      writer.attributeArray("unobserved", [&] {
        for (StringRef name : getUnobserved(getOperation()))
          writer.value(name);
      });
    });
    os << '\n';
    return llvm::Error::success();
  });
  if (error)
    return mlir::emitError(getOperation().getLoc())
           << toString(std::move(error));
  return success();
}

void PrintSmoothingGroupsPass::runOnOperation() {
  markAllAnalysesPreserved();
  SmallVector<ObserveOp> observers = getObservers(getOperation());
  if (observers.empty()) {
    mlir::emitError(getOperation().getLoc(),
                    "there is no quant.observe: run quant-raise-linears and "
                    "quant-insert-observers before; if they have run, no "
                    "matmul has a constant weight of its own");
    return signalPassFailure();
  }
  std::vector<GroupReport> reports;
  for (ObserveOp observe : observers) {
    reports.push_back(plan(observe));
    remark(reports.back());
  }
  numFolds = count(reports, Outcome::Folds);
  numTies = count(reports, Outcome::FoldsWithTies);
  numStay = count(reports, Outcome::Stays);
  if (json.empty())
    return print(reports);
  if (failed(writeJson(reports)))
    signalPassFailure();
}
