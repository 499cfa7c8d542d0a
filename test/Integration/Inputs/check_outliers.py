"""Runs the outlier kernels of a folder that quant-translate wrote on the PTX
emulator, checked, and compares them with NumPy in f64 within what f32 sums allow
and the rounding to their type.

usage: check_outliers.py FOLDER MxNxC…   C channels of rows of 2 C + 5
"""

import csv
import os
import re
import sys

import numpy as np
from check_kernels import Kernel, from_bfloat16, store

NAME = re.compile(r"quant_outlier_matmul_(?P<type>\w+)_v(?P<width>\d)$")


def check(kernel, match, shape, rng):
    m, n, c = shape
    if n % int(match["width"]):
        return False
    k, kind = 2 * c + 5, match["type"]

    def make(*sizes):
        stored = store(rng.normal(0, 1, sizes).astype(np.float32), kind)
        values = from_bfloat16(stored) if kind == "bf16" else stored
        return stored, values.astype(np.float64)

    (x, x64), (w, w64), (addend, addend64) = make(m, k), make(n, c), make(m, n)
    channels = rng.permutation(k)[:c].astype(np.int64)
    for array in (x, w, channels, addend):
        kernel.array(array)
    path = kernel.array(np.zeros_like(addend), "inout")
    kernel.sizes(m, n, c, k, c, n)
    kernel.run(m, n, checked=True)
    expected = addend64 + x64[:, channels] @ w64.T
    magnitude = np.abs(addend64) + np.abs(x64[:, channels]) @ np.abs(w64.T)
    actual = np.load(path)
    actual = (from_bfloat16(actual) if kind == "bf16" else actual).astype(np.float64)
    unit = {"f32": 2.0**-24, "f16": 2.0**-11, "bf16": 2.0**-8}[kind]
    bound = (c + 2) * 2.0**-24 * magnitude + unit * np.abs(expected) + 2.0**-25
    # Not `error > bound`: a NaN is wrong.
    wrong = np.argwhere(~(np.abs(actual - expected) <= bound))
    if wrong.size:
        at = tuple(wrong[0])
        raise SystemExit(
            f"{kernel.row['kernel']} {shape}: {len(wrong)} of {expected.size} elements differ, "
            f"first at {at}: {actual[at]} instead of {expected[at]}"
        )
    return True


def main(folder, *shapes):
    with open(os.path.join(folder, "index.tsv")) as index:
        rows = list(csv.DictReader(index, delimiter="\t"))
    for row in rows:
        done = 0
        for number, text in enumerate(shapes):
            shape = tuple(int(size) for size in text.split("x"))
            rng = np.random.default_rng([number, *shape])
            done += check(Kernel(folder, row), NAME.match(row["kernel"]), shape, rng)
        print(f"{row['kernel']}: {done} shapes")


main(*sys.argv[1:])
