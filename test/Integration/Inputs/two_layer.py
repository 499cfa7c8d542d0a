"""Data of two-layer.mlir, and its reference in NumPy.

usage: two_layer.py make DIR                     w.safetensors, calib.npy, x.npy
       two_layer.py float DIR OUT.npy            OUT is the float result
       two_layer.py int8 DIR WEIGHTS OUT.npy     OUT has the bits of the integer
                                                 path with these weights
       two_layer.py int4 DIR WEIGHTS OUT.npy     OUT is the result with these
                                                 4-bit weights
       two_layer.py outliers DIR WEIGHTS T OUT.npy
                                                 OUT is the result with these
                                                 weights, whose inputs above T
                                                 in calib.npy stay in float
       two_layer.py closer DIR A.npy B.npy       A is closer to the float result,
                                                 by a factor of 4 or more
"""

import json
import struct
import sys
from pathlib import Path

import numpy as np

DTYPES = {"F32": np.float32, "I8": np.int8}


def write(path, tensors):
    header, data = {}, b""
    for name, value in tensors.items():
        header[name] = {
            "dtype": "F32",
            "shape": value.shape,
            "data_offsets": [len(data), len(data) + value.nbytes],
        }
        data += value.tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-(len(text) + 8) % 64)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def read(path):
    raw = Path(path).read_bytes()
    size = struct.unpack("<Q", raw[:8])[0]
    tensors = {}
    for name, entry in json.loads(raw[8 : 8 + size]).items():
        if name == "__metadata__":
            continue
        begin, end = (8 + size + offset for offset in entry["data_offsets"])
        values = np.frombuffer(raw[begin:end], DTYPES[entry["dtype"]])
        tensors[name] = values.reshape(entry["shape"])
    return tensors


def make(folder):
    random = np.random.default_rng(0)

    def normal(*shape):
        return random.normal(size=shape).astype(np.float32)

    gain = np.abs(normal(32)) + np.float32(0.5)
    # Outliers in a few channels, which matter no more than the others.
    gain[[3, 17]] = 60
    write(
        folder / "w.safetensors",
        {
            "norm.weight": gain,
            "up.weight": normal(48, 32) / gain,
            "up.bias": normal(48),
            "down.weight": normal(16, 48),
        },
    )
    np.save(folder / "calib.npy", normal(16, 6, 32))
    np.save(folder / "x.npy", normal(1, 6, 32))


def quantize(x, scale):
    inverse = np.float32(1) / scale
    return np.clip(np.rint(x * inverse), -127, 127).astype(np.int32)


def unpack(weights, name, group_size):
    packed = weights[f"{name}.weight_packed"]
    # Low nibble first; a shift left and back extends the sign.
    pairs = np.stack([packed << 4 >> 4, packed >> 4], axis=-1)
    codes = pairs.reshape(len(packed), -1).astype(np.int32)
    groups = np.arange(codes.shape[1]) // group_size
    zeros = weights[f"{name}.weight_zero_point"].astype(np.int32)[:, groups]
    scales = weights[f"{name}.weight_scale"][:, groups]
    return (codes - zeros).astype(np.float32) * scales


def linear(x, weights, name):
    """W4A16 in groups of 32, W8A8 with static or per-token scales, or float."""
    if f"{name}.weight_packed" in weights:
        return x @ unpack(weights, name, 32).T
    weight = weights[f"{name}.weight"]
    if weight.dtype != np.int8:
        return x @ weight.T
    scale = weights.get(f"{name}.input_scale")
    if scale is None:
        scale = np.abs(x).max(axis=1, keepdims=True) / np.float32(127)
    sums = quantize(x, scale) @ weight.T.astype(np.int32)
    return sums.astype(np.float32) * scale * weights[f"{name}.weight_scale"]


def run(x, weights, linear=linear):
    hidden = linear(x * weights["norm.weight"], weights, "up") + weights["up.bias"]
    return linear(np.maximum(hidden, 0), weights, "down")


def run_outliers(folder, original, weights, threshold):
    """LLM.int8() with the outliers of the calibration."""
    outliers = {}

    def find(x, weights, name):
        outliers[name] = np.flatnonzero(np.abs(x).max(axis=(0, 1)) > threshold)
        return linear(x, weights, name)

    run(np.load(folder / "calib.npy"), original, find)

    def decomposed(x, weights, name):
        columns = outliers[name]
        assert 0 < len(columns) < x.shape[1], columns
        expected = original[f"{name}.weight"]
        split = weights[f"{name}.weight_outliers"]
        np.testing.assert_array_equal(split, expected[:, columns])
        rest = expected.copy()
        rest[:, columns] = 0
        scale = np.abs(rest).max(axis=1) / np.float32(127)
        codes = weights[f"{name}.weight"]
        np.testing.assert_array_equal(codes, quantize(rest, scale[:, None]))
        kept = x.copy()
        kept[:, columns] = 0
        return linear(kept, weights, name) + x[:, columns] @ split.T

    return run(np.load(folder / "x.npy")[0], weights, decomposed)[None]


def main(verb, folder, *arguments):
    folder = Path(folder)
    if verb == "make":
        return make(folder)
    original = read(folder / "w.safetensors")
    x = np.load(folder / "x.npy")[0]
    expected = run(x, original)[None]
    if verb == "closer":
        errors = [np.abs(np.load(a) - expected).max() for a in arguments]
        assert errors[0] * 4 <= errors[1], errors
        return
    actual = np.load(arguments[-1])
    if verb == "outliers":
        expected = run_outliers(
            folder, original, read(arguments[0]), np.float32(arguments[1])
        )
    elif verb != "float":
        expected = run(x, read(arguments[0]))[None]
    if verb == "int8":
        np.testing.assert_array_equal(actual, expected)
    else:
        np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-4)


if __name__ == "__main__":
    main(*sys.argv[1:])
