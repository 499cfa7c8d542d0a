"""Smooths an imported network by powers of two, folds, and compares.

usage: smooth_exactly.py MODULE.mlir FOLDER PROGRAMS

The module needs no weights: they are drawn. Statistics are those of its own
inputs. Every bit of the results must stay; scales that are no powers of two
must change some, or the comparison would prove nothing.
"""

import re
import sys
from pathlib import Path

import numpy as np

from quant_mlir.random_scales import RandomScales


class Smoothing(RandomScales):
    def raise_linears(self):
        raised = self.folder / "raised.mlir"
        self._run("quant-opt", self.module.path, "--quant-raise-linears", "-o", raised)
        return raised

    def calibrate(self):
        observed = self.folder / "observed.mlir"
        statistics = self.folder / "statistics.safetensors"
        self._run("quant-opt", self.module.path, "--quant-calibrate", "-o", observed)
        data = [f"--weights={self.weights}", *self.arguments, "--quiet"]
        self._run("quant-run", observed, *data, f"--observe={statistics}")
        return observed, statistics

    def smooth(self, observed, statistics, scales):
        """The results after smoothing, and the number of groups smoothed."""
        smoothed = self.folder / "smoothed.mlir"
        data = self.folder / "smoothed.safetensors"
        remarks = self._run(
            "quant-opt",
            observed,
            f"--quant-attach-statistics=file={statistics}",
            f"--quant-bind-weights=file={self.weights}",
            f"--quant-smooth=alpha=0.6 always scales={scales}",
            "--quant-fold-scales",
            "--quant-strip-observers",
            f"--quant-externalize-weights=file={data}",
            "--remarks-filter=quant-smooth",
            "-o",
            smoothed,
        )
        count = len(re.findall(r"\[Passed\] Smoothed", remarks))
        return self.evaluate(smoothed, data), count


def main(module, folder, programs):
    smoothing = Smoothing(module, folder, programs)
    smoothing.draw()
    expected = smoothing.evaluate(smoothing.raise_linears())
    assert np.isfinite(expected).all() and np.abs(expected).max() > 0
    calibration = smoothing.calibrate()
    exact, count = smoothing.smooth(*calibration, "pow2")
    other, same = smoothing.smooth(*calibration, "any")
    assert count == same > 0
    bits = [values.view(np.int32) for values in (expected, exact, other)]
    assert np.array_equal(bits[0], bits[1]), np.abs(exact - expected).max()
    assert not np.array_equal(bits[0], bits[2])
    print(f"{Path(module).stem}: {count} groups smoothed, no bit changed")


if __name__ == "__main__":
    main(*sys.argv[1:])
