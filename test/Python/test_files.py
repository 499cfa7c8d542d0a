import numpy as np
import pytest
from safetensors.numpy import load_file

from quant_mlir.errors import UserError
from quant_mlir.files import Tensor, atomic_output, write_arrays, write_safetensors


def test_safetensors_are_read_by_others(tmp_path):
    path = tmp_path / "a.safetensors"
    arrays = {
        "x": np.arange(12, dtype=np.float32).reshape(3, 4),
        "ids": np.array([[2**40, -1]], dtype=np.int64),
        "scalar": np.array(2.5, dtype=np.float32),
    }
    write_arrays(path, arrays)
    read = load_file(path)
    assert read.keys() == arrays.keys()
    for name, values in arrays.items():
        assert read[name].dtype == values.dtype
        np.testing.assert_array_equal(read[name], values)


def test_data_starts_aligned(tmp_path):
    for length in range(1, 70, 7):
        path = tmp_path / "a.safetensors"
        write_arrays(path, {"n" * length: np.zeros(1, np.float32)})
        header = int.from_bytes(path.read_bytes()[:8], "little")
        assert (8 + header) % 64 == 0


def test_failure_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    with pytest.raises(ValueError), atomic_output(path) as file:
        file.write(b"new")
        raise ValueError
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_wrong_shape_is_an_error(tmp_path):
    tensor = Tensor("x", "F32", (2, 3), lambda: np.zeros((3, 2)))
    with pytest.raises(UserError, match=r"x has shape \[3, 2\]"):
        write_safetensors(tmp_path / "a.safetensors", [tensor])
    assert list(tmp_path.iterdir()) == []


def test_unwritable_folder(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot write"):
        write_arrays(tmp_path / "file" / "a.safetensors", {})
