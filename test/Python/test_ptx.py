"""PTX by other compilers on the emulator, in checked mode, against NumPy.

The kernels are in test/PTX/Inputs: triton_kernels.py as Triton compiled them for
sm_80 and sm_90, hopper.cu as nvcc did for sm_90a, groups.cu as it did for sm_80, mma.cu as nvcc and
clang did, nvgpu.mlir as MLIR and LLVM did.
"""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = ROOT / os.environ.get("QUANT_MLIR_BUILD_DIR", "build") / "bin"
INPUTS = ROOT / "test" / "PTX" / "Inputs"

RANDOM = np.random.default_rng(7)


class Launch:
    """One call of ptx-run; buffers by name, in the order of the parameters."""

    def __init__(self, directory, file, *options, check=True):
        self.directory, self.outputs = directory, []
        self.command = [BIN / "ptx-run", INPUTS / file, *options]
        self.command += ["--check"] if check else []

    def scalar(self, kind, value):
        self.command += ["--arg", f"{kind}:{value}"]
        return self

    def array(self, array, output=False, prefix=""):
        name = f"{len(self.command)}.npy"
        np.save(self.directory / name, array)
        self.command += ["--arg", f"{prefix}{'inout' if output else 'in'}:{name}"]
        self.outputs += [name] if output else []
        return self

    def output(self, dtype, *shape, prefix=""):
        name = f"{len(self.command)}.npy"
        self.command += ["--arg", f"{prefix}out:{name}:{dtype}:{','.join(map(str, shape))}"]
        self.outputs.append(name)
        return self

    def start(self):
        return subprocess.run(
            self.command, cwd=self.directory, capture_output=True, text=True, check=False
        )

    def run(self):
        done = self.start()
        assert done.returncode == 0, done.stderr
        results = [np.load(self.directory / name) for name in self.outputs]
        return results[0] if len(results) == 1 else results


def triton(directory, arch, name, grid, *options):
    """A Triton kernel: its dynamic shared memory is in the first line."""
    file = f"triton-{arch}-{name}.ptx"
    shared = (INPUTS / file).read_text().split(" bytes of shared memory")[0].split()[-1]
    return Launch(
        directory, file, "--grid", grid, "--block", "128", "--shared", shared, *options
    )


def finish(launch):
    """Triton's kernels end in pointers to global and profiling scratch memory."""
    return launch.scalar("i64", 0).scalar("i64", 0).run()


ARCHITECTURES = pytest.mark.parametrize("arch", ["sm80", "sm90"])


@ARCHITECTURES
def test_axpy(tmp_path, arch):
    x, y = RANDOM.normal(size=(2, 1000)).astype(np.float32)
    launch = triton(tmp_path, arch, "axpy", "4").array(x).array(y, output=True)
    result = finish(launch.scalar("i32", 1000).scalar("f32", 2.5))
    # One rounding, as fma does.
    expected = (2.5 * x.astype(np.float64) + y).astype(np.float32)
    np.testing.assert_array_equal(result, expected)


@ARCHITECTURES
def test_softmax(tmp_path, arch):
    x = RANDOM.normal(size=(3, 500)).astype(np.float32) * 4
    launch = triton(tmp_path, arch, "softmax", "3").array(x).output("f32", 3, 500)
    result = finish(launch.scalar("i32", 500))
    e = np.exp(x.astype(np.float64) - x.max(1, keepdims=True))
    np.testing.assert_allclose(result, e / e.sum(1, keepdims=True), rtol=1e-5)


@ARCHITECTURES
def test_scan(tmp_path, arch):
    x = RANDOM.integers(-1000, 1000, size=1000, dtype=np.int32)
    launch = triton(tmp_path, arch, "scan", "1").array(x).output("i32", 1000)
    result = finish(launch.scalar("i32", 1000))
    np.testing.assert_array_equal(result, np.cumsum(x))


@ARCHITECTURES
def test_histogram(tmp_path, arch):
    x = RANDOM.integers(0, 16, size=2000, dtype=np.int32)
    launch = triton(tmp_path, arch, "histogram", "4").array(x)
    launch.array(np.zeros(16, np.int32), output=True)
    result = finish(launch.scalar("i32", 2000))
    np.testing.assert_array_equal(result, np.bincount(x, minlength=16))


@ARCHITECTURES
def test_transpose(tmp_path, arch):
    x = RANDOM.normal(size=(70, 45)).astype(np.float32)
    launch = triton(tmp_path, arch, "transpose", "3,2").array(x).output("f32", 45, 70)
    result = finish(launch.scalar("i32", 70).scalar("i32", 45))
    np.testing.assert_array_equal(result, x.T)


def bfloat(x):
    """The bits of values that bf16 has exactly."""
    return (x.astype(np.float32).view(np.uint32) >> 16).astype(np.uint16)


@ARCHITECTURES
@pytest.mark.parametrize("kind", ["s8", "f16", "bf16"])
def test_matmul(tmp_path, arch, kind):
    m, n, k = 100, 80, 208
    limit = 128 if kind == "s8" else 9
    a = RANDOM.integers(-limit, limit, size=(m, k)).astype(np.int8)
    b = RANDOM.integers(-limit, limit, size=(n, k)).astype(np.int8)
    encode = {"s8": np.asarray, "f16": lambda x: x.astype(np.float16), "bf16": bfloat}[kind]
    launch = triton(tmp_path, arch, f"matmul-{kind}", "2,2").array(encode(a)).array(encode(b))
    launch.output("i32" if kind == "s8" else "f32", m, n)
    for extent in (m, n, k):
        launch.scalar("i32", extent)
    # Integers up to 2^24 are exact in every accumulator.
    expected = a.astype(np.int64) @ b.T.astype(np.int64)
    np.testing.assert_array_equal(finish(launch), expected)


def test_matmul_with_tensor_copies(tmp_path):
    """TMA, mbarriers and wgmma, with edges that the tensor maps fill."""
    m, n, k = 120, 72, 200
    a, b = (RANDOM.integers(-4, 5, size=(rows, k)).astype(np.float16) for rows in (m, n))
    counters = tmp_path / "counters.json"
    launch = triton(tmp_path, "sm90", "matmul-tma", "2,2", f"--counters={counters}")
    # A descriptor is a map, then the shape and the strides.
    for array in (a, b, None):
        rows, columns = (m, n) if array is None else array.shape
        if array is None:
            launch.output("f16", m, n, prefix="tensormap:64,64:128:")
        else:
            launch.array(array, prefix="tensormap:64,64:128:")
        launch.scalar("i32", rows).scalar("i32", columns)
        launch.scalar("i64", columns).scalar("i64", 1)
    result = finish(launch.scalar("i32", k))
    expected = a.astype(np.float32) @ b.T.astype(np.float32)
    np.testing.assert_array_equal(result, expected.astype(np.float16))
    counted = json.loads(counters.read_text())
    # Four CTAs, four steps of two tiles, and one tile of the result.
    assert counted["bulk"] == {"copies": 4 * (4 * 2 + 1), "bytes": 4 * (4 * 2 + 1) * 8192}


def hopper(directory, kernel, grid, block, *options):
    return Launch(
        directory, "hopper-nvcc.ptx", "--entry", kernel, "--grid", grid, "--block", block, *options
    )


def test_hopper_int8_gemm(tmp_path):
    """A ring of tensor copies, half of them multicast to the cluster, and wgmma."""
    m, n, k = 150, 100, 464
    a = RANDOM.integers(-128, 128, size=(m, k)).astype(np.int8)
    b = RANDOM.integers(-128, 128, size=(n, k)).astype(np.int8)
    launch = hopper(tmp_path, "gemmS8", "2,4", "160", "--shared", "50176")
    launch.array(a, prefix="tensormap:64,128:128:").array(b, prefix="tensormap:32,128:128:")
    launch.output("i32", m, n).scalar("i32", m).scalar("i32", n).scalar("i32", k)
    np.testing.assert_array_equal(launch.run(), a.astype(np.int32) @ b.T.astype(np.int32))


def test_hopper_f16_gemm(tmp_path):
    """Bulk copies of tiles that are stored as wgmma reads them."""
    steps = 5
    a = RANDOM.integers(-4, 5, size=(64, 16 * steps)).astype(np.float16)
    b = RANDOM.integers(-4, 5, size=(32, 16 * steps)).astype(np.float16)

    def tiles(matrix):  # group of rows, row, step, half, 8 elements
        split = matrix.reshape(-1, 8, steps, 2, 8)
        return np.ascontiguousarray(split.transpose(2, 0, 3, 1, 4))

    launch = hopper(tmp_path, "gemmF16", "1", "128").array(tiles(a)).array(tiles(b))
    result = launch.output("f32", 64, 32).scalar("i32", steps).run()
    np.testing.assert_array_equal(result, a.astype(np.float32) @ b.T.astype(np.float32))


def test_hopper_cluster_sum(tmp_path):
    x = RANDOM.integers(-1000, 1000, size=(8, 128), dtype=np.int32)
    result = hopper(tmp_path, "clusterSum", "8", "128").array(x).output("i32", 8).run()
    np.testing.assert_array_equal(result, np.repeat(x.reshape(2, -1).sum(1), 4))


def pack(values, bits):
    """Rows of integers of so many bits, or of floats' bits, as rows of words."""
    items = 32 // bits
    fields = (values.astype(np.int64) & ((1 << bits) - 1)).reshape(len(values), -1, items)
    return (fields << (bits * np.arange(items))).sum(2).astype(np.uint32)


def encode(values, kind):
    """Small integers as rows of words of a type."""
    if kind == "f64":
        return values.astype(np.float64)
    if kind == "tf32":
        return values.astype(np.float32).view(np.uint32)
    if kind == "f16":
        return pack(values.astype(np.float16).view(np.uint16), 16)
    if kind == "bf16":
        return pack(bfloat(values), 16)
    return pack(values, int(kind[1:]))


LIMITS = {"s8": (-128, 128), "u8": (0, 256), "s4": (-8, 8), "u4": (0, 16), "b1": (0, 2)}
SHAPES = [
    f"{shape}_{a}_{b}"
    for bits, shapes in (
        (8, ("m8n8k16", "m16n8k16", "m16n8k32")),
        (4, ("m8n8k32", "m16n8k32", "m16n8k64")),
    )
    for shape in shapes
    for a in (f"s{bits}", f"u{bits}")
    for b in (f"s{bits}", f"u{bits}")
] + """m8n8k128_b1 m16n8k128_b1 m16n8k256_b1 m16n8k8_f16 m16n8k16_f16 m16n8k8_bf16 m16n8k16_bf16
m16n8k4_tf32 m16n8k8_tf32 m16n8k8_f16_f16 m16n8k16_f16_f16 m8n8k4_f64 m16n8k4_f64 m16n8k8_f64
m16n8k16_f64""".split()


@pytest.mark.parametrize("compiler", ["nvcc", "clang"])
@pytest.mark.parametrize("name", SHAPES)
def test_mma(tmp_path, compiler, name):
    shape, *types = name.split("_")
    m, k = int(shape[1 : shape.index("n")]), 3 * int(shape[shape.index("k") + 1 :])
    kinds = types if types[0][0] in "su" else [types[0]] * 2
    a, b = (
        RANDOM.integers(*LIMITS.get(kind, (-4, 5)), size=(rows, k))
        for kind, rows in zip(kinds, (m, 8))
    )
    words = [encode(values, kind) for values, kind in zip((a, b), kinds)]
    launch = Launch(tmp_path, f"mma-{compiler}.ptx", "--entry", name, "--block", "32")
    launch.array(words[0]).array(words[1])
    f16 = name.endswith("f16_f16")
    result = "f16" if f16 else "f64" if kinds[0] == "f64" else "f32" if "f" in kinds[0] else "i32"
    c = launch.output(result, m, 8).scalar("i32", words[0].shape[1]).run()
    np.testing.assert_array_equal(c, a @ b.T)


@pytest.mark.parametrize("check", [False, True])
def test_nvgpu_of_llvm(tmp_path, check):
    """Upstream's lowering sets the sums to zero behind the fence, and reads them while a
    group may be in flight: the result is right here, and the checks tell of both."""
    a, b = (RANDOM.integers(-4, 5, size=(64, 64)).astype(np.float16) for _ in range(2))
    launch = Launch(tmp_path, "nvgpu-llvm.ptx", "--block", "128", check=check)
    for array in (a, b):
        launch.array(array, prefix="tensormap:64,64:128:")
    launch.output("f32", 64, 64)
    if check:
        lines = launch.start().stderr.splitlines()
        findings = [line.split("error: ")[1] for line in lines if "error: " in line]
        assert [finding.split(" in line")[0].split(" (cta")[0] for finding in findings] == [
            "wgmma: a register of wgmma.mma_async was written after the last wgmma.fence",
            "wgmma: read of a register of the wgmma.mma_async",
        ]
    else:
        np.testing.assert_array_equal(launch.run(), a.astype(np.float32) @ b.astype(np.float32))


INTEGERS = RANDOM.integers(-100, 100, 1000, dtype=np.int32)


def groups(directory, entry, block, *options, check=True):
    """A kernel of groups.cu."""
    launch = ["--entry", entry, "--block", str(block), *options]
    return Launch(directory, "groups-nvcc.ptx", *launch, check=check)


def test_tiles(tmp_path):
    values = INTEGERS[:64]
    out = groups(tmp_path, "tiles", 64).array(values).output("i32", 64, 6).run()
    bits = 1 << np.arange(8)
    for i, value in enumerate(values):
        tile = values[i // 8 * 8 :][:8]
        any_all = (tile > 90).any() + 2 * (tile > -90).all()
        same = ((tile & 3) == (value & 3)) @ bits
        above = values[i - 1] if i % 4 else value
        scan = tile[: i % 8 + 1].sum()
        assert list(out[i]) == [tile.sum(), (tile > 0) @ bits, any_all, same, above, scan]


def test_labeled_partitions(tmp_path):
    values = INTEGERS[:64]
    launch = groups(tmp_path, "labeled", 64).array(values).array(np.zeros(4, np.int32), True)
    counts, sums = launch.output("i32", 64).run()
    assert (counts == np.bincount(values & 3, minlength=4)).all()
    for i, value in enumerate(values):
        warp = values[i // 32 * 32 :][:32]
        assert sums[i] == warp[(warp & 3) == (value & 3)].sum()


def test_aggregated_atomics(tmp_path):
    launch = groups(tmp_path, "aggregated", 128, "--grid", "8").array(INTEGERS)
    launch.scalar("i32", 1000).array(np.zeros(1, np.int32), True)
    count, out = launch.array(np.zeros(1000, np.int32), True).run()
    positive = INTEGERS[INTEGERS > 0]
    assert count[0] == len(positive)
    assert (np.sort(out[: count[0]]) == np.sort(positive)).all()


@pytest.mark.parametrize("check", [False, True])
def test_grid_sync(tmp_path, check):
    ctas, rounds = 50, 4
    data, sums = np.zeros((2, ctas), np.int32), np.zeros(ctas, np.int32)
    launch = groups(tmp_path, "gridSync", 64, "--grid", str(ctas), check=check)
    launch.array(np.zeros((2, ctas), np.int32), True).array(np.zeros(ctas, np.int32), True)
    results = launch.scalar("i32", rounds).run()
    for i in range(rounds):
        data[i & 1] += np.arange(ctas, dtype=np.int32) + i
        sums += np.roll(data[i & 1], -1)
    assert (results[0] == data).all() and (results[1] == sums).all()


def test_lock_with_backoff(tmp_path):
    zero = np.zeros(1, np.int32)
    launch = groups(tmp_path, "locked", 64, "--grid", "6").array(zero, True).array(zero, True)
    lock, counter = launch.run()
    assert lock[0] == 0 and counter[0] == 384


def test_barrier_phases(tmp_path):
    values, threads = INTEGERS[:64], np.arange(64)
    out = groups(tmp_path, "phases", 64).array(values).output("i32", 64).run()
    assert (out == sum(values[(7 * threads + i) & 63] + i for i in range(3))).all()


def test_pipeline(tmp_path):
    values = INTEGERS[:512].reshape(8, 64)
    launch = groups(tmp_path, "pipelined", 64, "--shared", "512").array(values)
    out = launch.output("i32", 64).scalar("i32", 8).run()
    assert (out == np.roll(values, -1, axis=1).sum(axis=0)).all()


def test_cub(tmp_path):
    values = INTEGERS[:256]
    scan = groups(tmp_path, "cubScan", 128).array(values).output("i32", 256).run()
    assert (scan == np.cumsum(values) - values + values.sum()).all()
    ordered = groups(tmp_path, "cubSort", 128).array(values).output("i32", 256).run()
    assert (ordered == np.sort(values)).all()
