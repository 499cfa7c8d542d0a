"""What random scales on all linears of a module do to its results.

A scale that divides a linear's input and multiplies its weight changes nothing
over the reals. quant-fold-scales moves it into constants where the dataflow
allows; powers of two then leave every bit of the results, and other scales
change them by rounding alone. Weights and inputs are random as well, so that no
checkpoint is needed.
"""

import re
import subprocess
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from quant_mlir.errors import UserError
from quant_mlir.files import Tensor, write_npy, write_safetensors
from quant_mlir.ir import read_module

# Tokens are drawn below this, above the ids that models reserve for padding.
VOCABULARY = 96
FIRST_TOKEN = 3
SAMPLES = 2
SEED = 3

_REMARK = re.compile(r"remark: \[(Passed|Missed)\] (\w+) \| Category:[\w-]+ \| (.*)")
_SCALE_NAME = re.compile(r"the scale of (\S+?)(?:\.input)? ")
_FIELD = re.compile(r'(\w+)=(?:"((?:[^"\\]|\\.)*)"|(\S+?))(?:,|$)')


@dataclass
class Folding:
    """How many of a module's groups of linears take a scale, and how exactly."""

    linears: int = 0
    groups: int = 0
    folded: int = 0
    # The linear whose input's channels share scales -> (scales, channels).
    tied: dict = field(default_factory=dict)
    # The linear whose input stays scaled -> the reason.
    left: dict = field(default_factory=dict)
    # (op, reason) -> contractions with a weight that are not linears.
    not_raised: Counter = field(default_factory=Counter)
    pow2_equal: bool = False
    # Largest change under other scales, as a part of the largest result; None if
    # they were not tried.
    change: float | None = None


def draw_weights(shapes):
    """f32 values for parameters of `shapes` (name -> shape), the same ones for
    the same names and shapes in the same order."""
    generator = np.random.default_rng(0)
    weights = {}
    for name, shape in shapes.items():
        values = generator.standard_normal(shape)
        if len(shape) < 2:
            # Gains of norms around 1, biases around 0.
            values = 0.2 * values + (name.endswith("weight"))
        else:
            # Products keep the size of their activations.
            values /= np.sqrt(np.prod(shape[1:]))
        weights[name] = values.astype(np.float32)
    return weights


def draw_inputs(types):
    """Inputs for a module that takes `types`: token ids, then their mask, or
    floats. The second sample's end is masked."""
    generator = np.random.default_rng(1)
    inputs = []
    for number, (shape, dtype) in enumerate(types):
        shape = SAMPLES, *shape[1:]
        if dtype != "i64":
            values = generator.standard_normal(shape).astype(np.float32)
        elif number:
            values = np.ones(shape, np.int64)
            values[-1, -3:] = 0
        else:
            values = generator.integers(FIRST_TOKEN, VOCABULARY, shape)
        inputs.append(values)
    return inputs


def parse_remarks(text):
    """(kind, name, fields) of each remark that quant-opt printed."""
    for kind, name, fields in _REMARK.findall(text):
        yield kind, name, {key: a or b for key, a, b in _FIELD.findall(fields)}


class RandomScales:
    """Runs our programs on one module with random weights, inputs and scales."""

    def __init__(self, module, folder, programs):
        self.module = read_module(module)
        self.folder = Path(folder)
        self.programs = Path(programs)
        self.weights = self.folder / "weights.safetensors"
        self.arguments = []

    def _run(self, program, *arguments):
        command = [self.programs / program, *arguments]
        result = subprocess.run(
            [str(part) for part in command], capture_output=True, text=True
        )
        if result.returncode:
            raise UserError(f"failed: {program} {self.module.path}: {result.stderr}")
        return result.stderr

    def draw(self):
        """Writes random weights and inputs; returns both."""
        weights = draw_weights(
            {name: type.shape for name, type in self.module.weights.items()}
        )
        write_safetensors(
            self.weights,
            [
                Tensor(name, "F32", values.shape, lambda values=values: values)
                for name, values in weights.items()
            ],
        )
        inputs = draw_inputs(self.module.inputs)
        self.arguments = []
        for number, values in enumerate(inputs):
            path = self.folder / f"input{number}.npy"
            write_npy(path, values)
            self.arguments.append(f"--input={path}")
        return weights, inputs

    def evaluate(self, module=None, weights=None):
        """The result of all samples."""
        output = self.folder / "output.npy"
        self._run(
            "quant-run",
            module or self.module.path,
            f"--weights={weights or self.weights}",
            *self.arguments,
            f"--output={output}",
            "--quiet",
        )
        return np.load(output)

    def _scale(self, folding, pow2):
        """Results under random scales; counts what folds in `folding`."""
        scaled, data = self.folder / "scaled.mlir", self.folder / "scaled.safetensors"
        remarks = self._run(
            "quant-opt",
            self.module.path,
            "--quant-raise-linears",
            "--quant-insert-observers",
            f"--quant-bind-weights=file={self.weights}",
            f"--quant-test-random-scales=pow2={'true' if pow2 else 'false'} seed={SEED}",
            "--quant-fold-scales",
            f"--quant-externalize-weights=file={data}",
            "--remarks-filter=quant-(raise-linears|fold-scales)",
            "-o",
            scaled,
        )
        folding.folded = 0
        folding.tied, folding.left, folding.not_raised = {}, {}, Counter()
        for kind, name, fields in parse_remarks(remarks):
            text = fields["Remark"]
            if name == "NotALinear":
                folding.not_raised[text.split(" ")[0], fields["Reason"]] += 1
                continue
            linear = _SCALE_NAME.match(text)[1]
            if kind == "Missed":
                folding.left[linear] = fields["Reason"]
            elif fields["FreeScales"] == fields["Channels"]:
                folding.folded += 1
            else:
                folding.tied[linear] = fields["FreeScales"], fields["Channels"]
        folding.groups = folding.folded + len(folding.tied) + len(folding.left)
        left = len(re.findall(r"= quant\.smooth ", scaled.read_text()))
        if left != len(folding.left):
            raise UserError(f"{left} scales stay, remarks name {len(folding.left)}")
        return self.evaluate(scaled, data)

    def measure(self, only_pow2=False):
        """Scales the module at random; returns the Folding."""
        raised = self.folder / "raised.mlir"
        self._run("quant-opt", self.module.path, "--quant-raise-linears", "-o", raised)
        expected = self.evaluate(raised)
        largest = np.abs(expected).max()
        if not (np.isfinite(expected).all() and largest > 0):
            raise UserError(f"the results of {self.module.path} are not finite")
        linears = re.findall(r"linalg\.matmul indexing_maps", raised.read_text())
        folding = Folding(linears=len(linears))
        exact = self._scale(folding, pow2=True)
        folding.pow2_equal = np.array_equal(
            exact.view(np.int32), expected.view(np.int32)
        )
        if not only_pow2:
            other = self._scale(folding, pow2=False)
            folding.change = float(np.abs(other - expected).max() / largest)
        return folding
