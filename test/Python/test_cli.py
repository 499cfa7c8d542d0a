import importlib.util
import os
from pathlib import Path

import numpy as np
import pytest

from quant_mlir.cli import main
from quant_mlir.quickstart import check_chip

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("QUANT_MLIR_BUILD_DIR", "build")


def run(capsys, *arguments):
    try:
        code = main([str(argument) for argument in arguments])
    except SystemExit as exit:
        code = exit.code
    return code, capsys.readouterr()


def test_weights(capsys, tmp_path, llama_gguf):
    output = tmp_path / "new" / "w.safetensors"
    code, captured = run(capsys, "weights", llama_gguf, "--output", output)
    assert code == 0 and output.exists()
    assert "20 tensors" in captured.out


def test_tokens(capsys, tmp_path):
    output = tmp_path / "t.npy"
    arguments = ["tokens", "smollm2-135m", "--evaluation", "--samples", 3]
    code, captured = run(capsys, *arguments, "--length", 16, "--output", output)
    assert code == 0 and "input_ids 3x16" in captured.out
    assert np.load(output).shape == (3, 16)


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["weights", "no-such-model"], "no model 'no-such-model'"),
        (["weights", "smollm2-135m", "--ir", "nowhere.mlir"], "nowhere.mlir"),
        (["tokens", "minilm-l6-v2", "--evaluation"], "must be a .safetensors file"),
        (
            ["tokens", "smollm2-135m", "--evaluation", "--samples", "9999"],
            "9999 samples were asked for",
        ),
    ],
)
def test_errors_are_one_line(capsys, tmp_path, arguments, message):
    output = tmp_path / "out.npy"
    code, captured = run(capsys, *arguments, "--output", output)
    assert code == 1
    assert message in captured.err and captured.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["no-such-command"],
        ["tokens", "smollm2-135m", "--output", "x.npy"],
        ["tokens", "smollm2-135m", "--evaluation", "--samples", "0", "--output", "x"],
    ],
)
def test_wrong_usage(capsys, arguments):
    code, captured = run(capsys, *arguments)
    assert code == 2 and "usage:" in captured.err


@pytest.mark.parametrize("command", ["weights", "tokens", "import", "reference"])
def test_help(capsys, command):
    code, captured = run(capsys, command, "--help")
    assert code == 0 and "--output" in captured.out


@pytest.mark.parametrize("command", ["import", "reference"])
def test_missing_extras(capsys, monkeypatch, tmp_path, command):
    np.save(tmp_path / "t.npy", np.zeros((1, 4), np.int64))
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda n: None if n == "torch" else find(n)
    )
    arguments = [command, "minilm-l6-v2", "--output", tmp_path / "out"]
    if command == "reference":
        arguments += ["--input", tmp_path / "t.npy"]
    code, captured = run(capsys, *arguments)
    assert (
        code == 1 and "torch is not installed: run tools/setup --import" in captured.err
    )
    assert not (tmp_path / "out").exists()


def test_quickstart_checks_the_chip_first(capsys, tmp_path):
    folder = tmp_path / "quickstart"
    arguments = ["--build", BUILD, "--output", folder, "--chip", "sm_1"]
    code, captured = run(capsys, "quickstart", *arguments)
    assert code == 1
    assert "--chip=sm_1: " in captured.err and "supported: sm_80" in captured.err
    assert not folder.exists()
    check_chip(BUILD / "bin", "sm_90")


def test_tokens_of_another_type(capsys, tmp_path):
    np.save(tmp_path / "t.npy", np.zeros((1, 4), np.float32))
    arguments = ["reference", "minilm-l6-v2", "--input", tmp_path / "t.npy"]
    code, captured = run(capsys, *arguments, "--output", tmp_path / "r.npy")
    assert code == 1 and "input_ids is float32 of rank 2" in captured.err
