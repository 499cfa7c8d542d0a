"""Triton kernels for the emulator's tests, and the script that compiles them.

    python -m venv v && v/bin/pip install triton==3.9.0 numpy
    v/bin/python triton_kernels.py

writes triton-sm80-KERNEL.ptx and triton-sm90-KERNEL.ptx. It needs no GPU.
The PTX is checked in: tests need neither Triton nor Python.
"""

import pathlib
import re

import triton
import triton.language as tl
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource


@triton.jit
def axpy(x, y, n, a, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = i < n
    tl.store(y + i, a * tl.load(x + i, mask) + tl.load(y + i, mask), mask)


@triton.jit
def softmax(x, y, columns, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    i = tl.arange(0, BLOCK)
    mask = i < columns
    v = tl.load(x + row * columns + i, mask, other=-float("inf"))
    e = tl.exp(v - tl.max(v, 0))
    tl.store(y + row * columns + i, e / tl.sum(e, 0), mask)


@triton.jit
def scan(x, y, n, BLOCK: tl.constexpr):
    i = tl.arange(0, BLOCK)
    mask = i < n
    tl.store(y + i, tl.cumsum(tl.load(x + i, mask, other=0), 0), mask)


@triton.jit
def histogram(x, bins, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = i < n
    tl.atomic_add(bins + tl.load(x + i, mask, other=0), 1, mask)


@triton.jit
def transpose(x, y, rows, columns, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    j = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    mask = (i[:, None] < rows) & (j[None, :] < columns)
    tile = tl.load(x + i[:, None] * columns + j[None, :], mask)
    tl.store(y + j[:, None] * rows + i[None, :], tl.trans(tile), tl.trans(mask))


# C = A B, of int8 with int32 sums or of f16 with f32 sums; A is M x K, B is N x K.
@triton.jit
def matmul(a, b, c, m, n, k, M: tl.constexpr, N: tl.constexpr, K: tl.constexpr,
           SUM: tl.constexpr):
    i = tl.program_id(0) * M + tl.arange(0, M)
    j = tl.program_id(1) * N + tl.arange(0, N)
    at = tl.arange(0, K)
    sums = tl.zeros((M, N), SUM)
    for k0 in range(0, k, K):
        ta = tl.load(a + i[:, None] * k + (k0 + at)[None, :],
                     (i[:, None] < m) & ((k0 + at)[None, :] < k), other=0)
        tb = tl.load(b + j[None, :] * k + (k0 + at)[:, None],
                     (j[None, :] < n) & ((k0 + at)[:, None] < k), other=0)
        sums = tl.dot(ta, tb, sums, out_dtype=SUM)
    tl.store(c + i[:, None] * n + j[None, :], sums,
             (i[:, None] < m) & (j[None, :] < n))


# The same through tensor maps, which the host makes: TMA on sm_90.
@triton.jit
def matmul_tma(a, b, c, k, M: tl.constexpr, N: tl.constexpr, K: tl.constexpr):
    i = tl.program_id(0) * M
    j = tl.program_id(1) * N
    sums = tl.zeros((M, N), tl.float32)
    for k0 in range(0, k, K):
        ta = a.load([i, k0])
        tb = b.load([j, k0])
        sums = tl.dot(ta, tb.T, sums)
    c.store([i, j], sums.to(tl.float16))


I32 = "i32"
KERNELS = {
    "axpy": (axpy, ["*fp32", "*fp32", I32, "fp32"], {"BLOCK": 256}, 4, 3),
    "softmax": (softmax, ["*fp32", "*fp32", I32], {"BLOCK": 512}, 4, 3),
    "scan": (scan, ["*i32", "*i32", I32], {"BLOCK": 1024}, 4, 3),
    "histogram": (histogram, ["*i32", "*i32", I32], {"BLOCK": 512}, 4, 3),
    "transpose": (transpose, ["*fp32", "*fp32", I32, I32], {"BLOCK": 32}, 4, 3),
    "matmul-s8": (matmul, ["*i8", "*i8", "*i32", I32, I32, I32],
                  {"M": 64, "N": 64, "K": 64, "SUM": tl.int32}, 4, 3),
    "matmul-f16": (matmul, ["*fp16", "*fp16", "*fp32", I32, I32, I32],
                   {"M": 64, "N": 64, "K": 64, "SUM": tl.float32}, 4, 3),
    "matmul-bf16": (matmul, ["*bf16", "*bf16", "*fp32", I32, I32, I32],
                    {"M": 64, "N": 64, "K": 32, "SUM": tl.float32}, 4, 3),
    "matmul-tma": (matmul_tma, ["tensordesc<fp16[64,64]>", "tensordesc<fp16[64,64]>",
                                "tensordesc<fp16[64,64]>", I32],
                   {"M": 64, "N": 64, "K": 64}, 4, 3),
}


def compile(name, arch):
    kernel, types, constants, warps, stages = KERNELS[name]
    names = kernel.arg_names
    signature = dict(zip(names, types))
    signature.update({c: "constexpr" for c in constants})
    # 16 divides the pointers, as it does every allocation, and k.
    attributes = {(i,): [["tt.divisibility", 16]] for i, t in enumerate(types)
                  if t.startswith("*") or names[i] in ("k",)}
    source = ASTSource(kernel, signature, constants, attributes)
    compiled = triton.compile(source, GPUTarget("cuda", arch, 32),
                              {"num_warps": warps, "num_stages": stages})
    text = compiled.asm["ptx"]
    # Debug information names the directory; one kernel keeps it.
    text = re.sub(r'(\.file\s+\d+) ".*/', r'\1 "', text)
    text = re.sub(re.escape(str(pathlib.Path(__file__).parent)), ".", text)
    if name != "axpy":
        text = re.sub(r"\n\s*\.(loc|file)\s.*", "", text)
        text = re.sub(r"\n\s*\.section[^{]*{[^}]*}", "", text)
    text = re.sub(r"\n\s*// (begin|end) inline asm|[ \t]*// \S+\.py.*", "", text)
    return text, compiled.metadata.shared


def main():
    here = pathlib.Path(__file__).parent
    for arch in (80, 90):
        for name in KERNELS:
            if name.endswith("-tma") and arch < 90:
                continue
            text, shared = compile(name, arch)
            path = here / f"triton-sm{arch}-{name}.ptx"
            path.write_text(f"// {name}: {shared} bytes of shared memory\n" + text)
            print(path.name, len(text), shared)


if __name__ == "__main__":
    main()
