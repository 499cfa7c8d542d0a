"""Data of low-bit.mlir, and its reference in NumPy.

usage: low_bit.py make DIR                    w.safetensors, x.npy
       low_bit.py check DIR NAME BITS GROUP   DIR/NAME.safetensors has the codes,
           [zeros]                            scales and zero points of w, and
                                              DIR/NAME.npy the bits of its product
                                              with activations of BITS bits
       low_bit.py closer DIR A B              DIR/A.npy is closer to the float
                                              product than DIR/B.npy
"""

import json
import struct
import sys
from pathlib import Path

import numpy as np

F = np.float32
DTYPES = {"F32": np.float32, "I8": np.int8}


def write(path, tensors):
    header, data = {}, b""
    for name, value in tensors.items():
        offsets = [len(data), len(data) + value.nbytes]
        header[name] = {"dtype": "F32", "shape": value.shape, "data_offsets": offsets}
        data += value.tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-(len(text) + 8) % 64)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def read(path):
    raw = path.read_bytes()
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
    random = np.random.default_rng(7)
    weight = random.normal(size=(20, 100)).astype(F)
    # Rows of one sign, quiet groups, and a group with one loud weight.
    weight[3] = np.abs(weight[3])
    weight[5, 32:64] *= F(1e-3)
    weight[6, 70] = F(40)
    weight[7] = 0
    x = random.normal(size=(7, 100)).astype(F)
    x[:, 11] *= F(30)
    x[2] = 0
    bias = random.normal(size=20).astype(F)
    write(folder / "w.safetensors", {"fc.weight": weight, "fc.bias": bias})
    np.save(folder / "x.npy", x)


def round_clamp(values, lo, hi):
    return np.clip(np.rint(values), lo, hi).astype(np.int32)


def quantize_group(group, scale, zeros):
    inverse = F(1) / scale
    if not zeros:
        return round_clamp(group * inverse, -8, 7), 0
    zero = int(round_clamp(-min(group.min(), F(0)) * inverse, 0, 15)) - 8
    return np.clip(round_clamp(group * inverse, -15, 15) + zero, -8, 7), zero


def quantize_row(row, group_size, zeros):
    """Codes, the row's scale, group scales, zero points."""
    floor = F(2) ** F(-100)
    if group_size == 0:
        span = row.max(initial=0) - row.min(initial=0) if zeros else np.abs(row).max()
        scale = max(F(span) / F(15 if zeros else 7), floor)
        codes, zero = quantize_group(row, scale, zeros)
        return codes, scale, [1], [zero]
    row_scale = max(np.abs(row).max() / F(119), floor)
    codes, scales, zero_points = [], [], []
    for begin in range(0, len(row), group_size):
        group = row[begin : begin + group_size]
        low, high = min(group.min(), F(0)), max(group.max(), F(0))
        span = high - low if zeros else max(-low, high)
        steps = span * (F(1) / row_scale) / F(15 if zeros else 7)
        largest = 16 if zeros else 17
        below = min(max(int(steps), 1), largest)
        best = None
        for scale in {below, min(below + 1, largest)}:
            found, zero = quantize_group(group, row_scale * F(scale), zeros)
            values = (found - zero) * (np.float64(row_scale) * scale)
            error = ((values - group) ** 2).sum()
            if best is None or (error, scale) < best[:2]:
                best = error, scale, found, zero
        scales.append(best[1])
        codes.append(best[2])
        zero_points.append(best[3])
    return np.concatenate(codes), row_scale, scales, zero_points


def quantize_activations(x, bits):
    qmax = 2 ** (bits - 1) - 1
    qmin = -127 if bits == 8 else -qmax - 1
    scale = np.maximum(np.abs(x).max(axis=1) / F(qmax), F(2) ** F(-100))
    return round_clamp(x * (F(1) / scale)[:, None], qmin, qmax), scale


def check(folder, name, bits, group_size, zeros):
    parts = read(folder / f"{name}.safetensors")
    original = read(folder / "w.safetensors")
    rows = [quantize_row(row, group_size, zeros) for row in original["fc.weight"]]
    codes, row_scales, scales, zero_points = map(np.array, zip(*rows))

    packed = parts["fc.weight_packed"]
    pairs = np.stack([packed << 4 >> 4, packed >> 4], axis=-1)
    stored = pairs.reshape(len(packed), -1)[:, : codes.shape[1]]
    np.testing.assert_array_equal(stored, codes)
    np.testing.assert_array_equal(parts["fc.weight_scale"], row_scales)
    assert ("fc.weight_group_scale" in parts) == (group_size > 0), sorted(parts)
    if group_size:
        np.testing.assert_array_equal(parts["fc.weight_group_scale"], scales)
    assert ("fc.weight_zero_point" in parts) == zeros, sorted(parts)
    if zeros:
        np.testing.assert_array_equal(parts["fc.weight_zero_point"], zero_points)

    group = np.arange(codes.shape[1]) // (group_size or codes.shape[1])
    weight = (codes - zero_points[:, group]) * scales[:, group]
    assert np.abs(weight).max() <= 127, np.abs(weight).max()

    q, sx = quantize_activations(np.load(folder / "x.npy"), bits)
    sums = q.astype(np.int64) @ weight.T.astype(np.int64)
    expected = sums.astype(F) * sx[:, None] * row_scales + original["fc.bias"]
    np.testing.assert_array_equal(np.load(folder / f"{name}.npy"), expected)
    print(f"{name}: relative error {get_error(folder, name):.3f}")


def get_error(folder, name):
    original = read(folder / "w.safetensors")
    exact = np.load(folder / "x.npy") @ original["fc.weight"].T + original["fc.bias"]
    difference = np.load(folder / f"{name}.npy") - exact
    return np.linalg.norm(difference) / np.linalg.norm(exact)


def main(verb, folder, *arguments):
    folder = Path(folder)
    if verb == "make":
        return make(folder)
    if verb == "closer":
        errors = [get_error(folder, name) for name in arguments]
        assert errors[0] < errors[1], errors
        return
    name, bits, group_size, *rest = arguments
    check(folder, name, int(bits), int(group_size), rest == ["zeros"])


main(*sys.argv[1:])
