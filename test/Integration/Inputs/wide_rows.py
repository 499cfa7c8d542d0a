"""Linears of ragged K whose codes and weights are the compiler's.

usage: wide_rows.py make FOLDER M,… K,…         a module, weights and activations
       wide_rows.py bytes COUNTERS M N K        what each kernel moved
"""

import itertools
import json
import re
import sys

import numpy as np
from safetensors.numpy import save_file


def make(folder, rows, n, columns):
    rng = np.random.default_rng(0)
    weights, inputs, globals_, arguments, body, results = {}, {}, [], [], [], []
    for k in columns:
        weights[f"w{k}"] = rng.integers(-127, 128, (n, k)).astype(np.int8)
        w = f"tensor<{n}x{k}xi8>"
        globals_.append(f"ml_program.global private @w{k}(#ml_program.extern : {w}) : {w}")
        body.append(f"  %w{k} = ml_program.global_load_const @w{k} : {w}")
    for number, (m, k) in enumerate(itertools.product(rows, columns)):
        inputs[f"arg{number}"] = rng.normal(0, 1, (m, k)).astype(np.float32)
        x, q, s = f"tensor<{m}x{k}xf32>", f"tensor<{m}x{k}xi8>", f"tensor<{m}xf32>"
        w, y = f"tensor<{n}x{k}xi8>", f"tensor<{m}x{n}xf32>"
        arguments.append(f"%x{number}: {x}")
        results.append((f"%y{number}", y))
        body += [
            f"  %qe{number} = tensor.empty() : {q}",
            f"  %se{number} = tensor.empty() : {s}",
            f"  %ye{number} = tensor.empty() : {y}",
            f"  %q{number}, %s{number} = quant.quantize %x{number}"
            f" outs(%qe{number}, %se{number} : {q}, {s}) : {x} -> {q}, {s}",
            f"  %y{number} = quant.matmul %q{number}, %w{k} scales(%s{number}, %sw : {s}, tensor<f32>)"
            f" outs(%ye{number} : {y}) : {q}, {w} -> {y}",
        ]
    values, types = zip(*results)
    lines = globals_ + [f"func.func @main({', '.join(arguments)}) -> ({', '.join(types)}) {{"]
    lines += ["  %sw = arith.constant dense<0.01> : tensor<f32>"] + body
    lines += [f"  return {', '.join(values)} : {', '.join(types)}", "}"]
    with open(f"{folder}/model.mlir", "w") as file:
        file.write("\n".join(lines) + "\n")
    save_file(weights, f"{folder}/w.safetensors")
    save_file(inputs, f"{folder}/x.safetensors")


def check_bytes(path, m, n, k):
    """Reads within 5 % of what the blocks of a matmul need."""
    for record in json.load(open(path)):
        if match := re.search(r"quant_matmul_i8_.*_v16_s\d_(\d+)x(\d+)x", record["kernel"]):
            rows, columns = -(-n // int(match[2])), -(-m // int(match[1]))
            least = rows * m * (k + 4) + columns * (n * k + 4)
            read = record["global"]["bytes_read"]
            print(f"{record['kernel']}: {read / least:.3f} of the least bytes")
            assert read <= 1.05 * least, (read, least)


if sys.argv[1] == "make":
    make(
        sys.argv[2],
        [int(m) for m in sys.argv[3].split(",")],
        int(sys.argv[4]),
        [int(k) for k in sys.argv[5].split(",")],
    )
else:
    check_bytes(sys.argv[2], *map(int, sys.argv[3:]))
