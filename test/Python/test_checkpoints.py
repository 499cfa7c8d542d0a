import json

import gguf
import numpy as np
import pytest
from conftest import QUANTIZED, interleave, module_text, write_gguf
from safetensors.numpy import load_file, save_file

from quant_mlir.checkpoints import write_weights
from quant_mlir.errors import UserError
from quant_mlir.models import resolve_model


def hf_directory(path, weights, **config):
    path.mkdir()
    (path / "config.json").write_text(json.dumps({"model_type": "llama", **config}))
    save_file(weights, path / "model.safetensors")
    return path


def write(path, output, ir=None):
    write_weights(resolve_model(str(path)), output, ir)
    return load_file(output)


def test_gguf_gives_transformers_layout(tmp_path, llama_gguf, llama_weights):
    written = write(llama_gguf, tmp_path / "w.safetensors")
    assert written.keys() == llama_weights.keys()
    for name, expected in llama_weights.items():
        if name not in QUANTIZED:
            np.testing.assert_array_equal(written[name], expected, err_msg=name)


def test_gguf_dequantizes(tmp_path, llama_gguf, llama_weights):
    written = write(llama_gguf, tmp_path / "w.safetensors")
    for name in QUANTIZED:
        # Four bits over a block's range: half a step of (max - min) / 15.
        blocks = llama_weights[name].reshape(-1, 32)
        bound = (blocks.max(1) - blocks.min(1)).max() / 15 / 2 * 1.05
        error = np.abs(written[name] - llama_weights[name]).max()
        assert 0 < error <= bound, name


def test_ir_chooses_names_and_order(tmp_path, llama_gguf, llama_weights):
    chosen = dict(list(llama_weights.items())[5:2:-1])
    ir = tmp_path / "m.mlir"
    ir.write_text(module_text(chosen))
    output = tmp_path / "w.safetensors"
    write(llama_gguf, output, ir)
    size = int.from_bytes(output.read_bytes()[:8], "little")
    header = json.loads(output.read_bytes()[8 : 8 + size])
    assert [n for n in header if n != "__metadata__"] == list(chosen)


def test_bf16_and_f16_are_widened(tmp_path):
    path = tmp_path / "model"
    hf_directory(path, {"half": np.array([1.5, -2], np.float16)})
    bits = np.array([0x3FC0, 0xC000, 0x7F80], "<u2")  # 1.5, -2, infinity
    header = json.dumps(
        {"b": {"dtype": "BF16", "shape": [3], "data_offsets": [0, 6]}}
    ).encode()
    shard = len(header).to_bytes(8, "little") + header + bits.tobytes()
    (path / "b.safetensors").write_bytes(shard)
    (path / "model.safetensors.index.json").write_text(
        json.dumps({"weight_map": {"b": "b.safetensors", "half": "model.safetensors"}})
    )
    written = write(path, tmp_path / "w.safetensors")
    np.testing.assert_array_equal(written["half"], [1.5, -2])
    np.testing.assert_array_equal(written["b"], [1.5, -2, np.inf])
    assert written["b"].dtype == written["half"].dtype == np.float32


@pytest.mark.parametrize("stored, asked", [("bert.x.w", "x.w"), ("x.w", "bert.x.w")])
def test_base_model_prefix(tmp_path, stored, asked):
    values = np.arange(3, dtype=np.float32)
    path = hf_directory(tmp_path / "model", {stored: values})
    ir = tmp_path / "m.mlir"
    ir.write_text(module_text({asked: values}))
    written = write(path, tmp_path / "w.safetensors", ir)
    np.testing.assert_array_equal(written[asked], values)


def test_interleave_matches_the_published_converter():
    rows = np.arange(32, dtype=np.float32)[:, None]
    # The permutation that llama.cpp documents for its converter.
    expected = rows.reshape(4, 2, 4, 1).swapaxes(1, 2).reshape(32, 1)
    np.testing.assert_array_equal(interleave(rows, 4), expected)


class TestErrors:
    @pytest.fixture
    def output(self, tmp_path):
        yield tmp_path / "w.safetensors"
        assert not (tmp_path / "w.safetensors").exists()

    def test_missing_weight(self, tmp_path, output, llama_gguf, llama_weights):
        ir = tmp_path / "m.mlir"
        ir.write_text(module_text({**llama_weights, "other.weight": np.zeros(1)}))
        with pytest.raises(UserError, match="no tensor for @other.weight"):
            write(llama_gguf, output, ir)

    def test_other_shape(self, tmp_path, output, llama_gguf):
        ir = tmp_path / "m.mlir"
        ir.write_text(module_text({"model.norm.weight": np.zeros((7,))}))
        with pytest.raises(UserError, match=r"shape \[32\].*tensor<7xf32>"):
            write(llama_gguf, output, ir)

    def test_no_weights_in_ir(self, tmp_path, output, llama_gguf):
        ir = tmp_path / "m.mlir"
        ir.write_text(module_text({}))
        with pytest.raises(UserError, match="declares no external weights"):
            write(llama_gguf, output, ir)

    @pytest.mark.parametrize("size", [0, 10, 200, 20000])
    def test_truncated_gguf(self, tmp_path, output, llama_gguf, size):
        path = tmp_path / "cut.gguf"
        path.write_bytes(llama_gguf.read_bytes()[:size])
        with pytest.raises(UserError, match="not a whole GGUF file"):
            write(path, output)

    def test_other_architecture(self, tmp_path, output, llama_weights):
        path = tmp_path / "a.gguf"
        write_gguf(path, llama_weights, architecture="falcon")
        with pytest.raises(UserError, match="architecture 'falcon'"):
            write(path, output)

    def test_truncated_safetensors(self, tmp_path, output):
        path = hf_directory(tmp_path / "model", {"x": np.zeros(9, np.float32)})
        file = path / "model.safetensors"
        file.write_bytes(file.read_bytes()[:-4])
        with pytest.raises(UserError, match="cannot read .*model.safetensors"):
            write(path, output)

    def test_missing_shard(self, tmp_path, output):
        path = hf_directory(tmp_path / "model", {"x": np.zeros(9, np.float32)})
        index = path / "model.safetensors.index.json"
        index.write_text(json.dumps({"weight_map": {"y": "y.safetensors"}}))
        with pytest.raises(UserError, match="y.safetensors: no such file"):
            write(path, output)

    def test_quantized_checkpoint(self, tmp_path, output):
        path = hf_directory(tmp_path / "model", {"x": np.zeros(9, np.int8)})
        with pytest.raises(UserError, match="tensor x is I8"):
            write(path, output)


@pytest.mark.parametrize("name", ["smollm2-135m", "minilm-l6-v2"])
def test_packages_match_the_ir_in_the_tree(name):
    from quant_mlir.checkpoints import check_against_ir, open_checkpoint
    from quant_mlir.ir import read_module

    model = resolve_model(name)
    check_against_ir(open_checkpoint(model), read_module(model.ir))


def test_smollm2_is_dequantized_by_gguf():
    from quant_mlir.checkpoints import open_checkpoint

    checkpoint = open_checkpoint(resolve_model("smollm2-135m"))
    name = "model.layers.7.mlp.up_proj.weight"
    tensor = checkpoint.tensors["blk.7.ffn_up.weight"]
    values = gguf.dequantize(tensor.data, tensor.tensor_type)
    np.testing.assert_array_equal(checkpoint.load(name), values)
    # Q4_1: each block of 32 has at most 16 levels.
    assert all(len(np.unique(block)) <= 16 for block in values.reshape(-1, 32)[:99])
