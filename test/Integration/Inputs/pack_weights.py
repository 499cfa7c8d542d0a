"""Makes the weight and the activations of pack-weights.mlir, and compares results.

usage: pack_weights.py make FOLDER
       pack_weights.py check FOLDER EXPECTED ACTUAL
       pack_weights.py losses FOLDER EXPECTED ACTUAL     of tokens of a model
"""

import os
import sys

import numpy as np
from safetensors.numpy import save_file


def make(folder):
    rng = np.random.default_rng(6)
    weight = rng.normal(0, 1, (70, 300)).astype(np.float32)
    save_file({"fc.weight": weight}, os.path.join(folder, "w.safetensors"))
    np.save(os.path.join(folder, "x.npy"), rng.normal(0, 1, (33, 300)).astype(np.float16))


def check(folder, expected, actual):
    """Both are f32 sums of the same 300 products, so they differ by rounding alone."""
    a, b = (np.load(os.path.join(folder, name + ".npy")) for name in (expected, actual))
    magnitude = np.abs(a).max()
    difference = np.abs(a - b).max() / magnitude
    if not difference < 300 * 2.0**-24:
        raise SystemExit(f"{actual} differs from {expected} by {difference} of {magnitude}")
    print(f"largest difference {difference:.2g} of the sums' magnitude")


def losses(folder, expected, actual):
    """Other sums round some activations to the next f16, in layer after layer."""
    a, b = (np.load(os.path.join(folder, name + ".npy")) for name in (expected, actual))
    if not abs(a.mean() - b.mean()) < 1e-3 or not np.abs(a - b).max() < 0.05:
        raise SystemExit(f"mean loss {b.mean()}, expected {a.mean()}; at most {np.abs(a - b).max()} apart")


{"make": make, "check": check, "losses": losses}[sys.argv[1]](*sys.argv[2:])
