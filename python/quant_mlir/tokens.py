"""Real text as token windows, or as padded passages for encoders."""

from pathlib import Path

import numpy as np

from quant_mlir import corpus
from quant_mlir.checkpoints import GGUFCheckpoint
from quant_mlir.errors import UserError
from quant_mlir.files import read_npy, write_arrays, write_npy
from quant_mlir.models import is_encoder

# Of GGUF's token types, those that text must not be split into.
_CONTROL_TOKEN = 3


def gguf_tokenizer(checkpoint):
    """Builds the byte-level BPE tokenizer that a GGUF file describes."""
    from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers

    kind = checkpoint.field("tokenizer.ggml.model")
    pre = checkpoint.field("tokenizer.ggml.pre", "")
    if (kind, pre) != ("gpt2", "smollm"):
        raise UserError(
            f"{checkpoint.path} has a tokenizer of kind '{kind}', pre-tokenizer "
            f"'{pre}': only 'gpt2' with 'smollm' is known, give the Hugging Face "
            "directory instead"
        )
    words = checkpoint.field("tokenizer.ggml.tokens")
    types = checkpoint.field("tokenizer.ggml.token_type")
    merges = checkpoint.field("tokenizer.ggml.merges")
    tokenizer = Tokenizer(
        models.BPE(
            vocab={word: index for index, word in enumerate(words)},
            merges=[tuple(merge.split(" ")) for merge in merges],
        )
    )
    # llama.cpp's `smollm` splits each digit off before the GPT-2 expression.
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    control = [w for w, t in zip(words, types) if t == _CONTROL_TOKEN]
    tokenizer.add_special_tokens([AddedToken(w, special=True) for w in control])
    return tokenizer


def open_tokenizer(model):
    from tokenizers import Tokenizer

    if model.is_gguf:
        return gguf_tokenizer(GGUFCheckpoint(model.path))
    path = model.path / "tokenizer.json"
    if not path.is_file():
        raise UserError(f"{model.path} has no tokenizer.json")
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises nothing more specific
        raise UserError(f"cannot read {path}: {error}") from error


def token_windows(tokenizer, paragraphs, samples, length):
    """Cuts the text into windows and spreads `samples` of them over all of it.

    Returns int64 [samples, length], in document order, without overlap.
    """
    tokenizer.no_truncation()
    tokenizer.no_padding()
    encoded = tokenizer.encode("\n\n".join(paragraphs), add_special_tokens=False)
    available = len(encoded.ids) // length
    chosen = _spread(samples, available, f"windows of {length} tokens")
    ids = np.array(encoded.ids[: available * length], dtype=np.int64)
    return ids.reshape(available, length)[chosen]


def token_passages(tokenizer, paragraphs, samples, length):
    """Tokenizes one paragraph a row: padded ids and mask, int64 [samples, length]."""
    chosen = _spread(samples, len(paragraphs), "paragraphs")
    tokenizer.enable_truncation(length)
    padding = tokenizer.padding or {}
    tokenizer.enable_padding(
        length=length,
        pad_id=padding.get("pad_id", 0),
        pad_token=padding.get("pad_token", "[PAD]"),
    )
    rows = tokenizer.encode_batch([paragraphs[i] for i in chosen])
    ids = np.array([row.ids for row in rows], dtype=np.int64)
    mask = np.array([row.attention_mask for row in rows], dtype=np.int64)
    return ids, mask


def _spread(samples, available, unit):
    """Indices of `samples` items that are evenly spaced among those available."""
    if not 0 < samples <= available:
        raise UserError(
            f"the text gives {available} {unit}, {samples} samples were asked for"
        )
    return np.arange(samples) * available // samples


def model_tokens(model, source, samples, length=None):
    """The inputs of `model` made from a source of text, by argument name."""
    length = length or (128 if is_encoder(model) else 512)
    tokenizer = open_tokenizer(model)
    paragraphs = corpus.read_paragraphs(source)
    if is_encoder(model):
        ids, mask = token_passages(tokenizer, paragraphs, samples, length)
        return {"input_ids": ids, "attention_mask": mask}
    return {"input_ids": token_windows(tokenizer, paragraphs, samples, length)}


def write_tokens(output, inputs):
    """Writes the one array of `inputs` as .npy, or all as .safetensors."""
    suffix = Path(output).suffix
    if suffix == ".safetensors":
        write_arrays(output, inputs)
    elif suffix == ".npy" and len(inputs) == 1:
        write_npy(output, *inputs.values())
    else:
        expected = ".npy or .safetensors" if len(inputs) == 1 else ".safetensors"
        raise UserError(f"{output}: the output must be a {expected} file")


def read_tokens(path):
    """Reads what write_tokens wrote: a mapping of names to int64 [N, S]."""
    if Path(path).suffix == ".safetensors":
        import safetensors
        from safetensors.numpy import load_file

        try:
            inputs = load_file(path)
        except (OSError, safetensors.SafetensorError) as error:
            raise UserError(f"cannot read {path}: {error}") from error
    else:
        inputs = {"input_ids": read_npy(path)}
    for name, array in inputs.items():
        if array.dtype != np.int64 or array.ndim != 2:
            raise UserError(
                f"{path}: {name} is {array.dtype} of rank {array.ndim}, tokens are "
                "int64 of rank 2"
            )
    return inputs
