"""Modules whose quantizations have something in front, their inputs, and the
comparison of fused with unfused codes.

usage: fused.py make FOLDER            writes NAME.mlir and NAME.safetensors, its input
       fused.py compare FOLDER NAME…   the codes of NAME.cpu.safetensors and
                                       NAME.ptx.safetensors, from quant-run,
                                       and the traffic of NAME.json
"""

import json
import os
import sys

import numpy as np

ID = "affine_map<(i, j) -> (i, j)>"
ROW = "affine_map<(i, j) -> (i, 0)>"
CHANNEL = "affine_map<(i, j) -> (j)>"
PARALLEL = 'iterator_types = ["parallel", "parallel"]'


class Module:
    """Collects linalg ops on m×k matrices."""

    def __init__(self, m, k, kind):
        self.m, self.k, self.kind = m, k, kind
        self.lines, self.count = [], 0

    def name(self):
        self.count += 1
        return f"%v{self.count}"

    def matrix(self, kind=None, columns=None):
        return f"tensor<{self.m}x{columns or self.k}x{kind or self.kind}>"

    def elementwise(self, inputs, body, kind=None, columns=None):
        """`inputs` are (value, type, map); the body computes %r of %a, %b, …"""
        kind = kind or self.kind
        type_ = self.matrix(kind, columns)
        empty, result = self.name(), self.name()
        arguments = ", ".join(
            f"%{'abcd'[i]}: {t.rsplit('x', 1)[-1].rstrip('>')}" for i, (_, t, _) in enumerate(inputs)
        )
        maps = ", ".join([m for _, _, m in inputs] + [ID])
        self.lines.append(f"{empty} = tensor.empty() : {type_}")
        self.lines.append(
            f"{result} = linalg.generic {{indexing_maps = [{maps}], {PARALLEL}}} "
            f"ins({', '.join(v for v, _, _ in inputs)} : {', '.join(t for _, t, _ in inputs)}) "
            f"outs({empty} : {type_}) {{\n^bb0({arguments}, %o: {kind}):\n{body}\n"
            f"linalg.yield %r : {kind}\n}} -> {type_}"
        )
        return result

    def mean(self, value):
        """The mean of each row, m×1."""
        total, empty = self.name(), self.name()
        type_ = self.matrix("f32", 1)
        self.lines.append(f"{empty} = tensor.empty() : {type_}")
        zero = self.name()
        self.lines.append(f"{zero} = linalg.fill ins(%zero : f32) outs({empty} : {type_}) -> {type_}")
        self.lines.append(
            f"{total} = linalg.generic {{indexing_maps = [{ID}, {ROW}], "
            f'iterator_types = ["parallel", "reduction"]}} ins({value} : {self.matrix("f32")}) '
            f"outs({zero} : {type_}) {{\n^bb0(%a: f32, %o: f32):\n%r = arith.addf %a, %o : f32\n"
            f"linalg.yield %r : f32\n}} -> {type_}"
        )
        return self.elementwise(
            [(total, type_, ID)],
            f"%n = arith.constant {float(self.k)} : f32\n%r = arith.divf %a, %n : f32",
            "f32",
            1,
        )

    def widen(self, value):
        if self.kind == "f32":
            return value
        body = f"%r = arith.extf %a : {self.kind} to f32"
        return self.elementwise([(value, self.matrix(), ID)], body, "f32")

    def narrow(self, value):
        if self.kind == "f32":
            return value
        body = f"%r = arith.truncf %a : f32 to {self.kind}"
        return self.elementwise([(value, self.matrix("f32"), ID)], body)

    def multiply(self, left, right, map_=ID, type_=None):
        type_ = type_ or self.matrix()
        body = f"%r = arith.mulf %a, %b : {self.kind}"
        return self.elementwise([(left, self.matrix(), ID), (right, type_, map_)], body)

    def text(self, arguments, quantized, attributes, scale):
        codes = self.matrix("i8")
        scales = f"tensor<{self.m}xf32>"
        results = codes if scale else f"{codes}, {scales}"
        outs = "%qe : " + codes if scale else f"%qe, %se : {codes}, {scales}"
        lines = [
            f"func.func @main({arguments}) -> ({results}) {{",
            "%zero = arith.constant 0.0 : f32",
            f"%qe = tensor.empty() : {codes}",
            f"%se = tensor.empty() : {scales}",
            f"%scale = arith.constant dense<{scale or 1.0}> : tensor<f32>",
            *self.lines,
            f"%q{'' if scale else ':2'} = quant.quantize {quantized} "
            f"{'scale(%scale : tensor<f32>)' if scale else ''} outs({outs}) {attributes} "
            f": {self.matrix()} -> {results}",
            f"return {'%q' if scale else '%q#0, %q#1'} : {results}\n}}",
        ]
        return "\n".join(lines) + "\n"


def normalize(module, x, subtract_mean):
    """LayerNorm, or RMSNorm, without gain and bias."""
    wide = module.widen(x)
    f32, one = module.matrix("f32"), module.matrix("f32", 1)
    if subtract_mean:
        body = "%r = arith.subf %a, %b : f32"
        wide = module.elementwise([(wide, f32, ID), (module.mean(wide), one, ROW)], body, "f32")
    square = "%two = arith.constant 2 : i64\n%r = math.fpowi %a, %two : f32, i64"
    mean = module.mean(module.elementwise([(wide, f32, ID)], square, "f32"))
    root = "%e = arith.constant 1.0e-5 : f32\n%s = arith.addf %a, %e : f32\n%r = math.rsqrt %s : f32"
    root = module.elementwise([(mean, one, ID)], root, "f32", 1)
    body = "%r = arith.mulf %a, %b : f32"
    return module.narrow(module.elementwise([(wide, f32, ID), (root, one, ROW)], body, "f32"))


SILU = """%n = arith.negf %a : {0}
%e = math.exp %n : {0}
%one = arith.constant 1.0 : {0}
%s = arith.addf %e, %one : {0}
%i = arith.divf %one, %s : {0}
%r = arith.mulf %a, %i : {0}"""

GELU = """%c = arith.constant 0.044715 : f32
%k = arith.constant 0.7978846 : f32
%h = arith.constant 0.5 : f32
%one = arith.constant 1.0 : f32
%aa = arith.mulf %a, %a : f32
%t0 = arith.mulf %aa, %c : f32
%t1 = arith.addf %t0, %one : f32
%t2 = arith.mulf %t1, %a : f32
%t3 = arith.mulf %t2, %k : f32
%t = math.tanh %t3 : f32
%t4 = arith.addf %t, %one : f32
%t5 = arith.mulf %t4, %h : f32
%r = arith.mulf %t5, %a : f32"""

GELU_ERF = """%k = arith.constant 0.70710678 : f32
%h = arith.constant 0.5 : f32
%one = arith.constant 1.0 : f32
%t3 = arith.mulf %a, %k : f32
%t = math.erf %t3 : f32
%t4 = arith.addf %t, %one : f32
%t5 = arith.mulf %t4, %h : f32
%r = arith.mulf %t5, %a : f32"""

# What stands in front, rows, columns, type, a static scale (0: of rows), zero point.
CASES = {
    "rms": ("rms", 5, 576, "f32", 0, None),
    "rms-f16": ("rms", 6, 576, "f16", 0, None),
    "rms-bf16": ("rms", 3, 2048, "bf16", 0, None),
    "rms-block": ("rms", 3, 4096, "f32", 0, None),
    "rms-narrow": ("rms", 9, 37, "f32", 0, None),
    "rms-one-row": ("rms", 1, 576, "f32", 0, None),
    "rms-long": ("rms", 2, 33000, "f32", 0, None),
    "rms-two-rows": ("rms", 2, 32, "f32", 0, None),
    "rms-static": ("rms", 5, 576, "f32", 0.05, 17),
    "layer": ("layer", 5, 384, "f32", 0, None),
    "layer-block": ("layer", 2, 3072, "f32", 0.03, None),
    "silu": ("silu", 7, 1536, "f32", 0, None),
    "silu-block": ("silu", 2, 11008, "f32", 0, None),
    "silu-static": ("silu", 7, 1536, "f32", 0.05, None),
    "gelu": ("gelu", 5, 1536, "f32", 0, None),
    "gelu-erf": ("gelu-erf", 5, 1536, "f32", 0, None),
}


def save(path, kind, tensors):
    """A safetensors file of one sample of each tensor."""
    header, data = {}, b""
    for name, values in tensors.items():
        values = values.astype(np.float16 if kind == "f16" else np.float32)
        if kind == "bf16":
            bits = values.view(np.uint32)
            values = ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)
        offsets = [len(data), len(data) + values.nbytes]
        header[name] = {"dtype": kind.upper(), "shape": values.shape, "data_offsets": offsets}
        data += values.tobytes()
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text + data)


def load_codes(path, m, k):
    """The first result of quant-run."""
    with open(path, "rb") as file:
        size = int.from_bytes(file.read(8), "little")
        tensor = json.loads(file.read(size))["result0"]
        file.seek(8 + size + tensor["data_offsets"][0])
        return np.frombuffer(file.read(m * k), np.int8)


def make(folder):
    for name, (front, m, k, kind, scale, zero) in CASES.items():
        module = Module(m, k, kind)
        second = f"tensor<{k}x{kind}>" if front in ("rms", "layer") else module.matrix()
        if front in ("rms", "layer"):
            value = module.multiply(normalize(module, "%x", front == "layer"), "%y", CHANNEL, second)
        else:
            body = {"silu": SILU.format(kind), "gelu": GELU, "gelu-erf": GELU_ERF}[front]
            value = module.multiply(module.elementwise([("%x", module.matrix(), ID)], body), "%y")
        arguments = f"%x: {module.matrix()}, %y: {second}"
        attributes = "" if zero is None else f"{{zero_point = {zero} : i64}}"
        with open(os.path.join(folder, name + ".mlir"), "w") as file:
            file.write(module.text(arguments, value, attributes, scale))
        rng = np.random.default_rng(len(name))
        x = rng.normal(0, 2, (m, k))
        x[rng.random((m, k)) < 0.02] *= 20
        y = rng.normal(1, 0.3, (k,) if front in ("rms", "layer") else (m, k))
        save(os.path.join(folder, name + ".safetensors"), kind, {"arg0": x, "arg1": y})


def check_traffic(path, name, m, k, kind):
    """Each element of the two inputs is read once, channels once for each row, and
    each code is written once; where rows begin at sectors, by whole sectors."""
    with open(path) as file:
        kernel = json.load(file)[0]
    counters = kernel["global"]
    read = 2 * m * k * (4 if kind == "f32" else 2)
    found = counters["bytes_read"], counters["bytes_written"]
    scale = CASES[name][4]
    expected = read, m * k + (0 if scale else 4 * m)
    if scale:
        found = found[0] - found[0] % read, found[1]
    wasted = counters["sectors"] - counters["ideal_sectors"]
    if found != expected or (wasted and k % 32 == 0):
        raise SystemExit(f"{name}: {found} bytes instead of {expected}, {wasted} sectors too many")


def compare(folder, *names):
    for name in names:
        m, k = CASES[name][1:3]
        path = os.path.join(folder, name)
        cpu, ptx = (load_codes(f"{path}.{d}.safetensors", m, k) for d in ("cpu", "ptx"))
        steps = np.abs(cpu.astype(np.int32) - ptx)
        if steps.max() > 1 or np.unique(cpu).size < 20:
            raise SystemExit(f"{name}: codes are up to {steps.max()} steps apart")
        if name != "rms-long":
            check_traffic(path + ".json", name, m, k, CASES[name][3])
        if np.mean(steps) > 0.01:
            raise SystemExit(f"{name}: {np.count_nonzero(steps)} of {steps.size} codes differ")
        print(f"{name}: {steps.size} codes within a step, {np.count_nonzero(steps)} not the same")


if __name__ == "__main__":
    {"make": make, "compare": compare}[sys.argv[1]](*sys.argv[2:])
