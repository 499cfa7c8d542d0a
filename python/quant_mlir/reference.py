"""What PyTorch computes, to compare imported models with.

Needs the import extras (tools/setup --import).
"""

import time

import numpy as np
import torch

from quant_mlir.errors import UserError
from quant_mlir.files import atomic_output
from quant_mlir.torch_models import load_model


def write_reference(model, inputs, output, *, result, batch=1, progress=None):
    """Runs a model eagerly in f32 and writes `result` of all samples as .npy.

    `inputs` maps argument names to int64 arrays [N, S]. One batch is in memory
    at a time. Returns the seconds of the forward passes and, for 'nll', the
    perplexity, else None.
    """
    wrapper = load_model(model, result)
    missing = [name for name in wrapper.inputs if name not in inputs]
    if missing:
        raise UserError(
            f"{model.name} reads {' and '.join(wrapper.inputs)}, the input has no "
            f"{missing[0]}: `tokens` writes both to a .safetensors file"
        )
    samples = len(inputs[wrapper.inputs[0]])
    seconds, total, count = 0.0, 0.0, 0
    with atomic_output(output) as file, torch.inference_mode():
        for start in range(0, samples, batch):
            rows = [
                torch.from_numpy(inputs[name][start : start + batch])
                for name in wrapper.inputs
            ]
            begin = time.perf_counter()
            values = wrapper(*rows).numpy()
            seconds += time.perf_counter() - begin
            if start == 0:
                _write_header(file, (samples, *values.shape[1:]))
            file.write(np.ascontiguousarray(values, dtype="<f4").data)
            total += values.sum(dtype=np.float64)
            count += values.size
            if progress:
                progress(start + len(rows[0]), samples)
    return seconds, float(np.exp(total / count)) if result == "nll" else None


def _write_header(file, shape):
    header = {"descr": "<f4", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, header)
