"""Writes operands for two runs of matmul.mlir, and the module with its tile."""

import sys
from pathlib import Path

import numpy as np

folder = Path(sys.argv[1])
rng = np.random.default_rng(0)
for name, rows in {"x": 192, "w": 512}.items():
    np.save(folder / f"{name}.npy", rng.integers(-127, 128, (2 * rows, 1024), dtype=np.int8))
    np.save(folder / f"s{name}.npy", np.ones(2 * rows, np.float32))
text = Path(__file__).with_name("matmul.mlir").read_text()
tile = "{quant.tile = array<i64: 64, 128, 1, 2, 4>}"
(folder / "tiled.mlir").write_text(text.replace("outs(%y : tensor<192x512xf32>)", f"outs(%y : tensor<192x512xf32>) {tile}"))
