"""Writes the inputs of integer-split-k.mlir into a folder. Any bytes are packed codes;
scales and zero points, which are stored plus 8, keep scaled codes within 8 bits."""

import sys

import numpy as np

rng = np.random.default_rng(1)
for name, low, high, shape in [
    ("x", -8, 8, (5, 1600)),
    ("c", -128, 128, (5, 25, 512)),
    ("s", 1, 9, (25, 80)),
    ("z", 0, 16, (25, 80)),
]:
    np.save(f"{sys.argv[1]}/{name}.npy", rng.integers(low, high, shape).astype(np.int8))
np.save(f"{sys.argv[1]}/f.npy", rng.random(70, np.float32))
np.save(f"{sys.argv[1]}/r.npy", rng.normal(0, 100, (5, 70)).astype(np.float32))
