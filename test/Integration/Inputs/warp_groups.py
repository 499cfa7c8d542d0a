"""Writes random weights, scales and activations of warp-groups.mlir.

usage: warp_groups.py FOLDER
"""

import sys

import numpy as np
from safetensors.numpy import save_file

folder = sys.argv[1]
rng = np.random.default_rng(0)


def codes(*shape):
    return rng.integers(-127, 128, shape).astype(np.int8)


def scales(count):
    return np.exp(rng.normal(-6, 1, count)).astype(np.float32)


weights = {
    "up": codes(320, 576),
    "up_scale": scales(320),
    "down": codes(200, 320),
    "down_scale": scales(200),
}
save_file(weights, f"{folder}/w.safetensors")
np.save(f"{folder}/rows.npy", rng.normal(0, 1, (257, 576)).astype(np.float32))
