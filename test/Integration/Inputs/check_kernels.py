"""Runs the kernels of a folder that quant-translate wrote on the PTX emulator
and compares every result bit for bit with NumPy. All but the longest rows run
in checked mode.

usage: check_kernels.py FOLDER SHAPE…

A SHAPE is MxNxK; quantizations ignore N, and those that keep rows in registers
take K into the range of lengths that they are for. Row pitches are wider than the
rows, and what lies between rows must neither be read nor written. A quantization
must read every element and write every code once, by whole sectors.
Of matmuls on whole tiles, or on fewer than 16 rows, the counters are checked as
well, where K is at least 2048: no bank conflict, no byte of a copied sector unused,
no byte of the weight read twice by a row of blocks.
"""

import csv
import json
import os
import re
import subprocess
import sys
import tempfile

import numpy as np

FLT_MAX = np.finfo(np.float32).max
SCALE_FLOOR = np.float32(2.0**-100)
LONG_ROW = 10_000
MATMUL = re.compile(
    r"quant_matmul_i8_(?P<out>\w+?)_x(?P<x>tensor|token)_w(?P<w>tensor|channel)(?P<bias>_bias)?_v(?P<width>\d+)_s(?P<store>\d)_(?P<m>\d+)x(?P<n>\d+)x\d+_((?P<warps>\d+)x\d+|wg(?P<groups>\d))(_k\d+)?$"
)
QUANTIZE = re.compile(
    r"quant_quantize_(?P<input>\w+?)_i8(b(?P<bits>\d))?_(?P<kind>static|token)(?P<smooth>_smooth)?(?P<zero>_zero)?_v(?P<width>\d+)(_t(?P<threads>\d+)x(?P<vectors>\d+))?$"
)


def round_up(value, multiple):
    return -(-value // multiple) * multiple


def to_bfloat16(values):
    """The bits of f32 values rounded to bf16, half to even."""
    bits = values.view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def from_bfloat16(bits):
    return (bits.astype(np.uint32) << 16).view(np.float32)


def store(values, kind):
    """f32 values as the array that a kernel's memory of that type holds."""
    if kind == "bf16":
        return to_bfloat16(values)
    return values.astype({"f32": np.float32, "f16": np.float16}[kind])


class Kernel:
    """One launch: collects arguments in the order of the kernel's parameters."""

    def __init__(self, folder, row):
        self.row = row
        self.file = os.path.join(folder, row["file"])
        self.work = tempfile.TemporaryDirectory()
        self.arguments = []

    def array(self, values, mode="in"):
        path = os.path.join(self.work.name, f"{len(self.arguments)}.npy")
        np.save(path, values)
        self.arguments.append(f"{mode}:{path}")
        return path

    def tensor_map(self, values, box_rows, columns):
        """The map of a matrix whose rows have `columns` elements, and a pitch."""
        path = self.array(values)
        box = f"{box_rows},128/{len(values)},{columns}"
        self.arguments[-1] = f"tensormap:{box}:128:in:{path}"

    def get_blocks(self, rows, columns):
        per_block = int(self.row["columns_per_block"])
        return -(-rows // int(self.row["rows_per_block"])), -(-columns // per_block) if per_block else 1

    def workspace(self, rows, columns, element_type):
        """What blocks that divide K need; returns the file of the counters."""
        splits = int(self.row["splits"])
        if splits == 1:
            return None
        grid = self.get_blocks(rows, columns)
        pitch = grid[1] * int(self.row["columns_per_block"])
        # Any value: what is not written must not be read.
        self.array(np.full(splits * rows * pitch, -1, element_type))
        return self.array(np.zeros(grid[0] * grid[1], np.int32), "inout")

    def sizes(self, *values):
        self.arguments += [f"i64:{value}" for value in values]

    def run(self, rows, columns, checked, options=()):
        grid = ",".join(map(str, [*self.get_blocks(rows, columns), self.row["splits"]]))
        command = ["ptx-run", self.file, "--entry", self.row["kernel"]]
        if checked:
            command.append("--check")
        command += options
        command += ["--grid", grid]
        command += ["--block", f"{self.row['threads']},1,1", "--shared", self.row["shared_bytes"]]
        for argument in self.arguments:
            command += ["--arg", argument]
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode:
            raise SystemExit(f"{' '.join(command)}\n{result.stdout}{result.stderr}")


def with_pitch(values, pitch, filler):
    """A matrix whose rows are `pitch` apart, and `filler` between them."""
    padded = np.full((values.shape[0], pitch), filler, values.dtype)
    padded[:, : values.shape[1]] = values
    return padded


def check_same(name, shape, path, expected):
    actual = np.load(path)
    as_bits = {1: np.uint8, 2: np.uint16, 4: np.uint32}[expected.itemsize]
    wrong = np.argwhere(actual.view(as_bits) != expected.view(as_bits))
    if wrong.size:
        at = tuple(wrong[0])
        raise SystemExit(
            f"{name} {shape}: {len(wrong)} of {expected.size} elements differ, "
            f"first at {at}: {actual[at]} instead of {expected[at]}"
        )


def get_bytes_read(kernel, match, shape):
    """What blocks read: each row of them the weight once; each column of them all
    of x; scales and bias, lane by lane; and the sums of all splits, with counters."""
    m, n, k = shape
    rows, blocks, splits = -(-m // int(match["m"])), n // int(match["n"]), int(kernel.row["splits"])
    # All lanes of a warp read, eight of them the same column.
    warps = rows * (4 * int(match["groups"]) if match["groups"] else int(match["warps"]))
    vectors = 32 * n * warps * sum([match["w"] == "channel", bool(match["bias"])])
    sums = splits * (round_up(m, 16) * n + blocks) * 4 if splits > 1 else 0
    return rows * n * k + blocks * m * k + vectors + sums


def check_matmul(kernel, match, shape, rng):
    m, n, k = shape
    width = int(match["width"])
    if n % int(match["store"]) or (match["groups"] and k == 0):
        return False
    # Wide copies need pitches that are multiples of their width; k need not be.
    rows_fit = m % int(match["m"]) == 0 or m < 16 == int(match["m"])
    whole = rows_fit and width == 16 and n % int(match["n"]) == 0 and k % 64 == 0 and k >= 2048
    pitch = k if whole else round_up(k, width) + width
    extreme = k > LONG_ROW or rng.random() < 0.25
    x = rng.choice(np.array([-127, 127] if extreme else range(-128, 128), np.int8), (m, k))
    w = rng.choice(np.array([-127, 127] if extreme else range(-128, 128), np.int8), (n, k))
    sx = np.exp(rng.normal(-6, 2, m if match["x"] == "token" else ())).astype(np.float32)
    sw = np.exp(rng.normal(-6, 2, n if match["w"] == "channel" else ())).astype(np.float32)
    bias = rng.normal(0, 1, n).astype(np.float32)

    accumulators = x.astype(np.int64) @ w.T.astype(np.int64)
    y = accumulators.astype(np.float32)
    y = y * (sx[:, None] if sx.ndim else sx)
    y = y * sw
    if match["bias"]:
        y = y + bias
    y_pitch = round_up(n, 2) + 4
    expected = with_pitch(store(y, match["out"]), y_pitch, 77)

    if match["groups"]:
        kernel.tensor_map(with_pitch(x, pitch, 99), kernel.row["rows_per_block"], k)
        kernel.tensor_map(with_pitch(w, pitch, 99), kernel.row["columns_per_block"], k)
    else:
        kernel.array(with_pitch(x, pitch, 99))
        kernel.array(with_pitch(w, pitch, 99))
    kernel.array(np.atleast_1d(sx))
    kernel.array(np.atleast_1d(sw))
    if match["bias"]:
        kernel.array(bias)
    path = kernel.array(np.full_like(expected, 77), "inout")
    counters = kernel.workspace(m, n, np.int32)
    kernel.sizes(m, n, k, *([] if match["groups"] else [pitch, pitch]), y_pitch)
    profile = os.path.join(kernel.work.name, "counters.json")
    kernel.run(m, n, checked=k < LONG_ROW, options=[f"--counters={profile}"])
    check_same(kernel.row["kernel"], shape, path, expected)
    if whole:
        check_counters(kernel, shape, profile, get_bytes_read(kernel, match, shape))
    if counters:
        check_same(kernel.row["kernel"] + " counters", shape, counters, np.zeros_like(np.load(counters)))
    return True


def check_counters(kernel, shape, path, bytes_expected):
    """No bank conflict, no byte of a copied sector unused, no byte read twice."""
    with open(path) as file:
        counters = json.load(file)
    with open(kernel.file) as file:
        text = file.read().split("\n")
    slow = [line for line in counters["shared"]["lines"] if line["cycles"] != line["ideal"]]
    wide = [
        line
        for line in counters["global"]["lines"]
        if "cp.async" in text[line["line"] - 1] and line["sectors"] != line["ideal"]
    ]
    read = counters["global"]["bytes_read"]
    if slow or wide or read > 1.03 * bytes_expected:
        raise SystemExit(
            f"{kernel.row['kernel']} {shape}: bank conflicts {slow}, unused sectors {wide}, "
            f"{read} bytes read for {bytes_expected}"
        )


def make_activations(m, k, rng):
    """Ordinary values, an outlier, ties, zeros, NaN and infinities."""
    x = rng.normal(0, 1, (m, k)).astype(np.float32)
    x[rng.random((m, k)) < 0.05] *= 100
    x[rng.random((m, k)) < 0.1] = 0
    x[0] = (np.arange(k) - k // 2) * np.float32(0.5)
    if m > 1:
        x[1] = 0
    if m > 2:
        x[2, :: max(1, k // 3)] = np.nan
    if m > 3:
        x[3, k // 2] = -np.inf
    return x


def get_range(match):
    """The least and the largest code."""
    bits = int(match["bits"] or 8)
    largest = 2 ** (bits - 1) - 1
    return -largest - (bits < 8), largest


def to_codes(scaled, least, largest, zero=0):
    values = np.where(np.isnan(scaled), np.float32(0), scaled)
    return (np.clip(np.rint(values), least - zero, largest - zero) + zero).astype(np.int8)


def fit_row(match, k):
    """A length of rows for the kernel, as `k` varies."""
    vectors = int(match["vectors"] or 0)
    if not vectors:
        return k
    threads, width = int(match["threads"]), int(match["width"])
    return ((vectors - 1) * threads + 1 + k % threads) * width


def check_traffic(name, shape, path, match, itemsize):
    """The counters of a kernel whose rows begin at sectors: each byte once, and as
    few sectors as there can be. Rows of unknown length are read twice."""
    m, _, k = shape
    with open(path) as file:
        counters = json.load(file)["global"]
    again = match["threads"] and match["vectors"] == "0"
    read = m * k * itemsize * (2 if again else 1)
    token = match["kind"] == "token"
    smoothing = k * 4 * (m if token else -(-m // 16)) if match["smooth"] else 0
    smoothing *= 2 if again else 1
    found = counters["bytes_read"], counters["bytes_written"]
    scales = 0 if token else counters["bytes_read"] - read - smoothing
    expected = read + smoothing + scales, m * k + (4 * m if token else 0)
    wasted = counters["sectors"] - counters["ideal_sectors"]
    if found != expected or scales % 4 or (wasted and not match["smooth"]):
        raise SystemExit(
            f"{name} {shape}: {found} bytes read and written instead of {expected}, "
            f"{wasted} sectors too many"
        )


def check_quantize(kernel, match, shape, rng):
    m, _, k = shape
    width = int(match["width"])
    k = fit_row(match, k)
    shape = m, 0, k
    if k % width or k == 0:
        return False
    stored = store(make_activations(m, k, rng), match["input"])
    x = from_bfloat16(stored) if match["input"] == "bf16" else stored.astype(np.float32)
    smoothing = np.exp(rng.normal(0, 1, k)).astype(np.float32)
    factors = smoothing if match["smooth"] else np.ones(k, np.float32)
    one = np.float32(1)
    least, largest = get_range(match)
    pitch = k + 4 * width if m % 2 else round_up(k, 32)
    filler = np.float32(1e30).astype(stored.dtype) if stored.dtype != np.uint16 else 0x7F7F

    kernel.array(with_pitch(stored, pitch, filler))
    if match["kind"] == "static":
        # A power of two makes the first row's halves into ties.
        scale = np.float32(1)
        zero = int(rng.integers(least, largest + 1)) if match["zero"] else 0
        codes = to_codes(x * (one / (scale * factors)), least, largest, zero)
        kernel.array(np.atleast_1d(scale))
    else:
        scaled = x * (one / factors) if match["smooth"] else x
        absmax = np.fmax.reduce(np.abs(scaled), axis=1, initial=np.float32(0))
        scales = np.maximum(np.minimum(absmax, FLT_MAX) / np.float32(largest), SCALE_FLOOR)
        codes = to_codes(scaled * (one / scales)[:, None], least, largest)
    if match["smooth"]:
        kernel.array(smoothing)
    expected = with_pitch(codes, pitch, 77)
    path = kernel.array(np.full_like(expected, 77), "inout")
    if match["kind"] == "token":
        scales_path = kernel.array(np.zeros(m, np.float32), "inout")
    kernel.sizes(m, k, pitch, pitch, *([zero] if match["zero"] else []))
    traffic = os.path.join(kernel.work.name, "counters.json")
    kernel.run(m, k, checked=k < LONG_ROW, options=[f"--counters={traffic}"])
    check_same(kernel.row["kernel"], shape, path, expected)
    if m % 2 == 0 and k % 32 == 0 and width > 1:
        check_traffic(kernel.row["kernel"], shape, traffic, match, stored.itemsize)
    if match["kind"] == "token":
        check_same(kernel.row["kernel"] + " scales", shape, scales_path, scales.astype(np.float32))
    return True


def main(folder, *shapes):
    np.seterr(all="ignore")
    with open(os.path.join(folder, "index.tsv")) as index:
        rows = list(csv.DictReader(index, delimiter="\t"))
    for row in rows:
        done = 0
        for number, text in enumerate(shapes):
            shape = tuple(int(size) for size in text.split("x"))
            rng = np.random.default_rng([number, *shape])
            kernel = Kernel(folder, row)
            if match := MATMUL.match(row["kernel"]):
                done += check_matmul(kernel, match, shape, rng)
            elif match := QUANTIZE.match(row["kernel"]):
                done += check_quantize(kernel, match, shape, rng)
            else:
                raise SystemExit(f"unknown kernel {row['kernel']}")
        print(f"{row['kernel']}: {done} shapes exact")


if __name__ == "__main__":
    main(*sys.argv[1:])
