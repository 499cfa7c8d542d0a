"""Multiplies by a weight whose last row is 4 GiB behind its first, on the PTX
emulator.

usage: large_weight.py FOLDER     which quant-translate wrote, and which is written to
"""

import csv
import sys
from pathlib import Path

import numpy as np
from check_kernels import Kernel

ROWS, COLUMNS, PITCH = 5, 64, 2**30


def main(folder):
    folder = Path(folder)
    rng = np.random.default_rng(8)
    x = rng.integers(-127, 128, (1, COLUMNS), np.int8)
    weight = rng.integers(-127, 128, (ROWS, COLUMNS), np.int8)
    # A file with holes.
    stored = np.lib.format.open_memmap(folder / "w.npy", "w+", np.int8, ((ROWS - 1) * PITCH + COLUMNS,))
    for i, values in enumerate(weight):
        stored[i * PITCH : i * PITCH + COLUMNS] = values
    with open(folder / "index.tsv") as index:
        (row,) = csv.DictReader(index, delimiter="\t")
    kernel = Kernel(folder, row)
    kernel.array(x)
    kernel.arguments.append(f"in:{folder / 'w.npy'}")
    kernel.array(np.ones((), np.float32))
    kernel.array(np.ones((), np.float32))
    result = kernel.array(np.zeros((1, ROWS), np.float32), "inout")
    kernel.sizes(1, ROWS, COLUMNS, COLUMNS, PITCH, ROWS)
    kernel.run(1, ROWS, checked=False)
    expected = x.astype(np.int64) @ weight.astype(np.int64).T
    if not np.array_equal(np.load(result), expected):
        raise SystemExit(f"{np.load(result)}, expected {expected}")


main(*sys.argv[1:])
