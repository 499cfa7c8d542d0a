"""Runs quant-form-epilogues on a chain of ops without a matmul, which may not take
time with the square of their number.

usage: long_chains.py QUANT_OPT FOLDER
"""

import resource
import subprocess
import sys
from pathlib import Path

BATCHES = "tensor<2x4x16xf32>"
START = f"""  %v0 = linalg.exp ins(%z : {BATCHES})
      outs(%e3 : {BATCHES}) -> {BATCHES}
"""


def make(count):
    """A chain of exponentials."""
    ops = "".join(
        f"  %v{i} = linalg.exp ins(%v{i - 1} : {BATCHES}) "
        f"outs(%e3 : {BATCHES}) -> {BATCHES}\n"
        for i in range(1, count + 1)
    )
    return f"""func.func @main(%z: {BATCHES}) -> {BATCHES} {{
  %e3 = tensor.empty() : {BATCHES}
{START}{ops}  return %v{count} : {BATCHES}
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
    seconds = measure(quant_opt, Path(folder) / "chain.mlir", make(5000))
    print(f"{'in time' if seconds < 3 else 'too slow'}: {seconds:.2f} s")


if __name__ == "__main__":
    main(*sys.argv[1:])
