"""Quantizes imported networks, runs them with epilogues on the emulator, and
compares with the CPU bit for bit, which runs the module as it is, and again with
its epilogues formed. In one network the former changes sums by their order: how
LLVM vectorizes them on the CPU depends on what else their loops compute.

usage: imported_epilogues.py FOLDER PROGRAMS MODULES
"""

import subprocess
import sys
from pathlib import Path

import numpy as np
from quant_mlir.random_scales import RandomScales, parse_remarks

W8A8 = ["--quant-naive-w8a8=activations=per-token weight-granularity=per-channel"]
# By how much of the largest result forming epilogues changes those of a network
# on the CPU.
BOUNDS = {"mixtral": 1e-6}
W4A8 = ["--quant-w4a8=group-size=32", "--quant-pack-weights"]


def run(*command):
    command = [str(part) for part in command]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, f"{' '.join(command)}\n{result.stderr}"
    return result.stderr


def quantize(module, weights, scheme, folder, programs):
    """The quantized module and the file of its weights."""
    text, data = folder / "quantized.mlir", folder / "quantized.safetensors"
    preset, *rest = scheme
    files = f"weights={weights} output-weights={data}"
    run(programs / "quant-opt", module, f"{preset} {files}", "-o", text)
    if not rest:
        return text, data
    packed, packed_data = folder / "packed.mlir", folder / "packed.safetensors"
    run(
        programs / "quant-opt",
        text,
        f"--quant-bind-weights=file={data}",
        *rest,
        f"--quant-externalize-weights=file={packed_data}",
        "-o",
        packed,
    )
    return packed, packed_data


def form_epilogues(text, formed, programs):
    """Matmuls, those with an epilogue, and the ops that it took."""
    remarks = run(
        programs / "quant-opt",
        text,
        "--quant-form-epilogues",
        "--remarks-filter=quant-form-epilogues",
        "-o",
        formed,
    )
    fields = [(name, values) for _, name, values in parse_remarks(remarks)]
    formed = [int(values["Ops"]) for name, values in fields if name == "Formed"]
    return len(fields), len(formed), sum(formed)


def check(network, cpu, formed, ptx):
    assert formed.tobytes() == ptx.tobytes(), f"{network}: other bits"
    change = np.abs(ptx - cpu).max() / np.abs(cpu).max()
    if network in BOUNDS:
        assert change <= BOUNDS[network], f"{network} changes by {change}"
    else:
        assert cpu.tobytes() == ptx.tobytes(), f"{network} changes by {change}"


def main(folder, programs, modules):
    folder, programs = Path(folder), Path(programs)
    for path in sorted(Path(modules).glob("*.mlir")):
        network = RandomScales(path, folder, programs)
        network.draw()
        scheme = W4A8 if path.stem == "gpt-2" else W8A8
        text, data = quantize(path, network.weights, scheme, folder, programs)
        alone = folder / "formed.mlir"
        matmuls, formed, ops = form_epilogues(text, alone, programs)
        print(f"{path.stem}: {matmuls} matmuls, {formed} epilogues of {ops} ops")
        results = {}
        for name, module, device in (
            ("cpu", text, "cpu"),
            ("formed", alone, "cpu"),
            ("ptx", text, "ptx"),
        ):
            output = folder / f"{name}.npy"
            run(
                programs / "quant-run",
                module,
                f"--weights={data}",
                *network.arguments,
                f"--output={output}",
                "--quiet",
                f"--device={device}",
            )
            results[name] = np.load(output)
        check(path.stem, **results)


if __name__ == "__main__":
    main(*sys.argv[1:])
