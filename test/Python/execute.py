"""Runs small weightless modules with torch-mlir's own MLIR.

So imported IR is compared with PyTorch without the compiler under test.
"""

import ctypes
import re

import numpy as np
from torch_mlir import ir, runtime
from torch_mlir.execution_engine import ExecutionEngine
from torch_mlir.passmanager import PassManager

# memrefCopy
RUNTIME = "/usr/lib/llvm-22/lib/libmlir_c_runner_utils.so"

PIPELINE = (
    # The wrappers before the declarations of libm's functions, which have none.
    "builtin.module(func.func(llvm-request-c-wrappers,linalg-generalize-named-ops),"
    "one-shot-bufferize{bufferize-function-boundaries"
    " function-boundary-type-conversion=identity-layout-map},"
    "buffer-results-to-out-params{modify-public-functions=true},"
    "func.func(convert-linalg-to-loops),convert-scf-to-cf,expand-strided-metadata,"
    "lower-affine,arith-expand,func.func(convert-math-to-llvm),convert-math-to-libm,"
    "convert-arith-to-llvm,convert-index-to-llvm,"
    "finalize-memref-to-llvm,convert-func-to-llvm,convert-cf-to-llvm,"
    "reconcile-unrealized-casts)"
)

_LOAD = re.compile(r"^ *(%\S+) = ml_program\.global_load_const @\S+ : (\S+)\n", re.M)
_LOADED = re.compile(r"global_load_const @\"?([^\s\"]+)")
_SIGNATURE = re.compile(r"(func\.func @main\()(.*?)(\) -> )")


def execute(text, inputs, weights, shape):
    """Calls @main on int64 `inputs`; returns its one f32 result of `shape`."""
    names = _LOADED.findall(text)
    arguments = ", ".join(f"{value}: {type}" for value, type in _LOAD.findall(text))
    text = re.sub(r"^ *ml_program\.global .*\n", "", _LOAD.sub("", text), flags=re.M)
    text = _SIGNATURE.sub(rf"\1\2, {arguments}\3", text, count=1)
    with ir.Context(), ir.Location.unknown():
        module = ir.Module.parse(text)
        PassManager.parse(PIPELINE).run(module.operation)
        engine = ExecutionEngine(module, 2, [RUNTIME])
        engine.initialize()
        arrays = [np.ascontiguousarray(array) for array in inputs]
        arrays += [np.ascontiguousarray(weights[name]) for name in names]
        result = np.zeros(shape, np.float32)
        pointers = [_pointer(array) for array in [*arrays, result]]
        engine.invoke("main", *pointers)
    return result


def _pointer(array):
    descriptor = runtime.get_ranked_memref_descriptor(array)
    return ctypes.pointer(ctypes.pointer(descriptor))
