"""The main job: two models calibrated, quantized, measured and compiled.

Everything that computes is a run of quant-opt, quant-run or quant-translate;
this driver only names files, reads the results and prints tables.
"""

import json
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console

from quant_mlir import corpus
from quant_mlir.checkpoints import write_weights
from quant_mlir.errors import UserError
from quant_mlir.files import write_text
from quant_mlir.models import resolve_model
from quant_mlir.profile import HEADER as PROFILE_HEADER
from quant_mlir.profile import profile_rows, read_profile
from quant_mlir.tables import markdown, print_table
from quant_mlir.tokens import model_tokens, write_tokens

# Tables are not folded in a log.
LOG_WIDTH = 150
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Scheme:
    """A row of the table: a preset pipeline of quant-opt and its options."""

    title: str
    key: str
    preset: str
    options: str = ""
    needs_statistics: bool = True


SMOLLM2_SCHEMES = [
    Scheme(
        "naive W8A8, static per-tensor",
        "naive-static",
        "quant-naive-w8a8",
        "activations=static weight-granularity=per-tensor",
    ),
    Scheme(
        "W8A8, dynamic per-token",
        "naive-per-token",
        "quant-naive-w8a8",
        "activations=per-token weight-granularity=per-channel",
    ),
    Scheme(
        "SmoothQuant W8A8, static per-tensor",
        "smoothquant-static",
        "quant-smoothquant-w8a8",
        "activations=static",
    ),
    Scheme(
        "SmoothQuant W8A8, static, channels above 100 apart, not clipped",
        "outliers-static",
        "quant-smoothquant-w8a8",
        "activations=static thresholds=true outlier-threshold=100 clip=false",
    ),
    Scheme(
        "SmoothQuant W8A8, dynamic per-token",
        "smoothquant-per-token",
        "quant-smoothquant-w8a8",
        "activations=per-token",
    ),
    Scheme("LLM.int8(), outliers above 6 in float", "llm-int8", "quant-llm-int8"),
    Scheme(
        "W4A16 round-to-nearest, group 64",
        "w4a16-g64",
        "quant-w4a16-rtn",
        "group-size=64",
        needs_statistics=False,
    ),
    Scheme(
        "W4A16 round-to-nearest, group 64, zero points",
        "w4a16-g64-zero-points",
        "quant-w4a16-rtn",
        "group-size=64 zero-point=true",
        needs_statistics=False,
    ),
    Scheme(
        "AWQ W4A16, group 64, zero points",
        "awq-g64",
        "quant-awq-w4a16",
        "group-size=64",
    ),
    Scheme(
        "GPTQ W4A16, group 64, zero points",
        "gptq-g64",
        "quant-gptq-w4a16",
        "group-size=64 zero-point=true",
    ),
    Scheme(
        "AWQ W4A8, group 64, zero points",
        "w4a8-awq-g64",
        "quant-w4a8",
        "group-size=64 zero-point=true scales=awq",
    ),
]

# Those that --all adds.
SMOLLM2_MORE_SCHEMES = [
    Scheme(
        "AWQ W4A4, group 64, zero points",
        "w4a4-awq-g64",
        "quant-w4a4",
        "group-size=64 zero-point=true scales=awq",
    ),
]

MINILM_SCHEMES = [
    scheme
    for scheme in SMOLLM2_SCHEMES
    if scheme.key in ("naive-static", "smoothquant-static", "w4a16-g64-zero-points")
] + [
    Scheme(
        "SmoothQuant W8A8, static, zero points, channels above 6 apart",
        "outliers-static",
        "quant-smoothquant-w8a8",
        "activations=static activation-zero-point=true thresholds=true outlier-threshold=6",
    ),
    Scheme(
        "AWQ W4A16, group 128, zero points, scales that stay",
        "awq-g128",
        "quant-awq-w4a16",
        "group-size=128 groups=all",
    ),
    Scheme(
        "GPTQ W4A16, group 128, zero points",
        "gptq-g128",
        "quant-gptq-w4a16",
        "group-size=128 zero-point=true",
    ),
]


@dataclass
class Job:
    """One model's files and the programs that work on them."""

    model: str
    module: Path
    folder: Path
    programs: Path
    console: Console
    encoder: bool = False

    @property
    def weights(self):
        return self.folder / "weights.safetensors"

    @property
    def statistics(self):
        return self.folder / "statistics.safetensors"

    def tokens(self, source):
        name = "calibration" if source is corpus.CALIBRATION else "evaluation"
        return self.folder / f"{name}.safetensors"

    def inputs(self, source):
        """quant-run's arguments for the text of `source`."""
        names = ["input_ids"] + (["attention_mask"] if self.encoder else [])
        return [f"--input={self.tokens(source)}:{name}" for name in names]

    def run(self, program, *arguments):
        """Runs one of our programs; its own error message is the error."""
        command = [str(self.programs / program), *map(str, arguments)]
        start = time.monotonic()
        # Figures come as JSON; progress and errors are on stderr.
        if subprocess.run(command, stdout=subprocess.DEVNULL).returncode:
            raise UserError(f"failed: {' '.join(command)}")
        return time.monotonic() - start

    def step(self, text):
        self.console.print(f"[bold]{self.model}[/bold]: {text}")

    def prepare(self, samples, windows):
        self.folder.mkdir(parents=True, exist_ok=True)
        model = resolve_model(self.model)
        self.step("weights and text")
        write_weights(model, self.weights)
        for source, count in (
            (corpus.CALIBRATION, samples),
            (corpus.EVALUATION, windows),
        ):
            write_tokens(self.tokens(source), model_tokens(model, source, count))

    def calibrate(self):
        self.step("calibrate")
        observed = self.folder / "observed.mlir"
        self.run("quant-opt", self.module, "--quant-calibrate", "-o", observed)
        return self.run(
            "quant-run",
            observed,
            f"--weights={self.weights}",
            *self.inputs(corpus.CALIBRATION),
            f"--observe={self.statistics}",
            # AWQ and GPTQ need them.
            "--second-moments",
            "--histograms",
            # Padding is no text.
            *(["--observe-mask=1"] if self.encoder else []),
        )

    def quantize(self, scheme):
        """Compiles one scheme; returns the module, its weights, the seconds."""
        module = self.folder / f"{scheme.key}.mlir"
        weights = self.folder / f"{scheme.key}.safetensors"
        options = f"weights={self.weights} output-weights={weights} {scheme.options}"
        if scheme.needs_statistics:
            options += f" statistics={self.statistics}"
        seconds = self.run(
            "quant-opt",
            self.module,
            f"--{scheme.preset}={options}",
            "--remarks-filter=quant-.*",
            "--remark-format=yaml",
            f"--remarks-output-file={self.folder / scheme.key}.remarks.yaml",
            "-o",
            module,
        )
        return module, weights, seconds

    def evaluate(self, key, module, weights, *options):
        """Runs the evaluation text; returns quant-run's summary."""
        summary = self.folder / f"{key}.json"
        self.run(
            "quant-run",
            module,
            f"--weights={weights}",
            *self.inputs(corpus.EVALUATION),
            f"--json={summary}",
            *options,
        )
        return json.loads(summary.read_text())


def weight_bytes(path):
    """Bytes of the tensors of a safetensors file, without its header."""
    with open(path, "rb") as file:
        return path.stat().st_size - 8 - int.from_bytes(file.read(8), "little")


RESULT_HEADER = [
    "scheme",
    "perplexity",
    "ratio to f32",
    "weights, MB",
    "quantize, s",
    "evaluate, s",
    "tokens/s",
]


def perplexities(job, schemes):
    """Evaluates f32 and the schemes; returns the rows of RESULT_HEADER."""
    rows = []
    reference = None
    for scheme in [None, *schemes]:
        key, title = (scheme.key, scheme.title) if scheme else ("f32", "f32")
        job.step(title)
        module, weights, seconds = (
            job.quantize(scheme) if scheme else (job.module, job.weights, 0.0)
        )
        summary = job.evaluate(key, module, weights, "--reduce=perplexity")
        reference = reference or summary["perplexity"]
        rows.append(
            [
                title,
                f"{summary['perplexity']:.2f}",
                f"{summary['perplexity'] / reference:.3f}",
                f"{weight_bytes(weights) / 1e6:.1f}",
                f"{seconds:.1f}",
                f"{summary['run_seconds']:.1f}",
                f"{summary['tokens'] / summary['run_seconds']:.0f}",
            ]
        )
    return rows


KERNEL_COLUMNS = ["kernel", "registers", "spill_bytes", "shared_bytes", "uses", "shapes"]
COSINE_HEADER = ["scheme", "mean cosine to f32", "least", "weights, MB", "evaluate, s"]


def cosines(job):
    """Embeds the evaluation sentences; returns the rows of COSINE_HEADER."""
    rows = []
    reference = None
    for scheme in [None, *MINILM_SCHEMES]:
        key, title = (scheme.key, scheme.title) if scheme else ("f32", "f32")
        job.step(title)
        module, weights, _ = (
            job.quantize(scheme) if scheme else (job.module, job.weights, 0.0)
        )
        output = job.folder / f"{key}.npy"
        summary = job.evaluate(key, module, weights, f"--output={output}")
        embeddings = np.load(output)
        reference = embeddings if reference is None else reference
        # Both are normalized by the model.
        cosine = np.sum(embeddings * reference, axis=-1)
        rows.append(
            [
                title,
                f"{cosine.mean():.4f}",
                f"{cosine.min():.4f}",
                f"{weight_bytes(weights) / 1e6:.1f}",
                f"{summary['run_seconds']:.1f}",
            ]
        )
    return rows


# A program with one kernel.
PROBE = """
func.func @main(%x: tensor<16x32xf32>, %s: tensor<f32>, %q: tensor<16x32xi8>) -> tensor<16x32xi8> {
  %y = quant.quantize %x scale(%s : tensor<f32>) outs(%q : tensor<16x32xi8>) : tensor<16x32xf32> -> tensor<16x32xi8>
  return %y : tensor<16x32xi8>
}
"""


def check_chip(programs, chip):
    """Fails at once on a chip that kernels are not made for."""
    with tempfile.TemporaryDirectory() as folder:
        probe = Path(folder) / "probe.mlir"
        write_text(probe, PROBE)
        translate = [programs / "quant-translate", "--quant-to-ptx", f"--chip={chip}", probe]
        result = subprocess.run([*translate, "-o", Path(folder) / "kernels"], capture_output=True, text=True)
    if result.returncode:
        raise UserError(f"--chip={chip}: {result.stderr.strip()}")


def compile_kernels(job, scheme, chip):
    """Writes the PTX of the quantized linears, and cubins if ptxas is there."""
    folder = job.folder / f"{scheme.key}.kernels"
    ptxas = shutil.which("ptxas") or (ROOT / ".venv/bin/ptxas").exists()
    kind = "cubin" if ptxas else "ptx"
    job.step(f"kernels of {scheme.title} for {chip}: {folder}")
    job.run(
        "quant-translate",
        f"--quant-to-{kind}",
        f"--chip={chip}",
        job.folder / f"{scheme.key}.mlir",
        "-o",
        folder,
    )
    with open(folder / "index.tsv", encoding="utf-8") as file:
        header, *rows = [line.rstrip("\n").split("\t") for line in file]
    columns = [header.index(name) for name in KERNEL_COLUMNS]
    return [[row[column] for column in columns] for row in rows]


def run(output, build, samples, windows, chip, everything):
    """Everything, in the order in which it is printed.

    `everything` adds the schemes that lose much.
    """
    console = Console()
    if not console.is_terminal:
        console.width = LOG_WIDTH
    start = time.monotonic()
    report = []

    def table(title, header, rows):
        print_table(console, title, header, rows)
        report.append(f"## {title}\n\n{markdown(header, rows)}")

    programs = build / "bin"
    if not (programs / "quant-opt").exists():
        raise UserError(f"{programs}/quant-opt is missing: run tools/build")

    check_chip(programs, chip)
    schemes = SMOLLM2_SCHEMES + (SMOLLM2_MORE_SCHEMES if everything else [])

    job = Job("smollm2-135m", ROOT / "models/smollm2_135m_nll_s512.mlir", output / "smollm2-135m", programs, console)
    job.prepare(samples, windows)
    seconds = job.calibrate()
    console.print(f"{samples} samples of 512 tokens in {seconds:.1f} s")
    profile = read_profile(job.statistics)
    table(f"SmolLM2-135M: the 12 most uneven of {len(profile)} activations", PROFILE_HEADER, profile_rows(profile[:12]))
    write_text(job.folder / "profile.md", markdown(PROFILE_HEADER, profile_rows(profile)))
    table(f"SmolLM2-135M: perplexity over {windows} windows of 512 tokens", RESULT_HEADER, perplexities(job, schemes))
    for scheme in SMOLLM2_SCHEMES:
        if scheme.key.startswith("smoothquant"):
            table(
                f"SmolLM2-135M: {chip} kernels, {scheme.title}",
                KERNEL_COLUMNS,
                compile_kernels(job, scheme, chip),
            )

    job = Job("minilm-l6-v2", ROOT / "models/minilm_b8_s128.mlir", output / "minilm-l6-v2", programs, console, encoder=True)
    job.prepare(samples, 200)
    job.calibrate()
    table("all-MiniLM-L6-v2: cosine to the f32 embeddings of 200 sentences", COSINE_HEADER, cosines(job))

    write_text(output / "results.md", "\n".join(report))
    console.print(f"{time.monotonic() - start:.0f} s; tables in {output / 'results.md'}")
