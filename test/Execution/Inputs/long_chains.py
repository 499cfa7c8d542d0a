"""Runs quant-form-epilogues on chains of ops of which no pass may take time with
the square of their number.

usage: long_chains.py QUANT_OPT FOLDER
"""

import resource
import subprocess
import sys
from pathlib import Path

TYPE = "tensor<8x16xf32>"
BATCHES = "tensor<2x4x16xf32>"
MATMUL = f"""  %y = quant.matmul %x, %w scales(%s, %s : tensor<f32>, tensor<f32>)
      outs(%e : {TYPE}) : tensor<8x32xi8>, tensor<16x32xi8> -> {TYPE}
  %v0 = tensor.expand_shape %y [[0, 1], [2]] output_shape [2, 4, 16]
      : {TYPE} into {BATCHES}
"""
NO_MATMUL = f"""  %v0 = linalg.exp ins(%z : {BATCHES})
      outs(%e3 : {BATCHES}) -> {BATCHES}
"""


def make(start, count):
    """A chain of exponentials behind `start`, which makes %v0."""
    ops = "".join(
        f"  %v{i} = linalg.exp ins(%v{i - 1} : {BATCHES}) "
        f"outs(%e3 : {BATCHES}) -> {BATCHES}\n"
        for i in range(1, count + 1)
    )
    return f"""func.func @main(%x: tensor<8x32xi8>, %w: tensor<16x32xi8>, %s: tensor<f32>,
    %z: {BATCHES}) -> {BATCHES} {{
  %e = tensor.empty() : {TYPE}
  %e3 = tensor.empty() : {BATCHES}
{start}{ops}  return %v{count} : {BATCHES}
}}
"""


def measure(quant_opt, path, text):
    """The seconds of CPU time."""
    path.write_text(text)
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    command = [quant_opt, path, "--quant-form-epilogues", "-o", "/dev/null"]
    subprocess.run(command, check=True, timeout=120)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def main(quant_opt, folder):
    for name, start, count in ("matmul", MATMUL, 500), ("none", NO_MATMUL, 5000):
        seconds = measure(quant_opt, Path(folder) / f"{name}.mlir", make(start, count))
        verdict = "in time" if seconds < 3 else "too slow"
        print(f"{count} ops, {name}: {verdict}: {seconds:.2f} s")


if __name__ == "__main__":
    main(*sys.argv[1:])
