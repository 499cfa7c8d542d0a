"""Data of two-layer.mlir, and its reference in NumPy.

usage: two_layer.py make DIR                     w.safetensors, calib.npy, x.npy
       two_layer.py float DIR OUT.npy            OUT is the float result
       two_layer.py int8 DIR WEIGHTS OUT.npy     OUT has the bits of the integer
                                                 path with these weights
       two_layer.py zeros DIR WEIGHTS MODULE OUT.npy
                                                 the same with the zero points
                                                 of MODULE's activations
       two_layer.py int4 DIR WEIGHTS OUT.npy     OUT is the result with these
                                                 4-bit weights
       two_layer.py outliers DIR WEIGHTS T OUT.npy
                                                 OUT is the result with these
                                                 weights, whose inputs above T
                                                 in calib.npy stay in float or
                                                 are a linear of their own
       two_layer.py gptq DIR WEIGHTS STATISTICS… [zero-points] [given-order] [search]
                         [sequential]            the weights are those of GPTQ
                                                 in groups of 32
       two_layer.py closer DIR A.npy B.npy       A is closer to the float result,
                                                 by a factor of 4 or more
"""

import json
import re
import struct
import sys
from pathlib import Path

import numpy as np

DTYPES = {"F32": np.float32, "F64": np.float64, "I64": np.int64, "I8": np.int8}


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
    if f"{name}.weight_zero_point" in weights:
        codes -= weights[f"{name}.weight_zero_point"].astype(np.int32)[:, groups]
    return codes.astype(np.float32) * weights[f"{name}.weight_scale"][:, groups]


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


def run_zero_points(x, original, weights, module):
    """W8A8 with static scales and the zero points of a module's activations."""
    found = re.findall(r"zero_point = (-?\d+)", Path(module).read_text())
    zeros = dict(zip(["up", "down"], map(int, found), strict=True))

    def asymmetric(x, _, name):
        scale, zero = weights[f"{name}.input_scale"], zeros[name]
        steps = np.rint(x * (np.float32(1) / scale))
        codes = np.clip(steps, -127 - zero, 127 - zero).astype(np.int32) + zero
        weight = weights[f"{name}.weight"].astype(np.int32)
        weight_scale = weights[f"{name}.weight_scale"]
        old = original.get(f"{name}.bias", np.zeros(len(weight)))
        added = zero * weight.sum(axis=1) * np.float64(scale) * weight_scale
        bias = (old - added).astype(np.float32)
        np.testing.assert_array_equal(weights[f"{name}.bias"], bias)
        return (codes @ weight.T).astype(np.float32) * scale * weight_scale + bias

    hidden = asymmetric(x * weights["norm.weight"], weights, "up")
    return asymmetric(np.maximum(hidden, 0), weights, "down")[None]


def check_own_scales(name, weights, columns, largest):
    """The outliers' codes and scales come from them alone."""
    scale = np.abs(columns).max(axis=1) / np.float32(127)
    codes = quantize(columns, scale[:, None])
    np.testing.assert_array_equal(weights[f"{name}.outliers.weight"], codes)
    np.testing.assert_allclose(weights[f"{name}.outliers.input_scale"], largest.max() / 127, rtol=1e-6)


def run_outliers(folder, original, weights, threshold):
    """LLM.int8() with the outliers of the calibration."""
    outliers, largest = {}, {}

    def find(x, weights, name):
        largest[name] = np.abs(x).max(axis=(0, 1))
        outliers[name] = np.flatnonzero(largest[name] > threshold)
        return linear(x, weights, name)

    run(np.load(folder / "calib.npy"), original, find)

    def decomposed(x, weights, name):
        columns = outliers[name]
        assert 0 < len(columns) < x.shape[1], columns
        expected = original[f"{name}.weight"]
        split = weights.get(f"{name}.weight_outliers")
        if split is not None:
            np.testing.assert_array_equal(split, expected[:, columns])
            product = x[:, columns] @ split.T
        else:
            check_own_scales(name, weights, expected[:, columns], largest[name][columns])
            product = linear(x[:, columns], weights, f"{name}.outliers")
        rest = expected.copy()
        rest[:, columns] = 0
        scale = np.abs(rest).max(axis=1) / np.float32(127)
        codes = weights[f"{name}.weight"]
        np.testing.assert_array_equal(codes, quantize(rest, scale[:, None]))
        kept = x.copy()
        kept[:, columns] = 0
        return linear(kept, weights, name) + product

    return run(np.load(folder / "x.npy")[0], weights, decomposed)[None]


def get_parameters(w, zero_points):
    """Scale, inverse and zero point of each row of a group."""
    if not zero_points:
        scale = np.abs(w).max(axis=1) / np.float32(7)
        return scale, np.float32(1) / scale, np.zeros(len(w), np.int32)
    low = np.minimum(w.min(axis=1), 0)
    scale = (np.maximum(w.max(axis=1), 0) - low) / np.float32(15)
    inverse = np.float32(1) / scale
    return scale, inverse, np.clip(np.rint(-low * inverse), 0, 15).astype(np.int32) - 8


def search_parameters(w, zero_points, weights):
    """Those of the part of the range with the least weighted squared error."""
    best, least = None, np.full(len(w), np.inf)
    for part in range(40, 19, -1):
        found = get_parameters(w * np.float32(part / 40), zero_points)
        scale, inverse, zero = (value[:, None] for value in found)
        code = np.clip(np.rint(w * inverse).astype(np.int32) + zero, -8, 7)
        errors = ((code - zero).astype(np.float32) * scale - w).astype(np.float64)
        loss = (errors**2 * weights).sum(axis=1)
        better = loss < least
        least = np.where(better, loss, least)
        best = [np.where(better, *pair) for pair in zip(found, best or found)]
    return best


def gptq(weight, moment, group_size, activation_order, zero_points, search):
    """The paper's algorithm column by column: the decoded weight."""
    diagonal = np.diag(moment).astype(np.float64)
    order = np.arange(len(diagonal))
    if activation_order:
        order = np.argsort(-diagonal, kind="stable")
    h = moment.astype(np.float64) + 0.01 * diagonal.mean() * np.eye(len(diagonal))
    u = np.linalg.cholesky(np.linalg.inv(h[np.ix_(order, order)])).T
    weights = np.empty(len(order))
    weights[order] = 1 / np.diag(u) ** 2
    w = weight[:, order].astype(np.float64)
    decoded = np.empty_like(weight)
    for i, channel in enumerate(order):
        begin = channel // group_size * group_size
        group = slice(begin, begin + group_size)
        if activation_order or channel == begin:
            members = weight[:, group]
            if not activation_order:
                members = w[:, group].astype(np.float32)
            scale, inverse, zero = (
                search_parameters(members, zero_points, weights[group])
                if search
                else get_parameters(members, zero_points)
            )
        code = np.rint(w[:, i].astype(np.float32) * inverse).astype(np.int32) + zero
        decoded[:, channel] = (np.clip(code, -8, 7) - zero).astype(np.float32) * scale
        error = (w[:, i] - decoded[:, channel]) / u[i, i]
        w[:, i:] -= np.outer(error, u[i, i:])
    return decoded


def check_gptq(folder, original, weights, statistics, options):
    """The weights are those that GPTQ makes of the statistics' moments."""
    x = np.load(folder / "calib.npy") * original["norm.weight"]
    # Sequentially, the second layer sees what the quantized first one produces.
    first = weights if "sequential" in options else original
    hidden = linear(x, first, "up") + original["up.bias"]
    for name, values in (("up", x), ("down", np.maximum(hidden, 0))):
        rows = values.reshape(-1, values.shape[-1]).astype(np.float64)
        moment = statistics[f"{name}.input.moment2"].sum(axis=0)
        np.testing.assert_allclose(moment, rows.T @ rows, rtol=1e-3, atol=1e-2)
        expected = gptq(
            original[f"{name}.weight"],
            moment,
            32,
            "given-order" not in options,
            "zero-points" in options,
            "search" in options,
        )
        np.testing.assert_array_equal(unpack(weights, name, 32), expected)


def main(verb, folder, *arguments):
    folder = Path(folder)
    if verb == "make":
        return make(folder)
    original = read(folder / "w.safetensors")
    x = np.load(folder / "x.npy")[0]
    expected = run(x, original)[None]
    if verb == "gptq":
        weights, *rest = arguments
        files = [name for name in rest if name.endswith(".safetensors")]
        statistics = {key: value for file in files for key, value in read(file).items()}
        return check_gptq(folder, original, read(weights), statistics, rest)
    if verb == "closer":
        errors = [np.abs(np.load(a) - expected).max() for a in arguments]
        assert errors[0] * 4 <= errors[1], errors
        return
    actual = np.load(arguments[-1])
    if verb == "outliers":
        expected = run_outliers(
            folder, original, read(arguments[0]), np.float32(arguments[1])
        )
    elif verb == "zeros":
        expected = run_zero_points(x, original, read(arguments[0]), arguments[1])
    elif verb != "float":
        expected = run(x, read(arguments[0]))[None]
    if verb in ("int8", "zeros"):
        np.testing.assert_array_equal(actual, expected)
    else:
        np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-4)


if __name__ == "__main__":
    main(*sys.argv[1:])
