"""Which channels of which activations are outliers, from a statistics file."""

from typing import NamedTuple

import numpy as np
from safetensors import safe_open

from quant_mlir.errors import UserError

HEADER = ["activation", "channels", "absmax", "median", "absmax / median", "channels > 10 × median", "largest channels"]
_LISTED_CHANNELS = 3


class Activation(NamedTuple):
    name: str
    absmax: np.ndarray  # f32 [channels]

    @property
    def median(self):
        return float(np.median(self.absmax))

    @property
    def ratio(self):
        """The largest channel over the median one: how uneven the channels are."""
        return float(self.absmax.max()) / max(self.median, np.finfo(np.float32).tiny)


def read_profile(path):
    """The observed activations of a statistics file, the most uneven first."""
    try:
        with safe_open(str(path), framework="numpy") as file:
            activations = [
                Activation(name.removesuffix(".absmax"), file.get_tensor(name))
                for name in file.keys()
                if name.endswith(".absmax")
            ]
    except Exception as error:  # safetensors raises its own type and OSError
        raise UserError(f"cannot read statistics {path}: {error}") from error
    return sorted(activations, key=lambda activation: -activation.ratio)


def profile_rows(activations):
    """One row of HEADER for each activation."""
    return [_row(activation) for activation in activations]


def _row(activation):
    largest = np.argsort(-activation.absmax)[:_LISTED_CHANNELS]
    listed = ", ".join(f"{c}: {activation.absmax[c]:.1f}" for c in largest)
    outliers = int(np.sum(activation.absmax > 10 * activation.median))
    return [
        activation.name,
        len(activation.absmax),
        f"{activation.absmax.max():.2f}",
        f"{activation.median:.2f}",
        f"{activation.ratio:.0f}",
        outliers,
        listed,
    ]
