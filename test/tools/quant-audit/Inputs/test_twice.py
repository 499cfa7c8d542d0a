"""Doubles each test of an mbarrier and its branch in a disassembly, as CUTLASS has
them."""

import sys

lines = open(sys.argv[1]).read().splitlines()
output = []
for i, line in enumerate(lines):
    output.append(line)
    # Two lines an instruction.
    if i >= 3 and "SYNCS.PHASECHK" in lines[i - 3] and "BRA" in lines[i - 1]:
        output += lines[i - 3 : i + 1]
assert len(output) > len(lines), "nothing to double"
print("\n".join(output))
