//===- BlockOrder.cpp - basic blocks, post-dominators, layout -------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Flatten.h"

#include <algorithm>

using namespace llvm;

namespace quantmlir::ptx {

static bool endsBlock(const Statement &statement) {
  return statement.opcode == "bra" || statement.opcode == "exit" ||
         statement.opcode == "ret";
}

static void formBlocks(const FlatFunction &function, BlockOrder &result) {
  size_t size = function.body.size();
  std::vector<bool> leader(size + 1, false);
  leader[0] = true;
  for (unsigned label : function.labels)
    if (label < size)
      leader[label] = true;
  for (size_t i = 0; i + 1 < size; ++i)
    if (endsBlock(function.body[i]))
      leader[i + 1] = true;

  std::vector<unsigned> blockAt(size, 0);
  for (size_t i = 0; i < size; ++i) {
    if (leader[i]) {
      BlockOrder::Block block;
      block.begin = unsigned(i);
      result.blocks.push_back(block);
    }
    blockAt[i] = unsigned(result.blocks.size()) - 1;
    result.blocks.back().end = unsigned(i) + 1;
  }
  for (size_t b = 0; b < result.blocks.size(); ++b) {
    BlockOrder::Block &block = result.blocks[b];
    const Statement &last = function.body[block.end - 1];
    bool falls = !endsBlock(last) || last.guard >= 0;
    if (falls && b + 1 < result.blocks.size()) {
      block.fallThrough = int(b) + 1;
      block.successors.push_back(unsigned(b) + 1);
    }
    // A branch without a label is an error when it is decoded.
    if (last.opcode == "bra" && !last.operands.empty() &&
        last.operands[0].kind == Operand::Kind::Label)
      block.successors.push_back(
          blockAt[function.labels[last.operands[0].label]]);
  }
}

namespace {

/// Immediate post-dominators by the iterative algorithm of Cooper, Harvey and
/// Kennedy, "A Simple, Fast Dominance Algorithm", on the reversed graph.
class PostDominators {
public:
  explicit PostDominators(BlockOrder &result)
      : blocks(result.blocks), exit(unsigned(blocks.size())) {}

  void compute() {
    numberFromExit();
    std::vector<int> dominator(exit + 1, -1);
    dominator[exit] = int(exit);
    for (bool changed = true; changed;) {
      changed = false;
      for (size_t i = sequence.size(); i-- > 0;) {
        unsigned b = sequence[i];
        if (b == exit)
          continue;
        int merged = mergeExits(dominator, b);
        if (merged >= 0 && dominator[b] != merged) {
          dominator[b] = merged;
          changed = true;
        }
      }
    }
    for (unsigned b = 0; b < exit; ++b)
      blocks[b].postDominator = dominator[b] == int(exit) ? -1 : dominator[b];
  }

private:
  SmallVector<unsigned, 3> exits(unsigned b) const {
    SmallVector<unsigned, 3> result(blocks[b].successors.begin(),
                                    blocks[b].successors.end());
    if (result.empty())
      result.push_back(exit);
    return result;
  }

  // Post-order of the reversed graph, the exit last.
  void numberFromExit() {
    std::vector<SmallVector<unsigned, 4>> predecessors(exit + 1);
    for (unsigned b = 0; b < exit; ++b)
      for (unsigned s : exits(b))
        predecessors[s].push_back(b);
    number.assign(exit + 1, 0);
    std::vector<bool> seen(exit + 1, false);
    std::vector<std::pair<unsigned, unsigned>> stack{{exit, 0}};
    seen[exit] = true;
    while (!stack.empty()) {
      auto &[node, child] = stack.back();
      if (child < predecessors[node].size()) {
        unsigned next = predecessors[node][child++];
        if (!seen[next]) {
          seen[next] = true;
          stack.push_back({next, 0});
        }
        continue;
      }
      number[node] = unsigned(sequence.size());
      sequence.push_back(node);
      stack.pop_back();
    }
  }

  /// What post-dominates all exits of `b` that are known, or -1.
  int mergeExits(const std::vector<int> &dominator, unsigned b) const {
    int merged = -1;
    for (unsigned s : exits(b))
      if (dominator[s] >= 0)
        merged = merged < 0 ? int(s)
                            : int(intersect(dominator, unsigned(merged), s));
    return merged;
  }

  unsigned intersect(const std::vector<int> &dominator, unsigned a,
                     unsigned b) const {
    while (a != b) {
      while (number[a] < number[b])
        a = unsigned(dominator[a]);
      while (number[b] < number[a])
        b = unsigned(dominator[b]);
    }
    return a;
  }

  std::vector<BlockOrder::Block> &blocks;
  unsigned exit;
  std::vector<unsigned> number, sequence;
};

} // namespace

// Reverse post-order of a depth-first walk that visits each block's
// post-dominator before its successors, which puts the post-dominator behind
// them in the order.
static void layOut(BlockOrder &result) {
  std::vector<bool> seen(result.blocks.size(), false);
  std::vector<std::pair<unsigned, unsigned>> stack{{0, 0}};
  seen[0] = true;
  while (!stack.empty()) {
    auto &[node, child] = stack.back();
    const BlockOrder::Block &block = result.blocks[node];
    int next = -1;
    if (child == 0)
      next = block.postDominator;
    else if (child <= block.successors.size())
      // The fall-through comes last here, hence directly behind its block.
      next = int(block.successors[block.successors.size() - child]);
    else {
      result.order.push_back(node);
      stack.pop_back();
      continue;
    }
    ++child;
    if (next >= 0 && !seen[next]) {
      seen[next] = true;
      stack.push_back({unsigned(next), 0});
    }
  }
  std::reverse(result.order.begin(), result.order.end());
}

BlockOrder orderBlocks(const FlatFunction &function) {
  BlockOrder result;
  formBlocks(function, result);
  PostDominators(result).compute();
  layOut(result);
  return result;
}

} // namespace quantmlir::ptx
