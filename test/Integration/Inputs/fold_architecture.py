"""Scales an imported network at random by powers of two, folds, and compares.

usage: fold_architecture.py MODULE.mlir FOLDER PROGRAMS TABLE.md

The module needs no weights: they are drawn. What folds must be what the table
says of the architecture that the module is named after, and every bit of the
results must stay.
"""

import sys
from pathlib import Path

from quant_mlir.architecture_page import COUNTS, Row, read_counts
from quant_mlir.random_scales import RandomScales


def main(module, folder, programs, table):
    scales = RandomScales(module, folder, programs)
    scales.draw()
    folding = scales.measure(only_pow2=True)
    name = Path(module).stem
    counts, expected = Row(name, folding, 0.0).counts, read_counts(table)[name]
    print(name, dict(zip(COUNTS, counts)))
    assert counts == expected, f"the table says {expected}"
    assert folding.pow2_equal, "results differ"


if __name__ == "__main__":
    main(*sys.argv[1:])
