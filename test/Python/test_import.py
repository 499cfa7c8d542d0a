"""Import from PyTorch: runs where the import extras are installed."""

import shutil
import subprocess

import numpy as np
import pytest
from safetensors.numpy import load_file

pytest.importorskip("torch", reason="needs tools/setup --import")
pytest.importorskip("torch_mlir", reason="needs tools/setup --import")

import torch
import transformers

from execute import execute
from quant_mlir import importer, reference, torch_models
from quant_mlir.checkpoints import write_weights
from quant_mlir.cli import main
from quant_mlir.errors import UserError
from quant_mlir.experts import unstack_experts
from quant_mlir.files import write_npy
from quant_mlir.ir import TensorType, read_module
from quant_mlir.models import resolve_model

SIZES = dict(
    vocab_size=128,
    hidden_size=32,
    intermediate_size=64,
    num_hidden_layers=2,
    num_attention_heads=4,
    max_position_embeddings=64,
)


def save(path, config, auto):
    torch.manual_seed(0)
    auto.from_config(config).save_pretrained(path)
    return resolve_model(str(path))


@pytest.fixture(scope="module")
def llama(tmp_path_factory):
    config = transformers.LlamaConfig(
        **SIZES, num_key_value_heads=2, tie_word_embeddings=True
    )
    path = tmp_path_factory.mktemp("llama")
    return save(path, config, transformers.AutoModelForCausalLM)


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    config = transformers.BertConfig(**SIZES)
    return save(tmp_path_factory.mktemp("bert"), config, transformers.AutoModel)


@pytest.fixture(scope="module")
def tokens():
    return np.random.default_rng(0).integers(0, 128, (3, 16), dtype=np.int64)


def check_parses(path):
    """Upstream's tool at the version that the compiler is built against."""
    tool = shutil.which("mlir-opt-22") or "/usr/lib/llvm-22/bin/mlir-opt"
    result = subprocess.run([tool, path], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_llama(tmp_path, llama):
    ir, weights = importer.import_model(
        llama, tmp_path, result="logits", sequence=16, batch=2
    )
    module = read_module(ir)
    assert module.inputs == [TensorType((2, 16), "i64")]
    assert module.results == [TensorType((2, 16, 128), "f32")]
    state = torch_models.load_model(llama, "logits").network.state_dict()
    # The head is the embedding: one tensor.
    assert set(module.weights) == set(state) - {"lm_head.weight"}
    written = load_file(weights)
    assert list(written.keys()) and set(written) == set(module.weights)
    for name, values in written.items():
        np.testing.assert_array_equal(values, state[name].numpy(), err_msg=name)
        assert module.weights[name].shape == values.shape
    assert "dense_resource" not in check_parses(ir)


def test_dynamic_batch(tmp_path, llama):
    arguments = ["import", str(llama.path), "--output", str(tmp_path)]
    assert main([*arguments, "--sequence", "16", "--batch", "dynamic"]) == 0
    (ir,) = tmp_path.glob("*.mlir")
    assert read_module(ir).results == [TensorType((None, 16, 128), "f32")]
    check_parses(ir)


def compare(model, directory, inputs, result):
    """The largest difference between the imported module and PyTorch."""
    rows, sequence = inputs[0].shape
    ir, weights = importer.import_model(
        model, directory, result=result, sequence=sequence, batch=rows
    )
    wrapper = torch_models.load_model(model, result)
    with torch.no_grad():
        expected = wrapper(*map(torch.from_numpy, inputs)).numpy()
    actual = execute(ir.read_text(), inputs, load_file(weights), expected.shape)
    assert np.abs(expected).max() > 0.1
    return np.abs(actual - expected).max()


GROUPED = dict(SIZES, num_key_value_heads=2)
DECODERS = {
    "tied head": transformers.LlamaConfig(**GROUPED, tie_word_embeddings=True),
    "sliding window": transformers.MistralConfig(**GROUPED, sliding_window=4),
    "tanh GELU": transformers.Gemma2Config(**GROUPED, head_dim=8, sliding_window=4),
    "positions by cumsum": transformers.OPTConfig(
        **SIZES, ffn_dim=64, word_embed_proj_dim=32
    ),
    "weights K x N": transformers.GPT2Config(
        vocab_size=128, n_embd=32, n_layer=2, n_head=4, n_positions=64
    ),
    "experts": transformers.MixtralConfig(
        **GROUPED, num_local_experts=4, num_experts_per_tok=2
    ),
}


@pytest.mark.parametrize("name", DECODERS)
def test_decoders_agree_with_pytorch(tmp_path, tokens, name):
    model = save(tmp_path / "model", DECODERS[name], transformers.AutoModelForCausalLM)
    assert compare(model, tmp_path, [tokens], "logits") <= 2e-6


@pytest.mark.parametrize("kind", ["Bert", "Roberta", "DistilBert"])
def test_encoders_agree_with_pytorch(tmp_path, tokens, kind):
    config = getattr(transformers, f"{kind}Config")(**SIZES)
    model = save(tmp_path / kind.lower(), config, transformers.AutoModel)
    mask = np.ones_like(tokens)
    mask[1, 9:] = 0
    assert compare(model, tmp_path, [tokens, mask], "embeddings") <= 2e-6


def test_nll_agrees_with_pytorch(tmp_path, llama, tokens):
    assert compare(llama, tmp_path, [tokens], "nll") <= 2e-6
    (ir,) = tmp_path.glob("*.mlir")
    assert read_module(ir).results == [TensorType((3, 15), "f32")]


def test_bert(tmp_path, bert):
    ir, weights = importer.import_model(
        bert, tmp_path, result="embeddings", sequence=16, batch=2
    )
    module = read_module(ir)
    assert module.inputs == [TensorType((2, 16), "i64")] * 2
    assert module.results == [TensorType((2, 32), "f32")]
    assert set(load_file(weights)) == set(module.weights)
    assert "encoder.layer.1.output.dense.bias" in module.weights
    text = check_parses(ir)
    # LayerNorm in f32: only literals are f64.
    assert "xf64>" not in text


def test_weights_command_serves_imported_ir(tmp_path, bert):
    ir, weights = importer.import_model(
        bert, tmp_path, result="embeddings", sequence=16
    )
    write_weights(bert, tmp_path / "w.safetensors", ir)
    ours, theirs = load_file(tmp_path / "w.safetensors"), load_file(weights)
    assert ours.keys() == theirs.keys()
    for name in ours:
        np.testing.assert_array_equal(ours[name], theirs[name])


def test_gguf_agrees_with_transformers(tmp_path, llama_gguf):
    model = resolve_model(str(llama_gguf))
    write_weights(model, tmp_path / "w.safetensors")
    written = load_file(tmp_path / "w.safetensors")
    state = torch_models.load_model(model, "logits").network.state_dict()
    assert set(written) == set(state) - {"lm_head.weight"}
    for name, values in written.items():
        np.testing.assert_array_equal(values, state[name].numpy(), err_msg=name)


@pytest.mark.parametrize("approximate", ["tanh", "none"])
def test_gelu(approximate):
    x = torch.linspace(-6, 6, 1001, dtype=torch.float64)
    result = importer._gelu(x, approximate=approximate)
    if approximate == "none":
        assert result is NotImplemented
    else:
        expected = torch.nn.functional.gelu(x, approximate="tanh")
        torch.testing.assert_close(result, expected, rtol=0, atol=1e-14)


@pytest.mark.parametrize("dim", [0, 1, -1])
def test_cumsum(dim):
    mask = torch.randint(0, 2, (3, 5, 7), generator=torch.Generator().manual_seed(0))
    for x in (mask, mask.bool(), mask.to(torch.int32)):
        result = importer._cumsum(x, dim)
        assert result.dtype == torch.int64
        torch.testing.assert_close(result, torch.cumsum(x, dim))


@pytest.mark.parametrize("largest", [True, False])
def test_topk(largest):
    x = torch.rand(3, 5, 7, generator=torch.Generator().manual_seed(0))
    x[0, 0, :3] = -torch.inf
    for dim in (-1, 1):
        values, indices = importer._topk(x, 3, dim, largest=largest)
        expected = torch.topk(x, 3, dim, largest=largest)
        torch.testing.assert_close(values, expected.values, rtol=0, atol=0)
        torch.testing.assert_close(values, x.gather(dim, indices), rtol=0, atol=0)
        # Every element is taken once.
        assert (indices.sort(dim).values.diff(dim=dim) > 0).all()
    # Earlier ones first among equals.
    _, indices = importer._topk(torch.zeros(4), 2, largest=largest)
    assert indices.tolist() == [0, 1]


def test_scatter_value():
    index = torch.tensor([[0, 2], [3, 3]])
    for dim in (1, 0):
        x, places = torch.rand(2, 4), index
        if dim == 0:
            x, places = x.T, places.T
        result = importer._scatter_value(x, dim, places, 7.0)
        torch.testing.assert_close(result, x.scatter(dim, places, 7.0), rtol=0, atol=0)
    assert importer._scatter_value(torch.rand(3, 4), 1, index, 7.0) is NotImplemented


EXPERTS = {
    "gated": transformers.MixtralConfig(
        **GROUPED, num_local_experts=4, num_experts_per_tok=2
    ),
    "interleaved and transposed, with biases": transformers.GptOssConfig(
        **GROUPED, head_dim=8, num_local_experts=4, num_experts_per_tok=2
    ),
    "grouped and shared": transformers.Qwen2MoeConfig(
        **GROUPED, num_experts=4, num_experts_per_tok=2, moe_intermediate_size=24
    ),
}


@pytest.mark.parametrize("kind", EXPERTS)
def test_experts_agree_with_transformers(tokens, kind):
    torch.manual_seed(0)
    network = transformers.AutoModelForCausalLM.from_config(EXPERTS[kind]).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.normal_(std=0.3)
        ids = torch.from_numpy(tokens)
        expected = network(input_ids=ids).logits
        count = sum(parameter.numel() for parameter in network.parameters())
        unstack_experts(network)
        actual = network(input_ids=ids).logits
    torch.testing.assert_close(actual, expected, rtol=1e-5, atol=1e-5)
    assert sum(parameter.numel() for parameter in network.parameters()) == count
    assert all(parameter.dim() <= 2 for parameter in network.parameters())


def test_reference_nll(capsys, tmp_path, llama, tokens):
    write_npy(tmp_path / "t.npy", tokens)
    files = ["--input", tmp_path / "t.npy", "--output", tmp_path / "r.npy"]
    arguments = ["reference", llama.path, *files, "--result", "nll", "--batch", 2]
    assert main([str(argument) for argument in arguments]) == 0
    network = transformers.AutoModelForCausalLM.from_pretrained(llama.path)
    ids = torch.from_numpy(tokens)
    with torch.no_grad():
        log_probabilities = network(input_ids=ids).logits[:, :-1].log_softmax(-1)
    expected = -log_probabilities.gather(-1, ids[:, 1:, None])[..., 0].numpy()
    written = np.load(tmp_path / "r.npy")
    np.testing.assert_allclose(written, expected, atol=1e-5)
    assert f"perplexity {np.exp(expected.mean()):.3f}" in capsys.readouterr().out


def test_reference_embeddings(tmp_path, bert, tokens):
    mask = np.ones_like(tokens)
    mask[1, 10:] = 0
    inputs = {"input_ids": tokens, "attention_mask": mask}
    output = tmp_path / "r.npy"
    reference.write_reference(bert, inputs, output, result="embeddings", batch=2)
    written = np.load(output)
    np.testing.assert_allclose(np.linalg.norm(written, axis=1), 1, atol=1e-6)
    # What is behind the mask makes no difference.
    network = transformers.AutoModel.from_pretrained(bert.path)
    with torch.no_grad():
        short = network(input_ids=torch.from_numpy(tokens[1:2, :10]))
    mean = short.last_hidden_state.mean(1)[0].numpy()
    np.testing.assert_allclose(written[1], mean / np.linalg.norm(mean), atol=1e-5)


def test_errors(tmp_path, llama, bert, tokens):
    with pytest.raises(UserError, match="is an encoder: it has no result 'nll'"):
        importer.import_model(bert, tmp_path, result="nll", sequence=16)
    with pytest.raises(UserError, match="is a decoder: it has no result 'embeddings'"):
        importer.import_model(llama, tmp_path, result="embeddings", sequence=16)
    with pytest.raises(UserError, match="the input has no attention_mask"):
        reference.write_reference(
            bert, {"input_ids": tokens}, tmp_path / "r.npy", result="embeddings"
        )
    broken = tmp_path / "broken"
    shutil.copytree(llama.path, broken)
    (broken / "model.safetensors").write_bytes(b"nonsense")
    with pytest.raises(UserError, match="transformers cannot load"):
        torch_models.load_model(resolve_model(str(broken)), "logits")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken"]


class Histogram(torch.nn.Module):
    """A network with an op that has no lowering."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(4))

    def forward(self, input_ids, **_):
        counts = torch.histc(input_ids.float(), 4) * self.weight
        return type("Output", (), {"logits": counts})


def test_what_torch_mlir_cannot_lower(capfd):
    with pytest.raises(UserError, match="cannot import Histogram: .*histc"):
        importer.import_module(torch_models.Logits(Histogram()), 16)
    assert "error:" not in capfd.readouterr().err


@pytest.mark.parametrize(
    "name, result, sequence, batch",
    [
        ("minilm-l6-v2", "embeddings", 128, 8),
        pytest.param("smollm2-135m", "nll", 512, 1, marks=pytest.mark.long),
    ],
)
def test_tree_holds_what_import_gives(tmp_path, name, result, sequence, batch):
    """Weights, interface and compute ops; masks may be made otherwise."""
    model = resolve_model(name)
    ir, weights = importer.import_model(
        model, tmp_path, result=result, sequence=sequence, batch=batch
    )
    fresh, kept = read_module(ir), read_module(model.ir)
    assert list(fresh.weights.items()) == list(kept.weights.items())
    assert (fresh.inputs, fresh.results) == (kept.inputs, kept.results)
    for op in ("linalg.matmul", "linalg.batch_matmul", "math.exp", "math.rsqrt"):
        counts = [path.read_text().count(f"{op} ") for path in (ir, model.ir)]
        assert counts[0] == counts[1] > 0, op
    # transformers dequantizes and lays out as our own reader does.
    write_weights(model, tmp_path / "w.safetensors")
    assert (tmp_path / "w.safetensors").read_bytes() == weights.read_bytes()
