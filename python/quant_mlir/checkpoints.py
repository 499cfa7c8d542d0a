"""Model files of other projects as named f32 tensors, one at a time."""

import json
from functools import partial
from pathlib import Path

import numpy as np

from quant_mlir.errors import UserError
from quant_mlir.files import Tensor, write_safetensors
from quant_mlir.ir import read_module


class GGUFCheckpoint:
    """A GGUF file whose tensors are named and laid out as Hugging Face has them.

    Only the `llama` architecture: others permute or fuse tensors by rules of
    their own.
    """

    def __init__(self, path):
        import gguf

        self.path = Path(path)
        try:
            self.reader = gguf.GGUFReader(self.path)
        except (OSError, ValueError, IndexError, KeyError) as error:
            raise UserError(f"cannot read {path}: not a whole GGUF file") from error
        architecture = self.field("general.architecture")
        if architecture != "llama":
            raise UserError(
                f"{path} holds architecture '{architecture}': only 'llama' is read "
                "from GGUF, give the Hugging Face directory instead"
            )
        self.layers = self.field("llama.block_count")
        self.heads = self.field("llama.attention.head_count")
        self.kv_heads = self.field("llama.attention.head_count_kv", self.heads)
        self.tensors = {tensor.name: tensor for tensor in self.reader.tensors}
        self.name_map = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, self.layers)

    _required = object()

    def field(self, key, default=_required):
        if field := self.reader.fields.get(key):
            return field.contents()
        if default is self._required:
            raise UserError(f"{self.path} lacks the metadata field '{key}'")
        return default

    def names(self):
        """The parameter names of transformers' LlamaForCausalLM in this file."""
        parts = ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"]
        parts += ["self_attn.o_proj", "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"]
        parts += ["input_layernorm", "post_attention_layernorm"]
        modules = ["model.embed_tokens"]
        modules += [f"model.layers.{i}.{p}" for i in range(self.layers) for p in parts]
        modules += ["model.norm", "lm_head"]
        names = [f"{m}.{kind}" for m in modules for kind in ("weight", "bias")]
        return [name for name in names if self._gguf_name(name) in self.tensors]

    def _gguf_name(self, name):
        return self.name_map.get_name(name, try_suffixes=(".weight", ".bias"))

    def shape(self, name):
        """The shape of a parameter, or None if the file lacks it."""
        tensor = self.tensors.get(self._gguf_name(name))
        # GGUF lists the fastest dimension first.
        return tensor and tuple(int(dim) for dim in reversed(tensor.shape))

    def load(self, name):
        import gguf

        tensor = self.tensors[self._gguf_name(name)]
        values = gguf.dequantize(tensor.data, tensor.tensor_type)
        if ".q_proj." in name:
            return _unpermute(values, self.heads)
        if ".k_proj." in name:
            return _unpermute(values, self.kv_heads)
        return values


def _unpermute(values, heads):
    """Rows of each head from interleaved pairs back to two halves.

    llama.cpp rotates adjacent pairs, transformers rotates element i with
    i + d/2, so the converter to GGUF interleaves the rows of q and k.
    """
    pairs = values.reshape(heads, values.shape[0] // heads // 2, 2, -1)
    return pairs.swapaxes(1, 2).reshape(values.shape)


class HFCheckpoint:
    """The safetensors files of a Hugging Face model directory."""

    def __init__(self, path):
        self.path = Path(path)
        self.files = {}
        for file in self._shards():
            for name in self._open(file).keys():
                self.files[name] = file

    def _shards(self):
        index = self.path / "model.safetensors.index.json"
        if not index.is_file():
            return [self.path / "model.safetensors"]
        try:
            weight_map = json.loads(index.read_text())["weight_map"]
        except (ValueError, KeyError, OSError) as error:
            raise UserError(f"cannot read {index}: no weight_map in it") from error
        return [self.path / file for file in sorted(set(weight_map.values()))]

    @staticmethod
    def _open(file):
        import safetensors

        try:
            return safetensors.safe_open(file, framework="numpy")
        except (OSError, safetensors.SafetensorError) as error:
            reason = "no such file" if not file.is_file() else error
            raise UserError(f"cannot read {file}: {reason}") from error

    def names(self):
        return list(self.files)

    def _stored_name(self, name):
        """The checkpoint's name of a parameter.

        A checkpoint of a model with a head prefixes the names of the base
        model ('bert.encoder…'), one of the base model alone does not.
        """
        if name in self.files:
            return name
        prefixed = [n for n in self.files if n.partition(".")[2] == name]
        if len(prefixed) == 1:
            return prefixed[0]
        base = name.partition(".")[2]
        return base if base in self.files else None

    def shape(self, name):
        stored = self._stored_name(name)
        if stored is None:
            return None
        return tuple(self._open(self.files[stored]).get_slice(stored).get_shape())

    def load(self, name):
        stored = self._stored_name(name)
        file = self._open(self.files[stored])
        dtype = file.get_slice(stored).get_dtype()
        if dtype == "BF16":
            return _load_bf16(self.files[stored], stored)
        if dtype not in ("F64", "F32", "F16"):
            raise UserError(
                f"{self.files[stored]}: tensor {stored} is {dtype}, a float type is "
                "expected: already quantized checkpoints are not read"
            )
        return file.get_tensor(stored).astype(np.float32)


def _load_bf16(path, name):
    # numpy has no bf16: its bits are the upper half of an f32's.
    with open(path, "rb") as file:
        size = int.from_bytes(file.read(8), "little")
        entry = json.loads(file.read(size))[name]
    begin, end = entry["data_offsets"]
    halves = np.fromfile(
        path, dtype="<u2", count=(end - begin) // 2, offset=8 + size + begin
    )
    return (halves.astype(np.uint32) << 16).view(np.float32).reshape(entry["shape"])


def open_checkpoint(model):
    return (GGUFCheckpoint if model.is_gguf else HFCheckpoint)(model.path)


def check_against_ir(checkpoint, module):
    """Raises unless the checkpoint has every weight of `module` in its shape."""
    for name, type in module.weights.items():
        shape = checkpoint.shape(name)
        if shape is None:
            raise UserError(
                f"{checkpoint.path} has no tensor for @{name} of {module.path}: "
                "is it the checkpoint of another model?"
            )
        if shape != type.shape:
            raise UserError(
                f"tensor {name} of {checkpoint.path} has shape {list(shape)}, "
                f"{module.path} declares {type}"
            )
    # A tensor that the module does not read is no error (a pooler, a table of
    # positions), but a module without weights would give an empty file.
    if not module.weights:
        raise UserError(f"{module.path} declares no external weights")


def write_weights(model, output, ir=None):
    """Writes a model's weights as f32 safetensors under the names of its IR.

    `ir` is the path of the weightless module that will read them; the default
    is the tree's own for known models, else the checkpoint's names are kept.
    Returns the number of tensors and their bytes.
    """
    checkpoint = open_checkpoint(model)
    ir = ir or model.ir
    if ir:
        module = read_module(ir)
        check_against_ir(checkpoint, module)
        names = list(module.weights)
    else:
        names = checkpoint.names()
    tensors = [
        Tensor(name, "F32", checkpoint.shape(name), partial(checkpoint.load, name))
        for name in names
    ]
    write_safetensors(output, tensors, {"model": model.name})
    return len(tensors), 4 * sum(int(np.prod(t.shape)) for t in tensors)
