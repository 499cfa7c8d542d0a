"""Compares every fused quantization of a model with the unfused one on the same
input: the one that it has in a run on the CPU.

usage: fused_model.py FUSED.mlir WEIGHTS TOKENS FOLDER

Writes FOLDER/operands.mlir, which returns what the quantizations read, and
FOLDER/rows.mlir, which has the quantizations alone, and runs them.
"""

import json
import os
import re
import subprocess
import sys

import numpy as np

OP = re.compile(r"    (%\S+):2 = quant\.quantize_rows ins\((.*?) : (.*?)\) outs")


def split_types(text):
    return re.findall(r"tensor<[^>]*>", text)


def run(*arguments):
    subprocess.run(["quant-run", "--quiet", *arguments], check=True)


def load(path):
    with open(path, "rb") as file:
        size = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(size))
        for name, tensor in header.items():
            if name == "__metadata__":
                continue
            begin, end = tensor["data_offsets"]
            file.seek(8 + size + begin)
            yield name, np.frombuffer(file.read(end - begin), np.int8)


def main(fused, weights, tokens, folder):
    with open(fused) as file:
        lines = file.read().split("\n")
    start = next(i for i, line in enumerate(lines) if line.startswith("  func.func @main("))
    end = next(i for i in range(start, len(lines)) if lines[i].startswith("    return "))
    operands, ops, results = {}, [], []
    i = start
    while i < end:
        match = OP.match(lines[i])
        if not match:
            i += 1
            continue
        close = next(j for j in range(i, end) if lines[j].startswith("    } -> "))
        for name, type_ in zip(match[2].split(", "), split_types(match[3])):
            if "weight" not in name:
                operands[name] = type_
        codes, scales = split_types(lines[close])
        outs = "outs(%codes{0}, %scales{0} : {1}, {2})".format(len(ops), codes, scales)
        first = re.sub(r"outs\(.*?\)", outs, lines[i])
        ops.append((codes, scales, [first, *lines[i + 1 : close + 1]]))
        results.append((match[1], codes))
        i = close + 1

    header = lines[start]
    # The model's own result stays, as result 0.
    returned = re.match(r"    return (\S+) : (\S+)$", lines[end])
    types = ", ".join([returned[2], *operands.values()])
    with open(os.path.join(folder, "operands.mlir"), "w") as file:
        file.write("\n".join(lines[:start]) + "\n" + header[: header.index("->")])
        file.write(f"-> ({types}) {{\n" + "\n".join(lines[start + 1 : end]))
        file.write(f"\n    return {', '.join([returned[1], *operands])} : {types}\n  }}\n}}\n")
    with open(os.path.join(folder, "rows.mlir"), "w") as file:
        arguments = ", ".join(f"{name}: {type_}" for name, type_ in operands.items())
        file.write("\n".join(lines[:start]) + f"\n  func.func @main({arguments}) -> (")
        file.write(", ".join(codes for _, codes in results) + ") {\n")
        loads = [line for line in lines[start:end] if "global_load_const" in line and "norm.weight" in line]
        file.write("\n".join(loads) + "\n")
        for number, (codes, scales, text) in enumerate(ops):
            file.write(f"    %codes{number} = tensor.empty() : {codes}\n")
            file.write(f"    %scales{number} = tensor.empty() : {scales}\n")
            file.write("\n".join(text) + "\n")
        names, kinds = zip(*results)
        file.write(f"    return {', '.join(n + '#0' for n in names)} : {', '.join(kinds)}\n  }}\n}}\n")

    def path(name):
        return os.path.join(folder, name)

    common = [f"--weights={weights}"]
    run(path("operands.mlir"), *common, f"--input={tokens}", f"--output={path('in.safetensors')}", "--limit=1")
    inputs = [f"--input={path('in.safetensors')}:result{i + 1}" for i in range(len(operands))]
    for device in ("cpu", "ptx"):
        output = f"--output={path(device + '.safetensors')}"
        run(path("rows.mlir"), *common, *inputs, output, f"--device={device}")
    ptx = dict(load(path("ptx.safetensors")))
    total = differ = most = 0
    for name, codes in load(path("cpu.safetensors")):
        steps = np.abs(codes.astype(np.int32) - ptx[name])
        total, differ, most = total + steps.size, differ + np.count_nonzero(steps), max(most, steps.max())
    print(f"{len(ops)} quantizations, {total} codes, {differ} not the same")
    if most > 1:
        raise SystemExit(f"codes are up to {most} steps apart")


main(*sys.argv[1:])
