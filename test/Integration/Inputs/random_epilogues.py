"""Runs random graphs of ops behind matmuls on the emulator, and compares with the
CPU, which runs the graph as it is: bit for bit, or, where sums of a norm may be
taken in another order, to a bound that some codes' next step stays below. Says how
many kernels of matmuls there were, and how many of them had an epilogue.

usage: random_epilogues.py FOLDER PROGRAMS SEED NUMBER
"""

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

BOUND = 0.03
MAPS = """#id = affine_map<(d0, d1) -> (d0, d1)>
#top = affine_map<(d0, d1) -> (0, d1)>
#left = affine_map<(d0, d1) -> (d0, 0)>
#column = affine_map<(d0, d1) -> (d1)>
#batches = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
"""
UNARY = {
    "neg": "%r = arith.negf %a0 : f32",
    "abs": "%r = math.absf %a0 : f32",
    "tanh": "%r = math.tanh %a0 : f32",
    "relu": "%r = arith.maximumf %a0, %zero : f32",
}
BINARY = {
    "add": "%r = arith.addf %a0, %a1 : f32",
    "sub": "%r = arith.subf %a0, %a1 : f32",
    "max": "%r = arith.maximumf %a0, %a1 : f32",
    # Products of products must not overflow.
    "mul": "%p = arith.mulf %a0, %a1 : f32\n    %r = math.tanh %p : f32",
    "first": "%r = arith.negf %a0 : f32",
    "second": "%r = arith.negf %a1 : f32",
}


class Graph:
    """The text of a random module. `main` takes x, and returns some values."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.rows = int(self.random.choice([1, 5, 16]))
        self.columns = int(self.random.choice([16, 32]))
        self.has_norms = bool(self.random.integers(3) == 0)
        self.type = f"tensor<{self.rows}x{self.columns}xf32>"
        self.lines, self.values, self.number = [], ["%x"], 0
        kinds = [self.unary, self.binary, self.binary, self.matmul, self.matmul]
        kinds += [self.column, self.row, self.constant, self.spread, self.batches]
        if self.has_norms:
            kinds.append(self.norm)
        for _ in range(self.random.integers(6, 15)):
            self.values.append(self.choose(kinds)(self.choose(self.values[-4:])))

    def choose(self, choices):
        return choices[self.random.integers(len(choices))]

    def emit(self, operation):
        """Names and adds an operation; returns its result."""
        self.number += 1
        self.lines.append(f"%v{self.number} = {operation}")
        return f"%v{self.number}"

    def empty(self, type):
        return self.emit(f"tensor.empty() : {type}")

    def generic(self, inputs, body, type=None, map="#id"):
        """An elementwise op on (value, map, type)s, whose body makes %r of %a0, …"""
        type = type or self.type
        loops = ", ".join(['"parallel"'] * (3 if map == "#batches" else 2))
        arguments = ", ".join(f"%a{number}: f32" for number in range(len(inputs)))
        values, maps, types = zip(*inputs)
        return self.emit(
            f"linalg.generic {{indexing_maps = [{', '.join((*maps, map))}], "
            f"iterator_types = [{loops}]}} ins({', '.join(values)} : "
            f"{', '.join(types)}) outs({self.empty(type)} : {type}) {{\n"
            f"  ^bb0({arguments}, %out: f32):\n    {body}\n"
            f"    linalg.yield %r : f32\n  }} -> {type}"
        )

    def matrix(self, value):
        """An input that is read as it is: one row also by its number."""
        maps = ["#id", "#top"] if self.rows == 1 else ["#id"]
        return value, self.choose(maps), self.type

    def unary(self, value):
        return self.generic([self.matrix(value)], self.choose([*UNARY.values()]))

    def binary(self, value):
        inputs = [self.matrix(value), self.matrix(self.choose(self.values))]
        return self.generic(inputs, self.choose([*BINARY.values()]))

    def column(self, value):
        column = "%columns", "#column", f"tensor<{self.columns}xf32>"
        return self.generic([self.matrix(value), column], BINARY["add"])

    def row(self, value):
        row = "%rows", "#left", f"tensor<{self.rows}x1xf32>"
        return self.generic([self.matrix(value), row], BINARY["sub"])

    def constant(self, value):
        constant = self.emit(f"arith.constant {self.random.uniform(0.5, 2)} : f32")
        body = f"%r = arith.mulf %a0, {constant} : f32"
        return self.generic([self.matrix(value)], body)

    def batches(self, value):
        type = f"tensor<1x{self.rows}x{self.columns}xf32>"
        expanded = self.emit(
            f"tensor.expand_shape {value} [[0, 1], [2]] output_shape "
            f"[1, {self.rows}, {self.columns}] : {self.type} into {type}"
        )
        inputs = [(expanded, "#batches", type)]
        result = self.generic(inputs, UNARY["relu"], type, "#batches")
        return self.emit(
            f"tensor.collapse_shape {result} [[0, 1], [2]] : {type} into {self.type}"
        )

    def product(self, value, columns, result):
        """Quantizes a value and multiplies it with random weights."""
        codes, scales = f"{self.rows}x{self.columns}xi8", f"{self.rows}xf32"
        weights = self.random.integers(-30, 30, (columns, self.columns), np.int8)
        weight = f"tensor<{columns}x{self.columns}xi8>"
        w = self.emit(
            f'arith.constant dense<"0x{weights.tobytes().hex()}"> : {weight}'
        )
        s = self.emit("arith.constant dense<0.02> : tensor<f32>")
        outs = f"{self.empty(f'tensor<{codes}>')}, {self.empty(f'tensor<{scales}>')}"
        types = f"tensor<{codes}>, tensor<{scales}>"
        self.number += 1
        q = f"%q{self.number}"
        self.lines.append(
            f"{q}:2 = quant.quantize {value} outs({outs} : {types}) : "
            f"{self.type} -> {types}"
        )
        return self.emit(
            f"quant.matmul {q}#0, {w} scales({q}#1, {s} : tensor<{scales}>, "
            f"tensor<f32>) outs({self.empty(result)} : {result}) : "
            f"tensor<{codes}>, {weight} -> {result}"
        )

    def matmul(self, value):
        return self.product(value, self.columns, self.type)

    def spread(self, value):
        """A gate for each row."""
        type = f"tensor<{self.rows}x1xf32>"
        gate = self.product(value, 1, type)
        inputs = [(gate, "#left", type), self.matrix(self.choose(self.values))]
        return self.generic(inputs, BINARY["mul"])

    def norm(self, value):
        type = f"tensor<{self.rows}x1xf32>"
        start = self.emit(
            f"linalg.fill ins(%zero : f32) outs({self.empty(type)} : {type}) -> {type}"
        )
        total = self.emit(
            "linalg.generic {indexing_maps = [#id, #left], iterator_types = "
            f'["parallel", "reduction"]}} ins({value} : {self.type}) '
            f"outs({start} : {type}) {{\n  ^bb0(%a: f32, %sum: f32):\n"
            "    %p = arith.mulf %a, %a : f32\n    %r = arith.addf %p, %sum : f32\n"
            f"    linalg.yield %r : f32\n  }} -> {type}"
        )
        body = (
            "%p = arith.addf %a1, %one : f32\n    %q = math.rsqrt %p : f32\n"
            "    %r = arith.mulf %a0, %q : f32"
        )
        return self.generic([self.matrix(value), (total, "#left", type)], body)

    def print(self):
        others = self.random.choice(self.values[1:], 2)
        results = list(dict.fromkeys([self.values[-1], *others]))
        types = ", ".join([self.type] * len(results))
        body = "\n  ".join(self.lines)
        return f"""{MAPS}
func.func @main(%x: {self.type}) -> ({types}) {{
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %columns = arith.constant dense<0.25> : tensor<{self.columns}xf32>
  %rows = arith.constant dense<0.75> : tensor<{self.rows}x1xf32>
  {body}
  return {", ".join(results)} : {types}
}}
"""


def run(programs, module, x, *options):
    """The results, or None and what went wrong."""
    output = module.with_suffix(".safetensors")
    command = [programs / "quant-run", module, f"--input={x}", f"--output={output}"]
    command += ["--quiet", "--threads=1", *options]
    # It takes a fraction of a second, unless it hangs.
    command = [str(part) for part in command]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if result.returncode:
        return None, f"exit code {result.returncode}: {result.stderr[:2000]}"
    return load_file(output), ""


def compare(expected, actual, is_exact):
    """What is wrong with the results, if something is."""
    for name, values in expected.items():
        bits, others = values.view(np.int32), actual[name].view(np.int32)
        error = np.abs(values - actual[name]).max()
        if is_exact and not np.array_equal(bits, others):
            return f"{name}: {np.sum(bits != others)} bits differ, by up to {error}"
        if not error <= BOUND * max(np.abs(values).max(), 1e-6):
            return f"{name} is off by {error} of {np.abs(values).max()}"
    return ""


def count_matmuls(counters):
    """The kernels of matmuls that ran, and those of them with an epilogue."""
    kernels = [launch["kernel"] for launch in json.loads(counters.read_text())]
    matmuls = [kernel for kernel in kernels if "matmul" in kernel]
    fused = [kernel for kernel in matmuls if re.search("_e[0-9a-f]{16,}$", kernel)]
    return Counter({"kernels": len(matmuls), "with epilogues": len(fused)})


def launch(programs, module, x, fusion):
    """The results on the emulator, what went wrong, and the launches of matmuls."""
    options = "--device=ptx", f"--fuse={fusion}"
    counters = module.with_suffix(".json")
    results, wrong = run(programs, module, x, *options, f"--counters={counters}")
    # None of the results need a matmul.
    if "nothing of 'main' runs on the device" in wrong:
        return *run(programs, module, x, *options), Counter()
    return results, wrong, Counter() if wrong else count_matmuls(counters)


def check(graph, module, programs, launches):
    """What is wrong with a graph. Adds what was launched to `launches`."""
    module.write_text(graph.print())
    x = module.with_suffix(".npy")
    np.save(x, graph.random.standard_normal((graph.rows, graph.columns), np.float32))
    expected, wrong = run(programs, module, x, "--device=cpu")
    for fusion in "epilogues", "all":
        if wrong:
            return wrong
        actual, wrong, launched = launch(programs, module, x, fusion)
        launches.update(launched)
        is_exact = fusion == "epilogues" and not graph.has_norms
        wrong = wrong or compare(expected, actual, is_exact)
        wrong = wrong and f"--fuse={fusion}: {wrong}"
    return wrong


def main(folder, programs, seed, number_of_graphs):
    folder, programs = Path(folder), Path(programs)
    failures, kinds, launches = 0, Counter(), Counter()
    for number in range(int(number_of_graphs)):
        graph = Graph([int(seed), number])
        module = folder / f"graph{number}.mlir"
        wrong = check(graph, module, programs, launches)
        kinds["with norms" if graph.has_norms else "exact"] += 1
        if wrong:
            failures += 1
            print(f"{module}: {wrong}")
    print(", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items())))
    print(f"{launches['kernels']} kernels, {launches['with epilogues']} with epilogues")
    if not launches["with epilogues"]:
        sys.exit("no kernel had an epilogue")
    sys.exit(f"{failures} failures" if failures else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
