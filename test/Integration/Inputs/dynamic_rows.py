"""Compares what dynamic-rows.mlir prints on the CPU, unfused on the emulator and
fused there.

usage: dynamic_rows.py CPU UNFUSED FUSED
"""

import re
import sys
from pathlib import Path

import numpy as np

ROWS = [1, 130, 16, 5, 33]


def read(path):
    """Codes, scales and products for each number of rows."""
    text = Path(path).read_text()
    found = re.findall(r"sizes = \[(.*?)\].*?data = \s*(.*?)(?=Unranked|\Z)", text, re.DOTALL)
    arrays = []
    for sizes, data in found:
        values = np.array(re.findall(r"-?\d+", data), dtype=np.int64).astype(np.int32)
        arrays.append(values.reshape([int(size) for size in sizes.split(",")]))
    return [(arrays[i], arrays[i + 1].view(np.float32), arrays[i + 2].view(np.float32)) for i in range(0, len(arrays), 3)]


def multiply(codes, scales):
    """The product by its definition, in f32 but for the exact sums."""
    i, j = np.indices((40, 96))
    weight = (31 * i + 17 * j) % 255 - 127
    sums = codes.astype(np.int64) @ weight.T
    return sums.astype(np.float32) * scales[:, None] * np.float32(1 / 128)


def main(*paths):
    runs = [read(path) for path in paths]
    for run in runs:
        if [len(codes) for codes, _, _ in run] != ROWS:
            raise SystemExit(f"rows are {[len(codes) for codes, _, _ in run]}")
    for cpu, unfused, fused in zip(*runs):
        for a, b in zip(cpu, unfused):
            if a.tobytes() != b.tobytes():
                raise SystemExit(f"{len(a)} rows: unfused bits differ")
        # A norm is a sum of 96 squares and some five operations more.
        if not np.allclose(cpu[1], fused[1], rtol=100 * 2.0**-24, atol=0):
            raise SystemExit(f"{len(cpu[1])} rows: scales differ")
        if np.abs(cpu[0] - fused[0]).max() > 1:
            raise SystemExit(f"{len(cpu[0])} rows: codes differ")
        for codes, scales, product in cpu, fused:
            if multiply(codes, scales).tobytes() != product.tobytes():
                raise SystemExit(f"{len(codes)} rows: products differ")


main(*sys.argv[1:])
