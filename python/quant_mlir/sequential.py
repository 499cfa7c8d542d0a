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
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from quant_mlir.errors import UserError

# What the parser of pass pipelines takes apart.
UNPASSABLE = frozenset(" \"'{}")
# What means itself in a bracket expression, too.
PLAIN = frozenset(map(chr, range(32, 127))) - UNPASSABLE - frozenset("[]\\^")


@dataclass(frozen=True)
class Scheme:
    """How the linears of a stage are quantized to 4 bits."""

    awq: bool
    gptq: bool
    group_size: int
    zero_point: bool

    def passes(self, exclude):
        """The passes behind calibration; `exclude` finds what other stages have."""
        zero_point = str(self.zero_point).lower()
        group = f"group-size={self.group_size} zero-point={zero_point} exclude={exclude}"
        passes = []
        if self.awq:
            passes += [f"quant-awq{{groups=foldable {group}}}", "quant-fold-scales"]
            # GPTQ searches the range of each group itself.
            if not self.gptq:
                passes.append(f"quant-clip-weights{{{group}}}")
        if self.gptq:
            passes.append(f"quant-gptq{{{group}}}")
        else:
            passes.append(f"quant-quantize{{scheme=w4a16 {group}}}")
        return passes


@dataclass(frozen=True)
class Calibration:
    """What quant-run is given: its --input options and others."""

    inputs: tuple
    options: tuple = ()


@dataclass(frozen=True)
class Linears:
    """The linears of a module as quant-print-smoothing-groups has them."""

    groups: list
    # The parameters of those that stay in float, and why, by what remarks call it.
    unobserved: list
    reasons: dict


def parameters(groups):
    """The names of the weights of `groups`."""
    return {name for group in groups for name in group["parameters"]}


def allowed_cuts(groups, folds):
    """The positions in front of which a stage may begin.

    Linears that share a weight are quantized together. No group behind a cut may
    fold its scale into the weight of a linear in front of it, which is quantized
    by then.
    """
    cuts = []
    for cut in range(1, len(groups)):
        before = parameters(groups[:cut])
        behind = parameters(groups[cut:])
        if folds:
            behind.update(*(group.get("constants", ()) for group in groups[cut:]))
        if not before & behind:
            cuts.append(cut)
    return cuts


def split(groups, stages, folds):
    """Cuts the groups into at most `stages` parts of about the same length."""
    cuts = allowed_cuts(groups, folds)
    chosen = {
        min(cuts, key=lambda cut: abs(cut - len(groups) * i / stages))
        for i in range(1, stages)
        if cuts
    }
    bounds = [0, *sorted(chosen), len(groups)]
    return [groups[begin:end] for begin, end in zip(bounds, bounds[1:])]


def expression(others, part):
    """A regular expression that finds the parameters `others` and none of `part`.

    Names are matched byte by byte; '.' stands for what a pipeline cannot have.
    """
    names = {
        name: "".join(
            re.sub(r"\W", r"[\g<0>]", chr(byte), flags=re.ASCII)
            if chr(byte) in PLAIN
            else "."
            for byte in name.encode()
        )
        for name in others
    }
    for name, matcher in names.items():
        for own in part:
            if re.fullmatch(matcher.encode(), own.encode(), re.DOTALL):
                raise UserError(
                    f"the parameters '{name}' and '{own}' cannot be told apart in a "
                    "pass pipeline: rename one, or choose --stages=1"
                )
    return f"^({'|'.join(names.values())})$" if names else "^$"


def check_exclude(exclude):
    """Fails on an expression that the parser of pass pipelines would cut."""
    if exclude and UNPASSABLE.intersection(exclude):
        raise UserError(
            f"--exclude={exclude}: spaces, quotes and braces cannot be passed on; "
            "write '.' for them"
        )


def read_remarks(file):
    """The remarks of a file of quant-opt: their names, texts and reasons."""

    def unquote(text):
        return text[1:-1].replace("''", "'") if text.startswith("'") else text

    remarks = []
    for document in file.read_text(encoding="utf-8").split("\n...\n"):
        fields = dict(re.findall(r"^[ -]*(Name|Remark|Reason): +(.*)$", document, re.MULTILINE))
        if fields:
            remarks.append([unquote(fields.get(key, "")) for key in ("Name", "Remark", "Reason")])
    return remarks


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

    def transform(self, module, passes, output, folder):
        """Runs passes on `module`; returns their remarks."""
        remarks = folder / "remarks.yaml"
        self.run(
            "quant-opt",
            module,
            pipeline(passes),
            "--remarks-filter=quant-.*",
            "--remark-format=yaml",
            f"--remarks-output-file={remarks}",
            "-o",
            output,
        )
        return read_remarks(remarks)

    def find_linears(self, exclude, folder):
        """The groups of linears, in the order of the program, and the others.

        Without `exclude` the default of quant-insert-observers holds.
        """
        file = folder / "groups.json"
        options = "" if exclude is None else f"{{exclude={exclude}}}"
        passes = [
            "quant-raise-linears",
            f"quant-insert-observers{options}",
            f"quant-print-smoothing-groups{{json={file}}}",
        ]
        remarks = self.transform(self.module, passes, "/dev/null", folder)
        found = json.loads(file.read_text(encoding="utf-8"))
        if not all(parameters(found["groups"])):
            raise UserError(
                f"{self.module} has linears whose weights have no names, by which "
                "stages are told apart; import it with external weights"
            )
        suffix = " is not observed and stays in float"
        reasons = {
            text.removesuffix(suffix): reason
            for name, text, reason in remarks
            if name == "LinearStaysFloat"
        }
        return Linears(found["groups"], list(filter(None, found["unobserved"])), reasons)

    def quantize(self, others, scheme, calibration, folder):
        """Calibrates and quantizes what `others` does not find.

        Returns the next stage and the remarks.
        """
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
        return result, self.transform(observed, passes, result.module, folder)


def pipeline(passes):
    return f"--pass-pipeline=builtin.module({','.join(passes)})"


def check_stage(part, linears, remarks):
    """Fails unless a stage quantized all its linears that can be."""
    expected = Counter(
        name.removesuffix(".weight") for group in part for name in group["parameters"]
    )
    for name, text, reason in remarks:
        title = text.removesuffix(" stays in float")
        if name == "Quantized":
            expected[re.sub(r": \d+ bytes of weights .*", "", text)] -= 1
        elif name == "KeptFloat" and not reason.startswith("its name matches"):
            expected[title] -= 1
            linears.reasons.setdefault(title, reason)
    wrong = [name for name, count in expected.items() if count > 0]
    if wrong:
        raise UserError(
            f"{len(wrong)} linears of a stage were not quantized in it, such as "
            f"'{wrong[0]}'; choose --stages=1"
        )


def quantize(first, output, scheme, calibration, stages, report, keep=False, exclude=None):
    """Writes OUTPUT/quantized.mlir and .safetensors.

    The files of the stages, OUTPUT/stages/1 and so on, are kept on demand.
    """
    check_exclude(exclude)
    output.mkdir(parents=True, exist_ok=True)
    work = output / "stages"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    try:
        linears = first.find_linears(exclude, work)
        groups = linears.groups
        parts = split(groups, stages, scheme.awq)
        stage = first
        for index, part in enumerate(parts, 1):
            report(
                f"stage {index} of {len(parts)}: {len(part)} of {len(groups)} "
                f"groups of linears, from {part[0]['name']}"
            )
            own = parameters(part)
            others = [*linears.unobserved, *parameters(groups)]
            others = sorted(set(others) - own)
            stage, remarks = stage.quantize(
                expression(others, own), scheme, calibration, work / str(index)
            )
            check_stage(part, linears, remarks)
            if index > 1 and not keep:
                shutil.rmtree(work / str(index - 1))
        for title, reason in linears.reasons.items():
            report(f"{title} stays in float: {reason}")
        for file in (stage.module, stage.weights):
            shutil.copyfile(file, output / file.name)
    finally:
        if not keep:
            shutil.rmtree(work)
