"""Public models in PyTorch, wrapped so that they return one tensor.

Needs the import extras (tools/setup --import).
"""

import contextlib
import warnings

import torch
import transformers

from quant_mlir.errors import UserError
from quant_mlir.experts import unstack_experts
from quant_mlir.models import is_encoder

transformers.utils.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()


@contextlib.contextmanager
def quiet():
    """Hides the deprecation warnings that PyTorch raises about itself."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


class Logits(torch.nn.Module):
    """input_ids [B, S] -> logits [B, S, V] of a decoder."""

    inputs = ("input_ids",)

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, input_ids):
        # A mask of ones in two dimensions: with None some models emit a scan,
        # and a ready-made causal mask switches sliding windows off.
        mask = torch.ones_like(input_ids)
        return self.network(
            input_ids=input_ids, attention_mask=mask, use_cache=False
        ).logits


class NegativeLogLikelihood(Logits):
    """input_ids [B, S] -> the loss of each next token [B, S - 1]."""

    def forward(self, input_ids):
        logits = super().forward(input_ids)[:, :-1]
        targets = input_ids[:, 1:]
        losses = torch.nn.functional.cross_entropy(
            logits.flatten(0, 1), targets.flatten(), reduction="none"
        )
        return losses.view(targets.shape)


class Embeddings(torch.nn.Module):
    """Token means over the mask, of Euclidean norm 1: [B, hidden].

    What sentence-transformers compute with mean pooling and normalization.
    """

    inputs = ("input_ids", "attention_mask")

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, input_ids, attention_mask):
        hidden = self.network(
            input_ids=input_ids, attention_mask=attention_mask
        ).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
        return torch.nn.functional.normalize(mean, p=2.0, dim=1)


class HiddenStates(torch.nn.Module):
    """What an encoder's last layer gives: [B, S, hidden]."""

    def __init__(self, network, inputs):
        super().__init__()
        self.network = network
        self.inputs = tuple(inputs)

    def forward(self, *arguments):
        return self.network(**dict(zip(self.inputs, arguments))).last_hidden_state


_WRAPPERS = {
    "logits": Logits,
    "nll": NegativeLogLikelihood,
    "embeddings": Embeddings,
}


def load_model(model, result):
    """Loads a model in f32 with eager attention and wraps it for `result`.

    Eager attention, because the fused one checks for rows that are masked
    altogether and broadcasts weights over the batch when it is exported.
    """
    encoder = is_encoder(model)
    if encoder != (result == "embeddings"):
        kind = "an encoder" if encoder else "a decoder"
        raise UserError(f"{model.name} is {kind}: it has no result '{result}'")
    auto = transformers.AutoModel if encoder else transformers.AutoModelForCausalLM
    where = {"pretrained_model_name_or_path": str(model.path)}
    if model.is_gguf:
        where["pretrained_model_name_or_path"] = str(model.path.parent)
        where["gguf_file"] = model.path.name
    try:
        with quiet():
            network = auto.from_pretrained(
                **where,
                dtype=torch.float32,
                attn_implementation="eager",
                local_files_only=True,
            )
    except Exception as error:  # readers of many formats, each with its own
        reason = next(filter(None, map(str.strip, str(error).splitlines())), "")
        raise UserError(
            f"transformers cannot load {model.path}: {reason or error!r}"
        ) from error
    return _WRAPPERS[result](unstack_experts(network.eval()))
