//===- Clustering.cpp - which ops one kernel computes ---------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Clustering.h"

#include "Access.h"
#include "Gemm.h"
#include "RowNest.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace mlir::quantmlir;

/// Inner loops shorter than this do not fill vector registers.
static constexpr int64_t minRowElements = 32;
/// Fewer rows than this leave threads without work.
static constexpr int64_t minParallelRows = 64;

/// A generic without tensor operands: a fill, or a function of indices.
static bool isIndexFunction(Operation *op) {
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  if (!linalgOp || !KernelOp::isElementwise(op) ||
      llvm::any_of(linalgOp.getDpsInputs(), [](Value input) {
        return isa<RankedTensorType>(input.getType());
      }))
    return false;
  return !linalgOp.payloadUsesValueFromOperand(linalgOp.getDpsInitOperand(0)) &&
         llvm::all_of(linalgOp.getBlock()->getOperations(), [](Operation &o) {
           return isMemoryEffectFree(&o) && !isa<tensor::ExtractOp>(o) &&
                  o.getName().getDialectNamespace() != "math";
         });
}

bool quantmlir::isRecomputed(Operation *op) {
  if (op->hasTrait<OpTrait::ConstantLike>() || isa<tensor::EmptyOp>(op) ||
      getViewSource(op))
    return true;
  if (op->hasAttr(materializeAttrName))
    return false;
  if (isIndexFunction(op))
    return true;
  return op->getNumResults() > 0 && isMemoryEffectFree(op) &&
         llvm::none_of(op->getResultTypes(),
                       [](Type type) { return isa<ShapedType>(type); });
}

namespace {
/// One op of the block, by its position there.
struct Node {
  Operation *op;
  SmallVector<unsigned> operands;
  SmallVector<unsigned> users;
  bool isConstant = false;
  int cluster = -1;
};

struct Candidate {
  SmallVector<unsigned> nodes;
  SmallVector<int64_t> rowCounts;
};

class ClusterFinder {
public:
  ClusterFinder(Block &block, bool separateConstants)
      : separateConstants(separateConstants) {
    collectNodes(block);
  }

  SmallVector<Cluster> run();

private:
  void collectNodes(Block &block);
  void collectOperands(Operation *op, llvm::SetVector<unsigned> &operands,
                       bool &dependsOnArgument);
  void place(unsigned index);
  std::optional<Candidate> merge(const Candidate &lhs,
                                 const Candidate &rhs) const;
  bool makesCycle(ArrayRef<unsigned> nodes) const;
  bool rowsMatch(const Candidate &lhs, const Candidate &rhs,
                 int64_t rows) const;
  int64_t chooseRows(ArrayRef<unsigned> nodes,
                     ArrayRef<int64_t> rowCounts) const;

  bool separateConstants;
  std::vector<Node> nodes;
  DenseMap<Operation *, unsigned> positions;
  std::vector<Candidate> clusters;
};
} // namespace

void ClusterFinder::collectOperands(Operation *op,
                                    llvm::SetVector<unsigned> &operands,
                                    bool &dependsOnArgument) {
  llvm::SetVector<Value> used(op->operand_begin(), op->operand_end());
  getUsedValuesDefinedAbove(op->getRegions(), used);
  for (Value value : used) {
    Operation *producer = value.getDefiningOp();
    if (!producer)
      dependsOnArgument = true;
    else if (auto it = positions.find(producer); it != positions.end())
      operands.insert(it->second);
    else
      collectOperands(producer, operands, dependsOnArgument);
  }
}

void ClusterFinder::collectNodes(Block &block) {
  for (Operation &op : block) {
    if (isRecomputed(&op))
      continue;
    Node node{&op, {}, {}};
    llvm::SetVector<unsigned> operands;
    bool dependsOnArgument = false;
    collectOperands(&op, operands, dependsOnArgument);
    node.operands = operands.takeVector();
    node.isConstant = separateConstants && !dependsOnArgument &&
                      llvm::all_of(node.operands, [&](unsigned operand) {
                        return nodes[operand].isConstant;
                      });
    for (unsigned operand : node.operands)
      nodes[operand].users.push_back(nodes.size());
    positions[&op] = nodes.size();
    nodes.push_back(std::move(node));
  }
}

/// True if some path leaves the set and comes back, when every cluster on it
/// runs as a whole.
bool ClusterFinder::makesCycle(ArrayRef<unsigned> set) const {
  llvm::BitVector inside(nodes.size()), seen(nodes.size());
  unsigned last = 0;
  for (unsigned index : set) {
    inside.set(index);
    last = std::max(last, index);
  }
  SmallVector<unsigned> worklist;
  auto visit = [&](unsigned index) {
    if (inside.test(index) || seen.test(index) || index > last)
      return;
    int cluster = nodes[index].cluster;
    if (cluster < 0) {
      seen.set(index);
      worklist.push_back(index);
      return;
    }
    for (unsigned member : clusters[cluster].nodes) {
      seen.set(member);
      worklist.push_back(member);
    }
  };
  for (unsigned index : set)
    for (unsigned user : nodes[index].users)
      visit(user);
  while (!worklist.empty()) {
    unsigned index = worklist.pop_back_val();
    for (unsigned user : nodes[index].users) {
      if (inside.test(user))
        return true;
      visit(user);
    }
  }
  return false;
}

bool ClusterFinder::rowsMatch(const Candidate &lhs, const Candidate &rhs,
                              int64_t rows) const {
  auto readsMatch = [&](const Candidate &producers, const Candidate &users) {
    for (unsigned user : users.nodes)
      for (unsigned operand : nodes[user].operands)
        if (llvm::is_contained(producers.nodes, operand))
          for (Value result : nodes[operand].op->getResults())
            if (!readsOwnRow(nodes[user].op, result, rows))
              return false;
    return true;
  };
  return readsMatch(lhs, rhs) && readsMatch(rhs, lhs);
}

static int64_t getMaxElements(Operation *op) {
  int64_t elements = 0;
  auto count = [&](Value value) {
    if (auto type = dyn_cast<RankedTensorType>(value.getType()))
      elements = std::max(elements, type.getNumElements());
  };
  llvm::for_each(op->getResults(), count);
  if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
      linalgOp && linalgOp.getNumReductionLoops() > 0)
    llvm::for_each(linalgOp.getDpsInputs(), count);
  return elements;
}

/// The most rows that leave the longest row long enough for vectors.
int64_t ClusterFinder::chooseRows(ArrayRef<unsigned> members,
                                  ArrayRef<int64_t> rowCounts) const {
  int64_t elements = 0;
  for (unsigned index : members)
    elements = std::max(elements, getMaxElements(nodes[index].op));
  int64_t chosen = rowCounts.front();
  for (int64_t rows : rowCounts)
    if (elements / rows >= minRowElements)
      chosen = rows;
  return chosen;
}

std::optional<Candidate> ClusterFinder::merge(const Candidate &lhs,
                                              const Candidate &rhs) const {
  Candidate merged;
  for (int64_t rows : lhs.rowCounts)
    if (llvm::is_contained(rhs.rowCounts, rows) && rowsMatch(lhs, rhs, rows))
      merged.rowCounts.push_back(rows);
  if (merged.rowCounts.empty())
    return std::nullopt;
  llvm::append_range(merged.nodes, lhs.nodes);
  llvm::append_range(merged.nodes, rhs.nodes);
  int64_t rows = chooseRows(merged.nodes, merged.rowCounts);
  if (rows < minParallelRows && rows < chooseRows(lhs.nodes, lhs.rowCounts) &&
      rows < chooseRows(rhs.nodes, rhs.rowCounts))
    return std::nullopt;
  if (makesCycle(merged.nodes))
    return std::nullopt;
  llvm::sort(merged.nodes);
  return merged;
}

/// Puts the node with index `index` into a cluster with as many of its
/// operands' clusters as possible, the latest first.
void ClusterFinder::place(unsigned index) {
  Node &node = nodes[index];
  Candidate candidate{{index}, KernelOp(node.op).getRowCounts()};
  SmallVector<int> producers;
  for (unsigned operand : node.operands)
    if (nodes[operand].cluster >= 0 &&
        nodes[operand].isConstant == node.isConstant &&
        !llvm::is_contained(producers, nodes[operand].cluster))
      producers.push_back(nodes[operand].cluster);
  llvm::sort(producers, [&](int lhs, int rhs) {
    return clusters[lhs].nodes.back() > clusters[rhs].nodes.back();
  });
  SmallVector<int> joined;
  for (int producer : producers) {
    std::optional<Candidate> merged = merge(clusters[producer], candidate);
    if (!merged)
      continue;
    candidate = std::move(*merged);
    joined.push_back(producer);
  }
  for (int producer : joined)
    clusters[producer].nodes.clear();
  for (unsigned member : candidate.nodes)
    nodes[member].cluster = clusters.size();
  clusters.push_back(std::move(candidate));
}

SmallVector<Cluster> ClusterFinder::run() {
  for (unsigned i = 0, e = nodes.size(); i < e; ++i) {
    auto linalgOp = dyn_cast<linalg::LinalgOp>(nodes[i].op);
    if (KernelOp::isSupported(nodes[i].op) && !(linalgOp && isGemm(linalgOp)))
      place(i);
  }
  SmallVector<Cluster> result;
  for (const Candidate &candidate : clusters) {
    if (candidate.nodes.empty())
      continue;
    Cluster cluster;
    for (unsigned index : candidate.nodes)
      cluster.ops.push_back(nodes[index].op);
    cluster.rows = chooseRows(candidate.nodes, candidate.rowCounts);
    result.push_back(std::move(cluster));
  }
  return result;
}

SmallVector<Cluster> quantmlir::findClusters(Block &block,
                                             bool separateConstants) {
  return ClusterFinder(block, separateConstants).run();
}
