"""Checks what the large W8A8 kernels must reach: no spills, a share of tensor
instructions above that of cuBLASLt's kernels, and 90 % of the tensor pipe."""

import json
import re
import sys

SHARES = {"128x256x3_2x4": 0.60, "128x128x4_2x2": 0.57}

checked = 0
for kernel in json.load(open(sys.argv[1])):
    tile = re.search(r"_v16_s2_(.*)$", kernel["kernel"])
    if not tile:
        continue
    share = kernel["main_loop"]["tensor_share"]
    utilization = kernel["cycles"]["tensor_utilization"]
    assert kernel["spill_instructions"] == 0, kernel
    assert share >= SHARES[tile[1]], kernel
    assert utilization >= 0.90, kernel
    checked += 1
assert checked == 4, checked
