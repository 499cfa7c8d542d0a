"""Sequential calibration: a layer sees what its quantized predecessors produce.

The groups of linears are cut into stages along the program. Each stage is
calibrated by running what the stages before it became, quantized, and is then
quantized itself, so that its statistics and its rounding know their errors.
Everything that computes is a run of quant-opt or quant-run.
"""

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from quant_mlir.errors import UserError

# What quant-opt leaves in float by default, as a part of our expressions.
DEFAULT_EXCLUDE = "(^|[.])lm_head[.]"


@dataclass(frozen=True)
class Scheme:
    """How the linears of a stage are quantized to 4 bits."""

    awq: bool
    gptq: bool
    group_size: int
    zero_point: bool

    def passes(self, exclude):
        """The passes behind calibration; `exclude` finds what later stages have."""
        group = f"group-size={self.group_size} zero-point={str(self.zero_point).lower()}"
        passes = []
        if self.awq:
            passes += [f"quant-awq{{{group} groups=foldable}}", "quant-fold-scales"]
            # GPTQ searches the range of each group itself.
            if not self.gptq:
                passes.append(f"quant-clip-weights{{{group}}}")
        if self.gptq:
            passes.append(f"quant-gptq{{{group}}}")
        else:
            passes.append(f"quant-quantize{{scheme=w4a16 {group} exclude={exclude}}}")
        return passes


@dataclass(frozen=True)
class Calibration:
    """What quant-run is given: its --input options and others."""

    inputs: tuple
    options: tuple = ()


def allowed_cuts(groups):
    """The positions in front of which a stage may begin.

    No group behind a cut may fold its scale into the weight of a linear in front
    of it, which is quantized by then.
    """
    cuts = []
    for cut in range(1, len(groups)):
        before = {name for group in groups[:cut] for name in group["linears"]}
        folds = {
            re.sub(r"[.](weight|bias)$", "", constant)
            for group in groups[cut:]
            for constant in group.get("constants", ())
        }
        if not before & folds:
            cuts.append(cut)
    return cuts


def split(groups, stages, folds):
    """Cuts the groups into at most `stages` parts of about the same length."""
    cuts = allowed_cuts(groups) if folds else list(range(1, len(groups)))
    chosen = {
        min(cuts, key=lambda cut: abs(cut - len(groups) * i / stages))
        for i in range(1, stages)
        if cuts
    }
    bounds = [0, *sorted(chosen), len(groups)]
    return [groups[begin:end] for begin, end in zip(bounds, bounds[1:])]


def expression(groups):
    """A regular expression of the weights of `groups`, and of what stays anyway."""
    names = [
        re.sub(r"[^A-Za-z0-9_]", lambda found: f"[{found[0]}]", name)
        for group in groups
        for name in group["linears"]
    ]
    return "|".join([DEFAULT_EXCLUDE, *(f"^{name}[.]weight$" for name in names)])


@dataclass(frozen=True)
class Stage:
    """A module with its weights, and where the files of the next one go."""

    programs: Path
    module: Path
    weights: Path

    def run(self, program, *arguments):
        """Runs one of our programs; its own error message is the error."""
        path = self.programs / program
        if not path.exists():
            raise UserError(f"{path} is missing: run tools/build")
        command = [str(path), *map(str, arguments)]
        if subprocess.run(command, stdout=subprocess.DEVNULL).returncode:
            raise UserError(f"{program} failed")

    def find_groups(self, folder):
        """The groups of linears, in the order of the program."""
        file = folder / "groups.json"
        printer = f"quant-print-smoothing-groups{{json={file}}}"
        passes = ["quant-raise-linears", "quant-insert-observers", printer]
        self.run("quant-opt", self.module, pipeline(passes), "-o", "/dev/null")
        groups = json.loads(file.read_text(encoding="utf-8"))["groups"]
        if not groups:
            raise UserError(f"{self.module} has no linear to quantize")
        if not all(name for group in groups for name in group["linears"]):
            raise UserError(
                f"{self.module} has linears whose weights have no names, by which "
                "stages are told apart; import it with external weights"
            )
        return groups

    def quantize(self, others, scheme, calibration, folder):
        """Calibrates and quantizes what `others` does not find: the next stage."""
        folder.mkdir()
        observed = folder / "observed.mlir"
        statistics = folder / "statistics.safetensors"
        result = Stage(
            self.programs, folder / "quantized.mlir", folder / "quantized.safetensors"
        )
        passes = [
            "quant-raise-linears",
            f"quant-insert-observers{{exclude={others}}}",
            "canonicalize",
            "cse",
        ]
        self.run("quant-opt", self.module, pipeline(passes), "-o", observed)
        self.run(
            "quant-run",
            observed,
            f"--weights={self.weights}",
            *(f"--input={file}" for file in calibration.inputs),
            *calibration.options,
            f"--observe={statistics}",
            "--second-moments",
            "--quiet",
        )
        passes = [
            f"quant-attach-statistics{{file={statistics}}}",
            f"quant-bind-weights{{file={self.weights}}}",
            *scheme.passes(others),
            "quant-strip-observers",
            "canonicalize",
            "cse",
            f"quant-externalize-weights{{file={result.weights}}}",
        ]
        self.run("quant-opt", observed, pipeline(passes), "-o", result.module)
        return result


def pipeline(passes):
    return f"--pass-pipeline=builtin.module({','.join(passes)})"


def quantize(first, output, scheme, calibration, stages, report, keep=False):
    """Writes OUTPUT/quantized.mlir and .safetensors.

    The files of the stages, OUTPUT/stages/1 and so on, are kept on demand.
    """
    output.mkdir(parents=True, exist_ok=True)
    work = output / "stages"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    try:
        groups = first.find_groups(work)
        parts = split(groups, stages, scheme.awq)
        stage = first
        for index, part in enumerate(parts, 1):
            report(
                f"stage {index} of {len(parts)}: {len(part)} of {len(groups)} "
                f"groups of linears, from {part[0]['name']}"
            )
            others = expression([group for group in groups if group not in part])
            stage = stage.quantize(others, scheme, calibration, work / str(index))
            if index > 1 and not keep:
                shutil.rmtree(work / str(index - 1))
        for file in (stage.module, stage.weights):
            shutil.copyfile(file, output / file.name)
    finally:
        if not keep:
            shutil.rmtree(work)
