"""Scales a real model's linears at random, folds, and compares its outputs.

usage: scale_at_random.py MODEL MODULE.mlir FOLDER SAMPLES EXPECTED_LEFT

Power-of-two scales must leave every bit of the outputs; others change them by
at most 1e-4 of the largest one. EXPECTED_LEFT scales stay at their linears.
"""

import subprocess
import sys
from pathlib import Path

import numpy as np


def run(*command):
    subprocess.run([str(part) for part in command], check=True)


def make_inputs(module, folder, samples):
    """Random tokens for each argument, within every vocabulary."""
    generator = np.random.default_rng(0)
    line = next(line for line in module.read_text().splitlines() if "func.func @main" in line)
    arguments = line.split("(")[1].split(")")[0].split(",")
    options = []
    for number, argument in enumerate(arguments):
        shape = argument.split("<")[1].split("x")
        values = generator.integers(1, 20000, (samples, int(shape[1])))
        if number == 1:  # the attention mask
            values = np.ones_like(values)
        path = folder / f"input{number}.npy"
        np.save(path, values.astype(np.int64))
        options.append(f"--input={path}")
    return options


def main(model, module, folder, samples, expected_left):
    module, folder = Path(module), Path(folder)
    weights = folder / "weights.safetensors"
    run(sys.executable, "-m", "quant_mlir", "weights", model, "--output", weights)
    inputs = make_inputs(module, folder, int(samples))

    def evaluate(program, data, name):
        output = folder / f"{name}.npy"
        run("quant-run", program, f"--weights={data}", *inputs, f"--output={output}", "--quiet")
        return np.load(output)

    raised = folder / "raised.mlir"
    run("quant-opt", module, "--quant-raise-linears", "-o", raised)
    expected = evaluate(raised, weights, "expected")
    assert np.isfinite(expected).all() and np.abs(expected).max() > 0

    for pow2 in ("true", "false"):
        scaled, data = folder / "scaled.mlir", folder / "scaled.safetensors"
        run(
            "quant-opt",
            module,
            "--quant-raise-linears",
            f"--quant-bind-weights=file={weights}",
            f"--quant-test-random-scales=pow2={pow2} seed=3",
            "--quant-fold-scales",
            f"--quant-externalize-weights=file={data}",
            "-o",
            scaled,
        )
        left = scaled.read_text().count("= quant.smooth ")
        actual = evaluate(scaled, data, "actual")
        difference = np.abs(actual - expected).max() / np.abs(expected).max()
        print(f"pow2={pow2}: {left} scales left, difference {difference:.2g}")
        assert left == int(expected_left)
        if pow2 == "true":
            assert np.array_equal(actual.view(np.int32), expected.view(np.int32))
        else:
            assert difference <= 1e-4
            assert difference > 0, "the scales had no effect"


if __name__ == "__main__":
    main(*sys.argv[1:])
