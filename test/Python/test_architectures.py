"""The committed table of architectures is what the compiler gives."""

import os
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs tools/setup --import")
pytest.importorskip("torch_mlir", reason="needs tools/setup --import")

from conftest import ROOT
from quant_mlir import architectures
from quant_mlir.architecture_page import read_counts
from quant_mlir.cli import main

PROGRAMS = Path(os.environ.get("QUANT_MLIR_BUILD_DIR", ROOT / "build")) / "bin"
TESTS = ROOT / "test" / "Integration" / "Architectures"


def test_names():
    stems = [architecture.stem for architecture in architectures.ARCHITECTURES]
    assert len(set(stems)) == len(stems)
    assert list(read_counts(ROOT / "docs" / "Architectures.md")) == stems
    assert {path.stem for path in TESTS.glob("*.mlir")} <= set(stems)


def test_unknown_name(capsys):
    assert main(["architectures", "nonesuch"]) == 1
    assert "no architecture 'nonesuch': known are llama," in capsys.readouterr().err


@pytest.mark.long
@pytest.mark.parametrize(
    "architecture",
    architectures.ARCHITECTURES,
    ids=lambda architecture: architecture.stem,
)
def test_table(tmp_path, architecture):
    row = architectures.measure(architecture, tmp_path, PROGRAMS)
    assert row.counts == read_counts(ROOT / "docs" / "Architectures.md")[architecture.stem]
    assert row.difference <= 5e-6
    assert row.folding.pow2_equal
    assert 0 < row.folding.change <= 1e-4


@pytest.mark.long
@pytest.mark.parametrize("path", sorted(TESTS.glob("*.mlir")), ids=lambda path: path.stem)
def test_lit_tests_are_what_import_gives(tmp_path, path):
    (architecture,) = architectures.find([path.stem])
    written = architectures.write_test(architecture, tmp_path)
    assert written.read_text() == path.read_text()
