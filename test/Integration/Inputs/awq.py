"""Data of awq.mlir, and AWQ's searches in NumPy, as the paper and its code do
them: on the rows themselves, one candidate after the other.

usage: awq.py make DIR                 w.safetensors and x.npy
       awq.py scales DIR OUT REMARKS SCHEME [ROWS]
                                       the scale folded into OUT and the ratio
                                       in the remarks are those of NumPy's
                                       search, on ROWS rows of each run or on all
       awq.py clipping DIR OUT SCHEME  the weights in OUT are those that NumPy
                                       clips
       awq.py differ DIR OUT OUT       the weights in the two are not the same

SCHEME is w4a16, a float scale for each group, or w4a8, integer ones inside a
float scale of the row.
"""

import re
import sys
from pathlib import Path

import numpy as np

from two_layer import read, write

WEIGHTS = ["q.weight", "k.weight"]
ROWS, CHANNELS, GROUP, GRID = 64, 96, 64, 20


def make(folder):
    random = np.random.default_rng(3)

    def normal(*shape):
        return random.normal(size=shape).astype(np.float32)

    gain = np.exp(1.5 * normal(CHANNELS))
    gain[5] = 40
    tensors = {"gain": gain}
    for name, rows in zip(WEIGHTS, (40, 24)):
        tensors[name] = normal(rows, CHANNELS) * np.exp(0.5 * normal(CHANNELS))
    write(folder / "w.safetensors", tensors)
    np.save(folder / "x.npy", normal(4 * ROWS, CHANNELS) @ normal(CHANNELS, CHANNELS))


def activations(folder):
    return np.load(folder / "x.npy") * read(folder / "w.safetensors")["gain"]


def groups():
    return [slice(k, min(k + GROUP, CHANNELS)) for k in range(0, CHANNELS, GROUP)]


def round_group(w):
    """Rows of one group, in 4 bits with zero points."""
    low = np.minimum(w.min(1, keepdims=True), 0)
    high = np.maximum(w.max(1, keepdims=True), 0)
    scale = (high - low) / np.float32(15)
    # As Numerics.h has it: a clipped group's zero point is often a tie.
    inverse = np.float32(1) / scale
    zero = np.round(-low * inverse)
    codes = np.clip(np.round(w * inverse) + zero, 0, 15)
    return (codes - zero) * scale


def row_scale(w):
    return np.abs(w).max(1, keepdims=True) / np.float32(119)


def round_in_row(w, scale):
    """Rows of one group whose scale is an integer, 1 to 16, times `scale`: of the
    two around range / 15 the one with the smaller error."""
    low = np.minimum(w.min(1, keepdims=True), 0)
    high = np.maximum(w.max(1, keepdims=True), 0)
    steps = (high - low) * (np.float32(1) / scale) / np.float32(15)
    below = np.clip(np.floor(steps), 1, 16)
    options = []
    for integer in (below, np.minimum(below + 1, 16)):
        step = (scale * integer).astype(np.float32)
        inverse = np.float32(1) / step
        zero = np.clip(np.round(-low * inverse), 0, 15)
        codes = np.clip(np.round(w * inverse) + zero, 0, 15)
        exact = (codes - zero) * (integer * scale.astype(np.float64))
        error = np.square(exact - w).sum(1, keepdims=True)
        options.append((error, (codes - zero) * integer * scale))
    return np.where(options[0][0] <= options[1][0], options[0][1], options[1][1])


def round_all(w, scheme):
    if scheme == "w4a16":
        parts = [round_group(w[:, part]) for part in groups()]
    else:
        parts = [round_in_row(w[:, part], row_scale(w)) for part in groups()]
    return np.concatenate(parts, axis=1)


def candidates(x, weights):
    x_mean = np.abs(x).astype(np.float64).mean(0)
    relative = [
        np.concatenate([np.abs(w[:, g]) / (np.abs(w[:, g]).max(1, keepdims=True)) for g in groups()], axis=1)
        for w in weights
    ]
    w_mean = np.concatenate(relative).mean(0)
    for duo in (False, True):
        for i in range(GRID + 1):
            r = i / GRID
            scale = x_mean**r
            if duo:
                scale = scale / (w_mean ** (1 - r) + 1e-4)
            scale = np.maximum(scale, 1e-4)
            scale /= np.sqrt(scale.max() * scale.min())
            yield r, duo, scale.astype(np.float32)


def scales(folder, output, remarks, scheme, rows=None):
    x = activations(folder)
    weights = [read(folder / "w.safetensors")[name] for name in WEIGHTS]
    seen = x
    if rows:
        picks = [(2 * i + 1) * ROWS // (2 * int(rows)) for i in range(int(rows))]
        seen = x.reshape(-1, ROWS, CHANNELS)[:, picks].reshape(-1, CHANNELS)
    results = []
    for r, duo, scale in candidates(x, weights):
        error = sum(
            np.square(seen.astype(np.float64) @ (round_all(w * scale, scheme) / scale - w).T).sum()
            for w in weights
        )
        results.append((error, r, duo, scale))
    results.sort(key=lambda entry: entry[0])
    # Roundings must not decide.
    assert results[1][0] > 1.001 * results[0][0], results[:2]
    _, ratio, duo, expected = results[0]
    text = Path(remarks).read_text()
    found = re.search(r"mean\|x\|\^r( / mean\|w\|\^\(1-r\))? with r = ([\d.]+)", text)
    assert (found[1] is not None, float(found[2])) == (duo, ratio), (found[0], duo, ratio)
    basis = f"{len(seen)} sample rows" if rows else "second moments"
    assert f"errors are those under {basis}" in text, text
    before, after = read(folder / "w.safetensors"), read(output)
    np.testing.assert_allclose(before["gain"] / after["gain"], expected, rtol=1e-5)
    for name in WEIGHTS:
        np.testing.assert_allclose(after[name], before[name] * expected, rtol=1e-5)


def clip(x, w, rounded):
    """The clipped rows of `w`, each group under the bound with the least error."""
    result = np.empty_like(w)
    for part in groups():
        group = w[:, part]
        largest = np.abs(group).max(1, keepdims=True)
        errors, clipped = [], []
        for i in range(GRID // 2):
            bound = largest * np.float32(1 - i / GRID)
            clipped.append(np.clip(group, -bound, bound))
            difference = x[:, part] @ (rounded(clipped[-1]) - group).T
            errors.append(np.square(difference).sum(0))
        best = np.argmin(errors, axis=0)
        result[:, part] = np.stack(clipped)[best, np.arange(len(w))]
    return result


def row_errors(x, w, replacement):
    """The error of each row if `replacement`, rounded under its own scale, takes its place."""
    scale = row_scale(replacement)
    differences = [round_in_row(replacement[:, part], scale) - w[:, part] for part in groups()]
    return sum(np.square(x[:, part] @ d.T).sum(0) for part, d in zip(groups(), differences))


def clipping(folder, output, scheme):
    x = activations(folder).astype(np.float64)
    before, after = read(folder / "w.safetensors"), read(output)
    changed = 0
    for name in WEIGHTS:
        w = before[name]
        if scheme == "w4a16":
            expected = clip(x, w, round_group)
        else:
            # A first search says how far the clipped row reaches.
            scale = row_scale(w)
            for _ in range(2):
                clipped = clip(x, w, lambda group, scale=scale: round_in_row(group, scale))
                is_better = row_errors(x, w, clipped) < row_errors(x, w, w)
                expected = np.where(is_better[:, None], clipped, w)
                scale = row_scale(expected)
        np.testing.assert_allclose(after[name], expected, rtol=1e-6)
        changed += (expected != w).sum()
    assert changed > 0


def differ(folder, output, other):
    for name in WEIGHTS:
        assert (read(output)[name] != read(other)[name]).any(), name


if __name__ == "__main__":
    command, folder, *arguments = sys.argv[1:]
    {"make": make, "scales": scales, "clipping": clipping, "differ": differ}[command](Path(folder), *arguments)
