"""What a module's text says about its weights and its interface."""

import re
from pathlib import Path
from typing import NamedTuple

from quant_mlir.errors import UserError

# MLIR prints a symbol bare when it is an identifier with $, . or -, and as a
# quoted string otherwise.
_GLOBAL = re.compile(
    r'ml_program\.global\s+private\s+@(?:"([^"]+)"|([\w$.\-]+))\s*'
    r"\((?:#[\w.\-]+|#ml_program\.extern[^)]*)\)\s*:\s*tensor<([^>]*)>"
)
_FUNCTION = re.compile(r"func\.func\s+@main\((.*?)\)\s*->\s*(.*?)\s*(?:attributes|\{)")
_TENSOR = re.compile(r"tensor<([^>]*)>")


class TensorType(NamedTuple):
    shape: tuple  # None stands for a dynamic dimension
    dtype: str

    def __str__(self):
        dims = ["?" if dim is None else str(dim) for dim in self.shape]
        return f"tensor<{'x'.join([*dims, self.dtype])}>"


def parse_tensor_type(text):
    *dims, dtype = text.split("x")
    return TensorType(tuple(None if d == "?" else int(d) for d in dims), dtype)


class Module(NamedTuple):
    """The external weights and the signature of @main of one module."""

    path: Path
    weights: dict  # parameter name -> TensorType
    inputs: list
    results: list


def read_module(path):
    """Reads the declarations of a weightless module without parsing its body."""
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not a text file"
        raise UserError(f"cannot read {path}: {reason}") from error
    weights = {
        quoted or bare: parse_tensor_type(shape)
        for quoted, bare, shape in _GLOBAL.findall(text)
    }
    function = _FUNCTION.search(text)
    if not function:
        raise UserError(f"{path} has no function @main: is it an imported model?")
    inputs, results = (
        [parse_tensor_type(shape) for shape in _TENSOR.findall(part)]
        for part in function.groups()
    )
    return Module(path, weights, inputs, results)
