import pytest

from quant_mlir.errors import UserError
from quant_mlir.ir import TensorType, read_module


def test_smollm2(models_directory):
    module = read_module(models_directory / "smollm2_135m_nll_s512.mlir")
    assert len(module.weights) == 1 + 30 * 9 + 1
    name = "model.layers.29.self_attn.k_proj.weight"
    assert module.weights[name] == TensorType((192, 576), "f32")
    assert module.inputs == [TensorType((1, 512), "i64")]
    assert module.results == [TensorType((1, 511), "f32")]


def test_minilm(models_directory):
    module = read_module(models_directory / "minilm_b8_s128.mlir")
    assert len(module.weights) == 5 + 6 * 16
    assert module.inputs == [TensorType((8, 128), "i64")] * 2
    assert module.results == [TensorType((8, 384), "f32")]


def test_spellings(tmp_path):
    path = tmp_path / "a.mlir"
    path.write_text(
        'ml_program.global private @"a b:0"(#ml_program.extern : tensor<2x3xf32>)'
        " : tensor<2x3xf32>\n"
        "ml_program.global private @scalar(#extern) : tensor<f32>\n"
        "ml_program.global private mutable @state(#extern) : tensor<4xf32>\n"
        "func.func @main(%arg0: tensor<?x8xi64>) -> (tensor<?x8xf32>, tensor<1xf32>)"
        " attributes {x} {\n"
    )
    module = read_module(path)
    assert module.weights == {
        "a b:0": TensorType((2, 3), "f32"),
        "scalar": TensorType((), "f32"),
    }
    assert module.inputs == [TensorType((None, 8), "i64")]
    assert str(module.inputs[0]) == "tensor<?x8xi64>"
    assert len(module.results) == 2


def test_no_main(tmp_path):
    path = tmp_path / "a.mlir"
    path.write_text("module {}")
    with pytest.raises(UserError, match="no function @main"):
        read_module(path)


def test_binary_file(tmp_path):
    path = tmp_path / "a.mlir"
    path.write_bytes(b"ML\xefR\xff\x00")
    with pytest.raises(UserError, match="not a text file"):
        read_module(path)
