"""Runs the kernels of group matmuls with integer activations, in a folder that
quant-translate wrote, on the PTX emulator in checked mode and compares every
result bit for bit with NumPy.

usage: check_integer_group_kernels.py FOLDER SHAPE…

A SHAPE is MxNxK, or random:COUNT:SEED. Weights are packed here from the figures of
the PTX ISA: lane by lane, not code by code. Of whole tiles the counters are checked
as well: no bank conflict, no byte of a sector unused, no byte read twice. Counters of
blocks that divide K are 0 again.
"""

import csv
import os
import re
import sys

import numpy as np
from check_group_kernels import check_counters
from check_kernels import Kernel, check_same, round_up, store, with_pitch

NAME = re.compile(
    r"quant_group_matmul_(?P<x>i[48])_i4_(?P<out>\w+?)_x(?P<sx>token|tensor)(_g(?P<group>\d+))?(?P<scales>_scales)?"
    r"(?P<zeros>_zeros)?(?P<bias>_bias)?_v(?P<width>\d+)_s(?P<store>\d)_(?P<m>\d+)x(?P<n>\d+)x\d+_(?P<wm>\d+)x(?P<wn>\d+)x(?P<wk>\d+)(_k\d+)?$"
)


def pack_codes(codes):
    """Codes of -8 to 7, N×K, as blocks of 16 rows by 64 columns in the order of the B
    fragments of mma.m16n8k32: lane 4g + t has columns 4t … 4t + 3 and 16 further of
    row g of each. A word is the fragment of one row and 32 columns."""
    n, k = codes.shape
    nibbles = (codes & 15).astype(np.uint32)
    # row block, half, g, column block, step, register, t, byte
    parts = nibbles.reshape(n // 16, 2, 8, k // 64, 2, 2, 4, 4)
    words = np.zeros((n // 16, k // 64, 8, 4, 2, 2), np.uint32)
    for register in range(2):
        for byte in range(4):
            part = parts[:, :, :, :, :, register, :, byte]
            # row block, column block, g, t, half, step
            words |= part.transpose(0, 3, 2, 5, 1, 4) << np.uint32(8 * byte + 4 * register)
    return words.view(np.uint8).reshape(n // 16, k // 64, 512)


def pack_parameters(values):
    """N×G as rows of groups: in a block of 16 rows, those of rows g and g + 8 side by
    side."""
    n, groups = values.shape
    order = [8 * half + g for g in range(8) for half in range(2)]
    return np.ascontiguousarray(values.reshape(-1, 16, groups)[:, order].reshape(-1, groups).T)


def make_weight(n, k, match, rng):
    """Codes, scales and zero points that fit into 8 bits, padded to whole blocks."""
    group = int(match["group"] or 128)
    rows, columns, groups = round_up(n, 16), round_up(k, 64), -(-k // group)
    zeros = rng.integers(-8, 8, (rows, groups)) if match["zeros"] else np.zeros((rows, groups), int)
    scales = np.ones((rows, groups), int)
    if match["scales"]:
        # As large as the extreme codes allow, or less.
        largest = np.minimum(127 // np.maximum(7 - zeros, 1), 128 // np.maximum(zeros + 8, 1))
        scales = rng.integers(1, np.maximum(largest, 1) + 1)
        scales = np.where(rng.random(scales.shape) < 0.3, largest, scales)
    codes = rng.integers(-8, 8, (rows, columns))
    if rng.random() < 0.25:
        codes = rng.choice(np.array([-8, 7]), codes.shape)
    each = np.minimum(np.arange(columns) // group, groups - 1)
    # 17 is the largest scale that quantization makes, where -8 does not occur.
    if match["scales"] and not match["zeros"]:
        wide = rng.random(scales.shape) < 0.2
        scales[wide] = 17
        codes = np.where(wide[:, each], np.maximum(codes, -7), codes)
    # Beyond K is the zero point, so that this fits as well.
    codes[:, k:] = zeros[:, each[k:]]
    values = (codes - zeros[:, each]) * scales[:, each]
    assert values.min() >= -128 and values.max() <= 127
    return codes, scales, zeros, values[:n, :k]


def check(kernel, match, shape, rng):
    m, n, k = shape
    width = int(match["width"])
    if n % int(match["store"]) or k % width:
        return False
    bits = int(match["x"][1])
    extreme = rng.random() < 0.25
    lo, hi = (-8, 7) if bits == 4 else (-128, 127)
    x = rng.choice(np.array([lo, hi] if extreme else range(lo, hi + 1), np.int8), (m, k))
    codes, scales, zeros, w = make_weight(n, k, match, rng)
    sx = np.exp(rng.normal(-6, 2, m if match["sx"] == "token" else ())).astype(np.float32)
    sw = np.exp(rng.normal(-6, 2, n)).astype(np.float32)
    bias = rng.normal(0, 1, n).astype(np.float32)
    y = (x.astype(np.int64) @ w.T.astype(np.int64)).astype(np.int32).astype(np.float32)
    y = y * (sx[:, None] if sx.ndim else sx)
    y = y * sw
    if match["bias"]:
        y = y + bias

    whole = width == 16 and n % int(match["n"]) == 0 and k % (128 * int(match["wk"])) == 0
    pitch = k if whole else round_up(k, width) + width
    y_pitch = n if whole else round_up(n, 2) + 4
    kernel.array(with_pitch(x, pitch, 99))
    kernel.array(pack_codes(codes))
    parameters = 0
    if match["scales"]:
        kernel.array(pack_parameters(scales.astype(np.int8)))
        parameters += 1
    if match["zeros"]:
        kernel.array(pack_parameters((zeros + 8).astype(np.int8)))
        parameters += 1
    kernel.array(np.atleast_1d(sx))
    kernel.array(sw)
    if match["bias"]:
        kernel.array(bias)
    expected = with_pitch(store(y, match["out"]), y_pitch, 77)
    path = kernel.array(np.full_like(expected, 77), "inout")
    arrivals = kernel.workspace(m, n, np.int32)
    kernel.sizes(m, n, k, pitch, y_pitch)
    counters = os.path.join(kernel.work.name, "counters.json")
    kernel.run(m, n, checked=True, options=[f"--counters={counters}"])
    check_same(kernel.row["kernel"], shape, path, expected)
    if arrivals:
        check_same(kernel.row["kernel"] + " counters", shape, arrivals, np.zeros_like(np.load(arrivals)))
    if whole:
        rows, columns = -(-m // int(match["m"])), n // int(match["n"])
        weight = n * k // 2 + n * scales.shape[1] * parameters
        copied = rows * int(match["m"]) if int(match["m"]) >= 64 else m
        inputs = copied * k * columns
        # Each lane reads the scales of its rows and columns, and the bias.
        warps = int(match["wm"]) * int(match["wn"]) * int(match["wk"])
        row_scales = warps * int(match["m"]) // int(match["wm"]) // 16 * 256
        column_scales = int(match["wm"]) * int(match["n"]) // 8 * 256
        epilogue = row_scales + column_scales * (2 if match["bias"] else 1)
        # Of blocks that divide K, each counts itself, and the last reads the sums of
        # all; lanes beyond the last row read that one.
        if (splits := int(kernel.row["splits"])) > 1:
            inputs += splits * rows * columns * (int(match["m"]) * int(match["n"]) + 1) * 4
        check_counters(kernel, shape, counters, rows * weight + inputs + rows * columns * epilogue)
    return True


def get_shapes(text):
    if not text.startswith("random:"):
        return [tuple(int(size) for size in text.split("x"))]
    count, seed = (int(part) for part in text.split(":")[1:])
    rng = np.random.default_rng(seed)
    return [tuple(int(rng.integers(1, 258 if i < 2 else 900)) for i in range(3)) for _ in range(count)]


def main(folder, *texts):
    with open(os.path.join(folder, "index.tsv")) as index:
        rows = list(csv.DictReader(index, delimiter="\t"))
    shapes = [shape for text in texts for shape in get_shapes(text)]
    for row in rows:
        match = NAME.match(row["kernel"])
        done = 0
        for number, shape in enumerate(shapes):
            rng = np.random.default_rng([number, *shape])
            done += check(Kernel(folder, row), match, shape, rng)
        print(f"{row['kernel']}: {done} shapes exact")


if __name__ == "__main__":
    main(*sys.argv[1:])
