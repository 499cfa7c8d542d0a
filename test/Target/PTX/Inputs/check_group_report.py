"""Checks what kernels for 4-bit weights and float activations must reach, whichever
type they have, with and without zero points: no spills, and in tiles of 64 and of
16 rows the shares of tensor instructions of MARLIN's loops and more."""

import json
import re
import sys

# The least share, the most instructions for 128 and 64 products, and the least of the tensor pipe.
LIMITS = {"64x128x3_1x4x1": (0.30, 426, 0.85), "16x64x4_1x1x4": (0.115, 550, 0.36)}

checked = 0
for path in sys.argv[1:]:
    for kernel in json.load(open(path)):
        share, instructions, utilization = LIMITS[re.search(r"_v16_s2_(.*)$", kernel["kernel"])[1]]
        loop = kernel["main_loop"]
        assert kernel["spill_instructions"] == 0, kernel
        assert loop["tensor_share"] >= share, kernel
        assert loop["instructions"] <= instructions, kernel
        assert kernel["cycles"]["tensor_utilization"] >= utilization, kernel
        checked += 1
assert checked == 8, checked
