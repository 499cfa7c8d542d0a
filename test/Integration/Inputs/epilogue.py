"""Inputs of epilogue.mlir and group-epilogue.mlir, and what their results must be.

usage: epilogue.py make|check|make-group|check-group FOLDER
"""

import math
import os
import sys

import numpy as np
from check_group_kernels import pack_codes, pack_parameters
from safetensors.numpy import load_file


def load(folder, name):
    return np.load(os.path.join(folder, name + ".npy"))


def load_results(folder, name):
    results = load_file(os.path.join(folder, name + ".safetensors"))
    return [results[f"result{number}"] for number in range(len(results))]


def check_close(name, actual, expected, size):
    """Upstream's polynomials are good to some units in the last place of `size`."""
    error = np.abs(actual - expected)
    if not np.all(error <= 2.0**-20 * size):
        sys.exit(f"{name} is off by {np.max(error / size)} of its size")


def make(folder):
    rng = np.random.default_rng(7)
    arrays = {
        "x": rng.integers(-127, 128, (19, 64)).astype(np.int8),
        "w": rng.integers(-127, 128, (37, 64)).astype(np.int8),
        "sw": rng.uniform(1e-4, 1e-2, 37).astype(np.float32),
        "r": rng.normal(0, 1, (19, 37)).astype(np.float32),
        "row": rng.normal(0, 1, 19).astype(np.float32),
    }
    for name, array in arrays.items():
        np.save(os.path.join(folder, name), array)


def check(folder):
    cpu, ptx = (load_results(folder, name) for name in ("cpu", "ptx"))
    x, w, sw, r, row = (load(folder, name) for name in ("x", "w", "sw", "r", "row"))
    sums = x.astype(np.int64) @ w.T.astype(np.int64)
    y = sums.astype(np.float32) * np.float32(0.01) * sw
    relu = np.maximum((y + r) * row[:, None] / sw, np.float32(0)).astype(np.float16)
    product = (y + sw) * y
    for number, expected in ((0, relu), (2, product)):
        actual = ptx[number]
        if not np.array_equal(actual, expected):
            sys.exit(f"result {number}: {np.sum(actual != expected)} elements differ")
    y = y.astype(np.float64)
    check_close("SiLU", ptx[1], y / (1 + np.exp(-y)), np.abs(y))
    check_close("tanh", ptx[3], y * np.tanh(y), np.abs(y))
    check_close("erf", ptx[4], y * np.vectorize(math.erf)(y), np.abs(y))
    for number in range(5):
        if not np.array_equal(ptx[number], cpu[number]):
            sys.exit(f"result {number}: GPU and CPU differ")


def make_group(folder):
    rng = np.random.default_rng(8)
    codes = rng.integers(0, 16, (16, 1024)).astype(np.uint8)
    scales = np.exp(rng.normal(-3, 1, (16, 8))).astype(np.float32)
    arrays = {
        "x": rng.normal(0, 1, (3, 1024)).astype(np.float16),
        "codes": codes,
        "scales": scales,
        "c": pack_codes(codes).view(np.int8),
        "s": pack_parameters(scales, np.float32(1), True),
        "r": rng.normal(0, 1, (3, 16)).astype(np.float32),
    }
    for name, array in arrays.items():
        np.save(os.path.join(folder, name), array)


def check_group(folder):
    x, codes, scales, r = (load(folder, name).astype(np.float64) for name in ("x", "codes", "scales", "r"))
    w = (codes - 8) * np.repeat(scales, 128, axis=1)
    expected = np.maximum(x @ w.T + r, 0)
    bound = (1024 + 8 + 2) * 2.0**-24 * (np.abs(x) @ np.abs(w).T + np.abs(r))
    for number, actual in enumerate(load_results(folder, "ptx")):
        if not np.all(np.abs(actual - expected) <= bound):
            sys.exit(f"result {number} is off by {np.max(np.abs(actual - expected) / bound)} of the bound")


if __name__ == "__main__":
    {"make": make, "check": check, "make-group": make_group, "check-group": check_group}[sys.argv[1]](sys.argv[2])
