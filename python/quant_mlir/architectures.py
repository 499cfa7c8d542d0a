"""The table of architectures: what folds in each of them, and how exactly.

Tiny networks of two layers with random weights, from transformers'
configurations: no checkpoint is needed. Needs the import extras.
"""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
import transformers

from quant_mlir import importer
from quant_mlir.architecture_page import Row, get_stem
from quant_mlir.errors import UserError
from quant_mlir.experts import unstack_experts
from quant_mlir.files import write_text
from quant_mlir.random_scales import VOCABULARY, RandomScales
from quant_mlir.torch_models import HiddenStates, Logits, quiet

SEQUENCE = 16

SIZES = dict(
    hidden_size=32,
    num_hidden_layers=2,
    num_attention_heads=4,
)
TEXT = dict(
    SIZES, vocab_size=VOCABULARY, intermediate_size=48, max_position_embeddings=64
)
# Four query heads share two heads of keys and values.
GROUPED = dict(TEXT, num_key_value_heads=2)
TOKENS = dict(pad_token_id=0, bos_token_id=1, eos_token_id=2)
EXPERTS = dict(num_experts_per_tok=2, moe_intermediate_size=24)
LATENT = dict(
    TEXT,
    **EXPERTS,
    num_key_value_heads=4,
    n_routed_experts=4,
    n_shared_experts=1,
    n_group=2,
    topk_group=1,
    first_k_dense_replace=1,
    q_lora_rank=20,
    kv_lora_rank=12,
    qk_nope_head_dim=8,
    qk_rope_head_dim=4,
    v_head_dim=8,
)
GPT2 = dict(vocab_size=VOCABULARY, n_embd=32, n_layer=2, n_head=4, n_positions=64)
FALCON = dict(
    SIZES, vocab_size=VOCABULARY, max_position_embeddings=64, bias=False
)
T5 = dict(vocab_size=VOCABULARY, d_model=32, d_kv=8, d_ff=48, num_layers=2, num_heads=4)


@dataclass(frozen=True)
class Architecture:
    """A network of transformers: `config` names its class of configurations."""

    name: str
    config: str
    options: dict
    # A decoder that returns logits if none is given.
    encoder: str | None = None
    # Shapes of floats that the network reads instead of tokens, by their name.
    floats: dict = field(default_factory=dict)

    @property
    def stem(self):
        return get_stem(self.name)

    def build(self):
        """The network behind a wrapper that returns one tensor."""
        config = getattr(transformers, self.config)(**self.options)
        config._attn_implementation = "eager"
        with quiet():
            if self.encoder is None:
                network = transformers.AutoModelForCausalLM.from_config(config)
                return Logits(unstack_experts(network.eval()))
            model, _, part = self.encoder.partition(".")
            network = getattr(transformers, model)(config).eval()
        network = network.get_submodule(part)
        return HiddenStates(network, self.floats or ("input_ids", "attention_mask"))

    def arguments(self):
        """Example arguments for the export."""
        if self.floats:
            return [torch.zeros(1, *shape) for shape in self.floats.values()]
        count = 1 if self.encoder is None else 2
        return [torch.ones(1, SEQUENCE, dtype=torch.int64) for _ in range(count)]


ARCHITECTURES = [
    Architecture("Llama", "LlamaConfig", GROUPED),
    Architecture("Mistral", "MistralConfig", dict(GROUPED, sliding_window=4)),
    Architecture("Qwen2", "Qwen2Config", GROUPED),
    Architecture("Qwen3", "Qwen3Config", dict(GROUPED, head_dim=8)),
    Architecture("Gemma", "GemmaConfig", dict(GROUPED, head_dim=8)),
    Architecture("Gemma 2", "Gemma2Config", dict(GROUPED, head_dim=8, sliding_window=4)),
    Architecture(
        "Gemma 3", "Gemma3TextConfig", dict(GROUPED, head_dim=8, sliding_window=4)
    ),
    Architecture("Granite", "GraniteConfig", GROUPED),
    Architecture("OLMo 2", "Olmo2Config", dict(GROUPED, **TOKENS)),
    Architecture("Phi-3", "Phi3Config", dict(GROUPED, **TOKENS)),
    Architecture("StableLM", "StableLmConfig", GROUPED),
    Architecture("Cohere", "CohereConfig", dict(GROUPED, **TOKENS)),
    Architecture(
        "Mixtral",
        "MixtralConfig",
        dict(GROUPED, num_local_experts=4, num_experts_per_tok=2),
    ),
    Architecture(
        "Qwen2-MoE",
        "Qwen2MoeConfig",
        dict(GROUPED, **EXPERTS, num_experts=4, shared_expert_intermediate_size=40),
    ),
    Architecture("DeepSeek-V3", "DeepseekV3Config", LATENT),
    Architecture(
        "GPT-OSS",
        "GptOssConfig",
        dict(
            GROUPED,
            head_dim=8,
            num_local_experts=4,
            num_experts_per_tok=2,
            sliding_window=4,
        ),
    ),
    Architecture(
        "Mamba",
        "MambaConfig",
        dict(vocab_size=VOCABULARY, hidden_size=32, num_hidden_layers=2, state_size=8),
    ),
    Architecture("StarCoder2", "Starcoder2Config", GROUPED),
    Architecture(
        "OPT",
        "OPTConfig",
        dict(
            SIZES,
            vocab_size=VOCABULARY,
            max_position_embeddings=64,
            ffn_dim=48,
            word_embed_proj_dim=32,
        ),
    ),
    Architecture("Falcon 7B", "FalconConfig", FALCON),
    Architecture(
        "Falcon 40B",
        "FalconConfig",
        dict(FALCON, new_decoder_architecture=True, num_kv_heads=2),
    ),
    Architecture("GPT-2", "GPT2Config", GPT2),
    Architecture("GPT-J", "GPTJConfig", dict(GPT2, rotary_dim=4)),
    Architecture("GPT-NeoX", "GPTNeoXConfig", TEXT),
    Architecture("Phi", "PhiConfig", TEXT),
    Architecture(
        "BLOOM",
        "BloomConfig",
        dict(vocab_size=VOCABULARY, hidden_size=32, n_layer=2, n_head=4),
    ),
    Architecture(
        "MPT",
        "MptConfig",
        dict(vocab_size=VOCABULARY, d_model=32, n_layers=2, n_heads=4, max_seq_len=64),
    ),
    Architecture("T5 encoder", "T5Config", T5, "T5EncoderModel"),
    Architecture(
        "T5 1.1 encoder",
        "T5Config",
        dict(T5, feed_forward_proj="gated-gelu"),
        "T5EncoderModel",
    ),
    Architecture("BERT", "BertConfig", TEXT, "BertModel"),
    Architecture("RoBERTa", "RobertaConfig", TEXT, "RobertaModel"),
    Architecture(
        "DistilBERT",
        "DistilBertConfig",
        dict(vocab_size=VOCABULARY, dim=32, hidden_dim=48, n_layers=2, n_heads=4),
        "DistilBertModel",
    ),
    Architecture(
        "ModernBERT",
        "ModernBertConfig",
        dict(TEXT, **TOKENS, cls_token_id=1, sep_token_id=2, local_attention=4),
        "ModernBertModel",
    ),
    Architecture(
        "ViT",
        "ViTConfig",
        dict(SIZES, intermediate_size=48, image_size=16, patch_size=4),
        "ViTModel",
        {"pixel_values": (3, 16, 16)},
    ),
    Architecture(
        "CLIP text", "CLIPTextConfig", dict(TEXT, eos_token_id=2), "CLIPTextModel"
    ),
    Architecture(
        "Whisper encoder",
        "WhisperConfig",
        dict(
            vocab_size=VOCABULARY,
            num_mel_bins=16,
            d_model=32,
            encoder_layers=2,
            encoder_attention_heads=4,
            encoder_ffn_dim=48,
            decoder_layers=1,
            decoder_attention_heads=4,
            max_source_positions=16,
            pad_token_id=0,
        ),
        "WhisperModel.encoder",
        {"input_features": (16, 32)},
    ),
]


def import_architecture(architecture, path):
    """Writes the weightless IR; returns the wrapped network."""
    wrapper = architecture.build()
    text, _ = importer.lower(wrapper, architecture.arguments())
    write_text(path, text)
    return wrapper


# Makes a lit test of an imported module.
_TEST = """\
// {name} with random weights, as `python -m quant_mlir architectures --tests` writes it.

// RUN: rm -rf %t && mkdir %t
// RUN: %python %S/../Inputs/fold_architecture.py %s %t %quant_mlir_build/bin %quant_mlir_source/docs/Architectures.md

"""


def write_test(architecture, directory):
    """Writes the weightless IR as a test of lit; returns its path."""
    path = Path(directory, f"{architecture.stem}.mlir")
    import_architecture(architecture, path)
    write_text(path, _TEST.format(name=architecture.name) + path.read_text())
    return path


def _set_parameters(network, weights):
    """Gives the network the values that the module's weights have."""
    parameters = dict(network.named_parameters(remove_duplicate=False))
    with torch.no_grad():
        for name, values in weights.items():
            parameters[name].copy_(torch.from_numpy(values))


def measure(architecture, folder, programs):
    """Imports one architecture, compares and scales it; returns its Row."""
    module = Path(folder, f"{architecture.stem}.mlir")
    wrapper = import_architecture(architecture, module)
    scales = RandomScales(module, folder, programs)
    weights, inputs = scales.draw()
    _set_parameters(wrapper.network, weights)
    with torch.no_grad():
        samples = zip(*(torch.from_numpy(values).split(1) for values in inputs))
        expected = torch.cat([wrapper(*sample) for sample in samples]).numpy()
    actual = scales.evaluate()
    difference = np.abs(actual - expected).max() / np.abs(expected).max()
    return Row(architecture.name, scales.measure(), float(difference))


def find(names):
    """The architectures of `names`; all of them if there are none."""
    known = {architecture.stem: architecture for architecture in ARCHITECTURES}
    for name in names:
        if get_stem(name) not in known:
            raise UserError(f"no architecture '{name}': known are {', '.join(known)}")
    return [known[get_stem(name)] for name in names] or ARCHITECTURES


def measure_all(architectures, programs, report):
    """Measures each in a folder of its own; returns the rows."""
    rows = []
    for architecture in architectures:
        report(architecture.name)
        with tempfile.TemporaryDirectory() as folder:
            rows.append(measure(architecture, folder, programs))
    return rows
