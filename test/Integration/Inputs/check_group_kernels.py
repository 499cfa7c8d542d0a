"""Runs the kernels of group matmuls in a folder that quant-translate wrote on the
PTX emulator in checked mode and compares every result with NumPy in f64.

usage: check_group_kernels.py FOLDER SHAPE…

A SHAPE is MxNxK. Weights are packed here from the figures of the PTX ISA: lane by
lane, not code by code. A result may differ by what f32 sums allow, and by the
rounding to its own type. Of whole tiles the counters are checked as well: no bank
conflict, no byte of a sector unused, no byte read twice.
"""

import csv
import os
import re
import sys

import numpy as np
from check_kernels import Kernel, check_counters, from_bfloat16, round_up, store, with_pitch

NAME = re.compile(
    r"quant_group_matmul_(?P<x>\w+?)_i4_(?P<out>\w+?)_g(?P<group>\d+)(?P<zeros>_zeros)?(?P<bias>_bias)?"
    r"_v(?P<width>\d+)_s(?P<store>\d)_(?P<m>\d+)x(?P<n>\d+)x\d+_\d+x\d+x(?P<wk>\d+)(_k\d+)?$"
)


def pack_codes(codes):
    """Unsigned codes, N×K, as blocks of 16 rows by 64 columns in the order of the B
    fragments of mma.m16n8k16: lane 4g + t has columns 2t, 2t + 1, 2t + 8, 2t + 9 of
    row g of each."""
    n, k = codes.shape
    padded = np.zeros((round_up(n, 16), round_up(k, 64)), np.uint32)
    padded[:n, :k] = codes
    # row block, fragment, g, column block, step, register, t, half
    parts = padded.reshape(-1, 2, 8, padded.shape[1] // 64, 4, 2, 4, 2)
    words = np.zeros((parts.shape[0], parts.shape[3], 8, 4, 4), np.uint32)
    for fragment in range(2):
        for register in range(2):
            for half in range(2):
                nibble = 2 * fragment + register + 4 * half
                part = parts[:, fragment, :, :, :, register, :, half]
                words |= part.transpose(0, 2, 1, 4, 3) << np.uint32(4 * nibble)
    return words.view(np.uint8).reshape(parts.shape[0], parts.shape[3], 512)


def pack_parameters(values, filler, is_scale):
    """N×G as rows of groups: in a block of 16 rows, scales as the columns of two C
    fragments that lanes 4g + t hold, zero points as those of two B fragments."""
    n, groups = values.shape
    padded = np.full((round_up(n, 16), groups), filler, values.dtype)
    padded[:n] = values
    order = [8 * f + 2 * t + j for t in range(4) for f in range(2) for j in range(2)]
    if not is_scale:
        order = [8 * f + g for g in range(8) for f in range(2)]
    return np.ascontiguousarray(padded.reshape(-1, 16, groups)[:, order].reshape(-1, groups).T)


def check(kernel, match, shape, rng):
    m, n, k = shape
    width, group = int(match["width"]) // 2, int(match["group"])
    if n % int(match["store"]) or k % width:
        return False
    groups = -(-k // group)
    codes = rng.integers(0, 16, (n, k)).astype(np.uint8)
    zeros = rng.integers(0, 16, (n, groups)).astype(np.uint8)
    if not match["zeros"]:
        zeros[:] = 8
    scales = np.exp(rng.normal(-3, 1, (n, groups))).astype(np.float32)
    bias = rng.normal(0, 1, n).astype(np.float32)
    stored = store(rng.normal(0, 1, (m, k)).astype(np.float32), match["x"])
    x = from_bfloat16(stored) if match["x"] == "bf16" else stored.astype(np.float32)

    each = np.repeat(np.arange(groups), group)[:k]
    w = (codes.astype(np.float64) - zeros[:, each]) * scales[:, each]
    expected = x.astype(np.float64) @ w.T
    magnitude = np.abs(x).astype(np.float64) @ np.abs(w).T
    if match["bias"]:
        expected = expected + bias
        magnitude = magnitude + np.abs(bias)

    whole = width == 8 and n % int(match["n"]) == 0 and k % (128 * int(match["wk"])) == 0
    pitch = k if whole else round_up(k, width) + width
    y_pitch = n if whole else round_up(n, 2) + 4
    nan = np.array(0x7FFF, np.uint16).view(np.float16) if match["x"] == "f16" else np.uint16(0x7FFF)
    kernel.array(with_pitch(stored, pitch, nan))
    kernel.array(pack_codes(codes))
    kernel.array(pack_parameters(scales, np.float32(1), True))
    if match["zeros"]:
        kernel.array(pack_parameters(zeros, np.uint8(8), False))
    if match["bias"]:
        kernel.array(bias)
    filler = store(np.full((m, y_pitch), 77, np.float32), match["out"])
    path = kernel.array(filler, "inout")
    kernel.workspace(m, n, np.float32)
    kernel.sizes(m, n, k, pitch, y_pitch)
    counters = os.path.join(kernel.work.name, "counters.json")
    kernel.run(m, n, checked=True, options=[f"--counters={counters}"])

    actual = np.load(path)
    if not np.array_equal(actual[:, n:], filler[:, n:]):
        raise SystemExit(f"{kernel.row['kernel']} {shape}: wrote between rows")
    y = from_bfloat16(actual) if match["out"] == "bf16" else actual
    error = np.abs(y[:, :n].astype(np.float64) - expected)
    unit = {"f32": 2.0**-24, "f16": 2.0**-11, "bf16": 2.0**-8}[match["out"]]
    bound = (k + groups + 1) * 2.0**-24 * magnitude + unit * np.abs(expected) + 2.0**-25
    # Not `error > bound`: a NaN is wrong.
    wrong = np.argwhere(~(error <= bound))
    if wrong.size:
        at = tuple(wrong[0])
        raise SystemExit(
            f"{kernel.row['kernel']} {shape}: {len(wrong)} of {error.size} elements differ, "
            f"first at {at}: {y[at]} instead of {expected[at]}"
        )
    if whole:
        rows = -(-m // int(match["m"]))
        weight = n * k // 2 + n * groups * (5 if match["zeros"] else 4)
        copied = rows * int(match["m"]) if int(match["m"]) >= 64 else m
        inputs = copied * k * 2 * (n // int(match["n"]))
        expected = rows * weight + inputs + (m * n * 4 if match["bias"] else 0)
        # Blocks that divide K: sums, where lanes beyond the last row read that one,
        # and counters.
        if (splits := int(kernel.row["splits"])) > 1:
            expected += splits * rows * (int(match["m"]) * n * 4 + n // int(match["n"]) * 4)
        check_counters(kernel, shape, counters, expected)
    return True


def main(folder, *shapes):
    with open(os.path.join(folder, "index.tsv")) as index:
        rows = list(csv.DictReader(index, delimiter="\t"))
    for row in rows:
        match = NAME.match(row["kernel"])
        done = 0
        for number, text in enumerate(shapes):
            shape = tuple(int(size) for size in text.split("x"))
            rng = np.random.default_rng([number, *shape])
            done += check(Kernel(folder, row), match, shape, rng)
        print(f"{row['kernel']}: {done} shapes")


if __name__ == "__main__":
    main(*sys.argv[1:])
