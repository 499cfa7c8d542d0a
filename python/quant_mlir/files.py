"""Output files that appear only when they are complete."""

import contextlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from quant_mlir.errors import UserError

SAFETENSORS_DTYPES = {"F32": np.float32, "I64": np.int64}


@contextlib.contextmanager
def atomic_output(path):
    """Yields a binary file that replaces `path` when the block succeeds.

    The file is written beside `path`, so that the rename stays on one file
    system; a block that raises leaves `path` as it was.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(
            prefix=f".{path.name}.", dir=path.parent
        )
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}") from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        if isinstance(error, OSError):
            raise UserError(f"cannot write {path}: {error.strerror}") from error
        raise


class Tensor(NamedTuple):
    """A tensor of a file to be written, whose values are made on demand."""

    name: str
    dtype: str  # a key of SAFETENSORS_DTYPES
    shape: tuple
    load: Callable[[], np.ndarray]


def write_safetensors(path, tensors: Iterable[Tensor], metadata=None):
    """Writes `tensors` in their order, one in memory at a time.

    The header is padded so that data starts at a multiple of 64 bytes: readers
    that map the file can then hand out aligned pointers.
    """
    tensors = list(tensors)
    header, offset = {}, 0
    if metadata:
        header["__metadata__"] = metadata
    for tensor in tensors:
        size = np.dtype(SAFETENSORS_DTYPES[tensor.dtype]).itemsize
        end = offset + size * int(np.prod(tensor.shape, dtype=np.int64))
        header[tensor.name] = {
            "dtype": tensor.dtype,
            "shape": list(tensor.shape),
            "data_offsets": [offset, end],
        }
        offset = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-(len(text) + 8) % 64)
    with atomic_output(path) as file:
        file.write(len(text).to_bytes(8, "little"))
        file.write(text)
        for tensor in tensors:
            dtype = SAFETENSORS_DTYPES[tensor.dtype]
            values = np.asarray(tensor.load(), dtype=dtype, order="C")
            if values.shape != tuple(tensor.shape):
                raise UserError(
                    f"tensor {tensor.name} has shape {list(values.shape)}, "
                    f"{list(tensor.shape)} was announced"
                )
            file.write(values.data)


def write_arrays(path, arrays, metadata=None):
    """Writes a mapping of names to f32 or i64 arrays as safetensors."""
    names = {np.dtype(dtype): name for name, dtype in SAFETENSORS_DTYPES.items()}
    write_safetensors(
        path,
        [
            Tensor(name, names[array.dtype], array.shape, lambda array=array: array)
            for name, array in arrays.items()
        ],
        metadata,
    )


def write_npy(path, array):
    with atomic_output(path) as file:
        np.save(file, array)


def write_text(path, text):
    with atomic_output(path) as file:
        file.write(text.encode())


def read_npy(path):
    """Reads an array, or raises a UserError that names the file."""
    try:
        return np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        reason = getattr(error, "strerror", None) or "not an npy file"
        raise UserError(f"cannot read {path}: {reason}") from error
