"""Random scales without PyTorch: what is drawn, read and written."""

import re

import numpy as np
import pytest

from conftest import ROOT
from quant_mlir import random_scales
from quant_mlir.architecture_page import (
    COUNTS,
    Row,
    document,
    get_stem,
    read_counts,
    reasons,
)
from quant_mlir.errors import UserError
from quant_mlir.ir import TensorType
from quant_mlir.random_scales import Folding, draw_inputs, draw_weights, parse_remarks

REMARKS = """\
a.mlir:1:2: remark: [Passed] ScaleFolded | Category:quant-fold-scales | Channels=32, FreeScales=16, Remark="the scale of h.0.o.input folds into v.weight, v.bias"
a.mlir:3:4: remark: [Missed] ScaleStays | Category:quant-fold-scales | Reason="stopped at linalg.generic (line 7): math.erf of \\"x\\"", Remark="the scale of h.0.fc2.input stays at its linears"
a.mlir:5:6: warning: no remark
"""


def test_remarks():
    passed, missed = parse_remarks(REMARKS)
    assert passed[:2] == ("Passed", "ScaleFolded")
    assert passed[2]["Remark"] == "the scale of h.0.o.input folds into v.weight, v.bias"
    assert (passed[2]["Channels"], passed[2]["FreeScales"]) == ("32", "16")
    assert missed[0] == "Missed"
    assert missed[2]["Reason"].startswith("stopped at linalg.generic (line 7): math.erf")


def test_weights():
    shapes = {"norm.weight": (64,), "norm.bias": (64,), "fc.weight": (64, 400)}
    weights = draw_weights(shapes)
    assert {name: w.shape for name, w in weights.items()} == shapes
    assert all(w.dtype == np.float32 for w in weights.values())
    assert abs(weights["norm.weight"].mean() - 1) < 0.2
    assert abs(weights["norm.bias"].mean()) < 0.2
    assert abs(weights["fc.weight"].std() * 20 - 1) < 0.05
    again = draw_weights(shapes)
    assert all(np.array_equal(weights[name], again[name]) for name in shapes)


def test_inputs():
    tokens, mask = draw_inputs([TensorType((1, 16), "i64")] * 2)
    assert tokens.shape == mask.shape == (random_scales.SAMPLES, 16)
    assert tokens.min() >= random_scales.FIRST_TOKEN
    assert tokens.max() < random_scales.VOCABULARY
    assert mask[0].all() and not mask[-1, -1]
    (image,) = draw_inputs([TensorType((1, 3, 4, 4), "f32")])
    assert image.dtype == np.float32


def test_page(tmp_path):
    left = {f"h.{n}.fc2": f"stopped at linalg.generic (line {n}): erf" for n in (0, 1)}
    folding = Folding(5, 4, 1, {"h.0.o": ("8", "32")}, left, pow2_equal=True, change=2e-7)
    row = Row("GPT-2 x", folding, 3e-7)
    assert list(reasons(row)) == [
        "1 × `h.*.o` tied: 8 scales for 32 channels",
        "2 × `h.*.fc2` stays: stopped at linalg.generic: erf",
    ]
    page = tmp_path / "page.md"
    page.write_text(document([row]), encoding="utf-8")
    assert "| equal | 2.0e-07 |" in page.read_text(encoding="utf-8")
    assert read_counts(page) == {"gpt-2-x": [5, 0, 4, 1, 1, 2]}
    with pytest.raises(UserError, match="cannot read .*nothing.md"):
        read_counts(tmp_path / "nothing.md")


def test_committed_page():
    rows = read_counts(ROOT / "docs" / "Architectures.md")
    assert len(rows) >= 19
    for name, counts in rows.items():
        named = dict(zip(COUNTS, counts))
        parts = named["Fold"] + named["With ties"] + named["Stay"]
        assert named["Groups"] == parts > 0, name
    # The decoders whose MLPs are gated or use ReLU keep nothing at their linears.
    for name in ("Llama", "Mistral", "Qwen2", "Qwen3", "Gemma 2", "StableLM", "Mixtral"):
        assert rows[get_stem(name)][-1] == 0, name


def test_compiler_knows_no_architecture():
    names = ["bert", "bloom", "falcon", "gemma", "gpt", "llama", "mamba", "mistral"]
    names += ["minilm", "mixtral", "neox", "phi", "qwen", "roberta", "smollm", "vit", "whisper"]
    word = re.compile(rf"(?<![a-z])({'|'.join(names)})(?![a-z])", re.IGNORECASE)
    for folder in ("lib", "include"):
        for path in (ROOT / folder).rglob("*.*"):
            found = word.search(path.read_text(encoding="utf-8"))
            assert not found, f"{path} names {found.group()}"
