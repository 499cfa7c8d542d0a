"""Tiny checkpoints, made once, that stand for what users bring."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "python"))

LAYERS, HEADS, KV_HEADS, HEAD_DIM, HIDDEN, MLP, VOCAB = 2, 4, 2, 8, 32, 64, 256


def pytest_addoption(parser):
    parser.addoption("--long", action="store_true", help="also run what takes minutes")


def pytest_configure(config):
    config.addinivalue_line("markers", "long: runs with --long only")


def pytest_collection_modifyitems(config, items):
    if not (config.getoption("--long") or os.environ.get("QUANT_MLIR_LONG") == "1"):
        for item in items:
            if "long" in item.keywords:
                item.add_marker(pytest.mark.skip(reason="runs with --long"))


@pytest.fixture(scope="session")
def models_directory():
    return ROOT / "models"


@pytest.fixture(scope="session")
def llama_weights():
    """Parameters of a tiny tied LLaMA under transformers' names."""
    random = np.random.default_rng(0)
    shapes = {"model.embed_tokens": (VOCAB, HIDDEN)}
    for layer in range(LAYERS):
        prefix = f"model.layers.{layer}."
        shapes[prefix + "input_layernorm"] = (HIDDEN,)
        shapes[prefix + "self_attn.q_proj"] = (HEADS * HEAD_DIM, HIDDEN)
        shapes[prefix + "self_attn.k_proj"] = (KV_HEADS * HEAD_DIM, HIDDEN)
        shapes[prefix + "self_attn.v_proj"] = (KV_HEADS * HEAD_DIM, HIDDEN)
        shapes[prefix + "self_attn.o_proj"] = (HIDDEN, HEADS * HEAD_DIM)
        shapes[prefix + "post_attention_layernorm"] = (HIDDEN,)
        shapes[prefix + "mlp.gate_proj"] = (MLP, HIDDEN)
        shapes[prefix + "mlp.up_proj"] = (MLP, HIDDEN)
        shapes[prefix + "mlp.down_proj"] = (HIDDEN, MLP)
    shapes["model.norm"] = (HIDDEN,)
    return {
        f"{name}.weight": random.normal(size=shape).astype(np.float32)
        for name, shape in shapes.items()
    }


# llama.cpp's names of the modules of one layer.
GGUF_NAMES = {
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def gguf_name(name):
    module = name.removesuffix(".weight")
    if module == "model.embed_tokens":
        return "token_embd.weight"
    if module == "model.norm":
        return "output_norm.weight"
    _, _, layer, part = module.split(".", 3)
    return f"blk.{layer}.{GGUF_NAMES[part]}.weight"


def interleave(rows, heads):
    """Row 2i of a head becomes its row i, row 2i+1 its row i + d/2."""
    result = np.empty_like(rows)
    dim = rows.shape[0] // heads
    for head in range(heads):
        for i in range(dim // 2):
            result[head * dim + 2 * i] = rows[head * dim + i]
            result[head * dim + 2 * i + 1] = rows[head * dim + i + dim // 2]
    return result


def write_gguf(path, weights, architecture="llama", quantized=()):
    import gguf

    writer = gguf.GGUFWriter(path, architecture)
    writer.add_block_count(LAYERS)
    writer.add_embedding_length(HIDDEN)
    writer.add_feed_forward_length(MLP)
    writer.add_context_length(512)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(10000.0)
    writer.add_vocab_size(VOCAB)
    for name, values in weights.items():
        if ".q_proj." in name:
            values = interleave(values, HEADS)
        elif ".k_proj." in name:
            values = interleave(values, KV_HEADS)
        kind = gguf.GGMLQuantizationType.F32
        if name in quantized:
            kind = gguf.GGMLQuantizationType.Q4_1
            values = gguf.quantize(values, kind)
        writer.add_tensor(gguf_name(name), values, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.fixture(scope="session")
def llama_gguf(tmp_path_factory, llama_weights):
    path = tmp_path_factory.mktemp("gguf") / "tiny.gguf"
    return write_gguf(path, llama_weights, quantized=QUANTIZED)


# A weight whose rows move and one whose rows do not.
QUANTIZED = (
    "model.layers.0.self_attn.q_proj.weight",
    "model.layers.1.mlp.down_proj.weight",
)


def module_text(weights):
    """A weightless module that declares `weights`, as the importer writes it."""
    lines = ["module {"]
    for name, values in weights.items():
        type = f"tensor<{'x'.join(map(str, values.shape))}xf32>"
        lines.append(
            f"  ml_program.global private @{name}(#ml_program.extern : {type}) : {type}"
        )
    lines.append(
        "  func.func @main(%arg0: tensor<1x8xi64>) -> tensor<1x8x256xf32> {\n  }\n}\n"
    )
    return "\n".join(lines)
