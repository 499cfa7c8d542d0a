//===- WordHistory.h - the accesses of one word of memory -------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTMLIR_LIB_PTX_WORDHISTORY_H
#define QUANTMLIR_LIB_PTX_WORDHISTORY_H

#include <cstddef>
#include <cstdint>
#include <vector>

namespace quantmlir::ptx {

/// An access that later ones of the same word are checked against.
struct AccessRecord {
  uint64_t cta;
  uint32_t thread;
  uint32_t clock;
  uint32_t line;
  /// Bytes of the word.
  uint8_t bytes;
  bool write;
  /// Atomic, volatile, relaxed, acquire or release: two such never race.
  bool strong;
  /// By the async proxy: `cta` is then a key of its own (see agentKey).
  bool async = false;
};

/// The accesses that later ones may conflict with. A word that very many
/// threads read, or update by atomics, has a record of each of them, at which
/// the next of its kind need not look: reads do not conflict with reads, nor
/// strong accesses with strong ones. All are looked at, and those that others
/// replace leave, only when there are twice as many as after the last time.
class WordHistory {
public:
  /// Calls `isReplaced` for the records that `fresh` may conflict with, and
  /// sometimes for all; those of which it is true leave.
  template <typename Function>
  void visit(const AccessRecord &fresh, Function isReplaced) {
    bool whole = records.size() <= few || records.size() >= tidyAt;
    for (unsigned group = 0; group < groups; ++group)
      if (whole || mayConflict(fresh, group))
        visitGroup(group, isReplaced);
    if (records.size() >= tidyAt)
      tidy();
  }
  void add(const AccessRecord &fresh);
  const std::vector<AccessRecord> &all() const { return records; }

private:
  enum Group : unsigned {
    WeakWrites,
    StrongWrites,
    WeakReads,
    StrongReads,
    groups,
    lastGroup = groups - 1
  };
  static constexpr uint32_t few = 16;

  static unsigned groupOf(const AccessRecord &record) {
    return (record.write ? WeakWrites : WeakReads) + (record.strong ? 1 : 0);
  }
  static bool mayConflict(const AccessRecord &fresh, unsigned group) {
    bool ofWrites = group <= StrongWrites;
    bool ofStrong = group == StrongWrites || group == StrongReads;
    return (fresh.write || ofWrites) && !(fresh.strong && ofStrong);
  }
  size_t begin(unsigned group) const { return group ? ends[group - 1] : 0; }
  size_t end(unsigned group) const {
    return group == lastGroup ? records.size() : ends[group];
  }
  template <typename Function>
  void visitGroup(unsigned group, Function isReplaced) {
    for (size_t i = begin(group); i < end(group);) {
      if (isReplaced(records[i]))
        erase(i, group);
      else
        ++i;
    }
  }
  void erase(size_t index, unsigned group);
  /// Keeps one of a thread's accesses of the same bytes.
  void tidy();

  /// Group by group.
  std::vector<AccessRecord> records;
  uint32_t ends[lastGroup] = {};
  uint32_t tidyAt = 2 * few;
};

} // namespace quantmlir::ptx

#endif // QUANTMLIR_LIB_PTX_WORDHISTORY_H
