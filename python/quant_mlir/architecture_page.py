"""The page that says what folds in which architecture: docs/Architectures.md."""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from quant_mlir.errors import UserError
from quant_mlir.random_scales import Folding
from quant_mlir.tables import markdown

COUNTS = ["Linears", "Not raised", "Groups", "Fold", "With ties", "Stay"]
HEADER = [
    "Architecture",
    *COUNTS,
    "From PyTorch",
    "Powers of two",
    "Other scales",
]


def get_stem(name):
    """An architecture's name as files and the command line have it."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower())


@dataclass
class Row:
    """What the table says of one architecture."""

    name: str
    folding: Folding
    # Largest difference to PyTorch's result, as a part of the largest result.
    difference: float

    @property
    def counts(self):
        """The values of COUNTS."""
        folding = self.folding
        return [
            folding.linears,
            sum(folding.not_raised.values()),
            folding.groups,
            folding.folded,
            len(folding.tied),
            len(folding.left),
        ]


def table(rows):
    """The rows as cells of HEADER."""
    for row in rows:
        yield [
            row.name,
            *row.counts,
            f"{row.difference:.1e}",
            "equal" if row.folding.pow2_equal else "DIFFER",
            f"{row.folding.change:.1e}",
        ]


def _merge(linears):
    """(place, what is said) -> how often, over layers and experts."""
    return Counter(
        (re.sub(r"\.\d+\.", ".*.", linear), what) for linear, what in linears.items()
    ).items()


def reasons(row):
    """Lines that say what is not raised, tied or left in one architecture."""
    folding = row.folding
    for (op, reason), count in folding.not_raised.items():
        yield f"{count} × `{op}` not raised: {reason}"
    for (place, (scales, channels)), count in _merge(folding.tied):
        yield f"{count} × `{place}` tied: {scales} scales for {channels} channels"
    # Neither where in the module nor which of the random scales.
    left = {
        linear: re.sub(r" \(line \d+\)|: channel \d+ has .*", "", reason)
        for linear, reason in folding.left.items()
    }
    for (place, reason), count in _merge(left):
        yield f"{count} × `{place}` stays: {reason}"


PREAMBLE = """\
# Architectures

<!-- Written by `python -m quant_mlir architectures`. Do not edit. -->

The compiler knows no architecture: `quant-raise-linears` finds linears by what an op computes, and scales find their
way by the [algebra](Migration.md). This table says what that gives for networks of two layers with random weights,
imported from transformers' configurations by torch-mlir.

- *Linears*: contractions with a weight that are raised; *not raised*: those that are not.
- *Groups*: linears that read one value and so share a scale. A scale *folds* if constants absorb it whole, *with ties*
  if some channels must share a scale for that, and *stays* at the linears if no constants can absorb it.
- *From PyTorch*: `max|Δ| / max|y|` of the imported module, run by `quant-run`, to PyTorch.
- *Powers of two*: results after scales 2ᵏ in [2⁻⁶, 2⁶] on every group, folded, against those before: `equal` means the
  same bits. *Other scales*: `max|Δ| / max|y|` for arbitrary scales in that range.

"""


REASONS = """
## What is tied, what stays, and why

Heads that share keys and values share scales too: their copies are one value. What stays is what no choice of scales
makes exact. A GELU or SiLU between two linears is not homogeneous: there is no `s` with `gelu(x / s) = gelu(x) / s` for
all `x`; a gate's other factor is, and takes the scale where there is one. A value that also feeds a residual stream
whose norm mixes channels (post-norm networks, and those whose linears read the stream itself) cannot be divided for its
linears alone. `tanh` GELU and SiLU show as a value that also feeds an op that does not take the scale: the factor
behind `x · …` reads `x` too.

`*` stands for the numbers of layers and experts.

"""


def document(rows):
    """The whole page."""
    said = {}
    for row in rows:
        for line in reasons(row):
            said.setdefault(line, []).append(row.name)
    lines = [f"- {line} ({', '.join(names)})\n" for line, names in said.items()]
    return PREAMBLE + markdown(HEADER, table(rows)) + REASONS + "".join(lines)


def read_counts(path):
    """The COUNTS of each row of the page, by the architecture's stem."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from error
    rows = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == len(HEADER) and cells[1].isdigit():
            rows[get_stem(cells[0])] = [int(cell) for cell in cells[1 : len(COUNTS) + 1]]
    return rows
