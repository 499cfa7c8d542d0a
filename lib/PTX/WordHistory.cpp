//===- WordHistory.cpp - the accesses of one word of memory ---------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WordHistory.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <tuple>

namespace quantmlir::ptx {

// The first of each later group makes room by going to that group's end.
void WordHistory::add(const AccessRecord &fresh) {
  unsigned group = groupOf(fresh);
  size_t hole = records.size();
  records.push_back(fresh);
  for (unsigned later = lastGroup; later > group; --later) {
    size_t first = ends[later - 1]++;
    records[hole] = records[first];
    hole = first;
  }
  records[hole] = fresh;
}

// The last of the group, and then of each later group, fills the hole.
void WordHistory::erase(size_t index, unsigned group) {
  for (; group < lastGroup; ++group) {
    size_t last = --ends[group];
    records[index] = records[last];
    index = last;
  }
  records[index] = records.back();
  records.pop_back();
}

// Of two accesses by one thread the earlier comes before what the later comes
// before.
void WordHistory::tidy() {
  auto key = [](const AccessRecord &record) {
    return std::make_tuple(groupOf(record), record.cta, record.thread,
                           record.bytes, record.strong, record.async);
  };
  llvm::sort(records, [&](const AccessRecord &a, const AccessRecord &b) {
    return key(a) < key(b) || (key(a) == key(b) && a.clock > b.clock);
  });
  auto isSame = [&](const AccessRecord &a, const AccessRecord &b) {
    return key(a) == key(b);
  };
  records.erase(llvm::unique(records, isSame), records.end());
  for (unsigned group = 0; group < lastGroup; ++group) {
    auto isWithin = [&](const AccessRecord &record) {
      return groupOf(record) <= group;
    };
    ends[group] =
        uint32_t(llvm::partition_point(records, isWithin) - records.begin());
  }
  tidyAt = std::max(2 * few, 2 * uint32_t(records.size()));
}

} // namespace quantmlir::ptx
