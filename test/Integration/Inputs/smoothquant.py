"""Checks quant-smooth and quant-clip-activations against NumPy.

usage: smoothquant.py FOLDER [--files-only]

With --files-only it writes the module, its weights and its statistics.
"""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

ROWS, RUNS, CHANNELS, SIZES = 256, 16, 200, (96, 64)

MODULE = """
#id = affine_map<(m, k) -> (m, k)>
#gain = affine_map<(m, k) -> (k)>
#x = affine_map<(m, n, k) -> (m, k)>
#w = affine_map<(m, n, k) -> (n, k)>
#y = affine_map<(m, n, k) -> (m, n)>
ml_program.global private @gain(#ml_program.extern : tensor<200xf32>) : tensor<200xf32>
ml_program.global private @a.weight(#ml_program.extern : tensor<96x200xf32>) : tensor<96x200xf32>
ml_program.global private @b.weight(#ml_program.extern : tensor<64x200xf32>) : tensor<64x200xf32>
func.func @main(%x: tensor<256x200xf32>) -> (tensor<256x96xf32>, tensor<256x64xf32>) {
  %zero = arith.constant 0.0 : f32
  %gain = ml_program.global_load_const @gain : tensor<200xf32>
  %a = ml_program.global_load_const @a.weight : tensor<96x200xf32>
  %b = ml_program.global_load_const @b.weight : tensor<64x200xf32>
  %e = tensor.empty() : tensor<256x200xf32>
  %h = linalg.generic {indexing_maps = [#id, #gain, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %gain : tensor<256x200xf32>, tensor<200xf32>) outs(%e : tensor<256x200xf32>) {
  ^bb0(%in: f32, %g: f32, %out: f32):
    %0 = arith.mulf %in, %g : f32
    linalg.yield %0 : f32
  } -> tensor<256x200xf32>
  %o = quant.observe %h "a.input" : tensor<256x200xf32>
  %e1 = tensor.empty() : tensor<256x96xf32>
  %f1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<256x96xf32>) -> tensor<256x96xf32>
  %1 = linalg.matmul indexing_maps = [#x, #w, #y] ins(%o, %a : tensor<256x200xf32>, tensor<96x200xf32>) outs(%f1 : tensor<256x96xf32>) -> tensor<256x96xf32>
  %e2 = tensor.empty() : tensor<256x64xf32>
  %f2 = linalg.fill ins(%zero : f32) outs(%e2 : tensor<256x64xf32>) -> tensor<256x64xf32>
  %2 = linalg.matmul indexing_maps = [#x, #w, #y] ins(%o, %b : tensor<256x200xf32>, tensor<64x200xf32>) outs(%f2 : tensor<256x64xf32>) -> tensor<256x64xf32>
  return %1, %2 : tensor<256x96xf32>, tensor<256x64xf32>
}
"""


class Layer:
    def __init__(self, folder, spikes=False, unread=1):
        """With `spikes` channel 17 is large in the first row of each run only.

        What the weights do not read is `unread` times as large.
        """
        self.folder = folder
        generator = np.random.default_rng(5)
        # Tails of rare large values, and channels of unequal size.
        x = generator.standard_t(5, (ROWS * RUNS, CHANNELS))
        x *= np.exp(generator.normal(0, 0.7, CHANNELS))
        if spikes:
            x[::ROWS, 17] = 400 + np.arange(RUNS)
        else:
            x[:, 17] *= 40
        self.x = x.astype(np.float32)
        self.x[:, 3] = 0  # dead
        self.x[:, 9] *= np.float32(unread)
        self.gain = np.exp2(generator.integers(-2, 3, CHANNELS)).astype(np.float32)
        self.weights = [
            generator.normal(0, 0.05, (size, CHANNELS)).astype(np.float32) for size in SIZES
        ]
        for weight in self.weights:
            weight[:, 9] = 0  # dead in the weights
        self.hidden = self.x * self.gain  # exact: the gain is powers of two
        self.output = self.hidden.astype(np.float64) @ self.all_weights.T
        (folder / "m.mlir").write_text(MODULE)
        np.save(folder / "x.npy", self.x)
        save_file(
            {"gain": self.gain, "a.weight": self.weights[0], "b.weight": self.weights[1]},
            folder / "w.safetensors",
        )
        self.run(self.folder / "m.mlir", "--observe", "--histograms")

    @property
    def all_weights(self):
        return np.concatenate(self.weights).astype(np.float64)

    def run(self, module, *options):
        observe = "--observe" in options
        output = self.folder / "y.safetensors"
        arguments = [f"--observe={self.folder}/s.safetensors", "--histograms"]
        weights = [] if module.stem == "o" else [f"--weights={self.folder}/w.safetensors"]
        subprocess.run(
            ["quant-run", module, *weights, f"--input={self.folder}/x.npy", "--quiet"]
            + (arguments if observe else [f"--output={output}"]),
            check=True,
        )
        if observe:
            return None
        results = load_file(output)
        return np.concatenate([results[name].reshape(-1, size) for name, size in zip(sorted(results), SIZES)], axis=1)

    def compile(self, *passes):
        """Returns the module's text and the remarks; o.mlir holds the weights."""
        module = self.folder / "o.mlir"
        result = subprocess.run(
            ["quant-opt", self.folder / "m.mlir", "-o", module]
            + [f"--quant-attach-statistics=file={self.folder}/s.safetensors"]
            + [f"--quant-bind-weights=file={self.folder}/w.safetensors", *passes]
            + ["--remarks-filter=quant-smooth|quant-clip-activations"],
            check=True,
            stderr=subprocess.PIPE,
            text=True,
        )
        return module.read_text(), result.stderr

    def scales(self, options):
        text, _ = self.compile(f"--quant-smooth={options} always")
        (data,) = re.findall(r'arith.constant dense<"0x([0-9A-F]+)"> : tensor<200xf32>', text)
        return np.frombuffer(bytes.fromhex(data), dtype="<f4")


def check_formula(layer):
    absmax = np.abs(layer.hidden).max(0).astype(np.float64)
    column = np.abs(layer.all_weights).max(0)
    live = (absmax > 0) & (column > 0)
    for alpha in (0.3, 0.5, 0.85):
        scales = layer.scales(f"alpha={alpha}")
        expected = np.ones(CHANNELS)
        expected[live] = absmax[live] ** alpha / np.maximum(column[live], 1e-5) ** (1 - alpha)
        assert (np.abs(scales - expected) <= np.spacing(expected.astype(np.float32))).all()
        assert not live.all() and (scales[~live] == 1).all()
    print("formula: 3 alphas")

    scales = layer.scales("alpha=1 percentile=99")
    expected = np.percentile(np.abs(layer.hidden), 99, axis=0)
    # A bin is at most a quarter of its lower edge wide.
    ratio = scales[live] / expected[live]
    assert (np.abs(ratio - 1) < 0.25).all() and np.abs(np.log(ratio)).mean() < 0.05
    print("percentile")


def check_powers_of_two(layer):
    expected = layer.run(layer.folder / "m.mlir")
    text, _ = layer.compile("--quant-smooth=alpha=0.7 always scales=pow2", "--quant-fold-scales")
    assert "quant.smooth" not in text and "quant.fuse_scale" not in text
    assert np.array_equal(layer.run(layer.folder / "o.mlir"), expected)
    mantissas, _ = np.frexp(layer.scales("alpha=0.7 scales=pow2"))
    assert (mantissas == 0.5).all()
    layer.compile("--quant-smooth=alpha=0.7 always", "--quant-fold-scales")
    change = np.abs(layer.run(layer.folder / "o.mlir") - expected).max()
    assert 0 < change < 1e-4 * np.abs(expected).max()
    print("powers of two: equal")


def relative_error(layer, output):
    return np.sqrt(((output - layer.output) ** 2).sum() / (layer.output**2).sum())


def check_prediction(layer, title, smooth, passes, quantize):
    _, remarks = layer.compile(f"--quant-smooth=search {smooth}", "--quant-fold-scales", *passes, f"--quant-quantize={quantize}")
    (predicted,) = re.findall(r"Smoothed.*Error=([\d.e+-]+),", remarks)
    predicted = float(predicted)
    measured = relative_error(layer, layer.run(layer.folder / "o.mlir"))
    assert 0.8 < measured / predicted < 1.25, (title, predicted, measured)
    print(f"{title}: predicted {predicted:.4f}, measured {measured:.4f}")
    return measured, remarks


def check_clip(layer, remarks):
    """The chosen magnitude does as well as the best one of a fine grid."""
    layer.compile("--quant-smooth=search clip", "--quant-fold-scales")
    scales = layer.scales("search clip")
    ((chosen, largest),) = re.findall(r"is clipped at ([\d.]+) of ([\d.]+)", remarks)
    inputs = layer.hidden / scales
    weights = layer.all_weights * scales
    assert abs(np.abs(inputs).max() - float(largest)) < 1e-3

    def error(clip):
        step = clip / 127
        rounded = np.clip(np.rint(inputs / step), -127, 127) * step
        return relative_error(layer, rounded @ weights.T)

    best = min(error(float(largest) * share) for share in np.arange(0.1, 1.01, 0.05))
    assert error(float(chosen)) < 1.05 * best and best < 0.95 * error(float(largest))


def check_thresholds(layer, clip=False):
    """A threshold's scales, which do better than those of any alpha."""
    common = np.arange(len(layer.x)) % ROWS != 0

    def measure(smooth):
        passes = ["--quant-fold-scales"] + ["--quant-clip-activations"] * clip
        options = f"search {smooth}" + " clip" * clip
        _, remarks = layer.compile(f"--quant-smooth={options}", *passes, "--quant-quantize=activations=static")
        difference = (layer.run(layer.folder / "o.mlir") - layer.output)[common]
        return np.sqrt((difference**2).sum() / (layer.output[common] ** 2).sum()), remarks

    of_alpha, remarks = measure("")
    assert "Alpha=" in remarks and "Threshold=" not in remarks
    of_threshold, remarks = measure("thresholds")
    ((threshold),) = re.findall(r"Threshold=([\d.e+-]+)", remarks)
    absmax = np.abs(layer.hidden).max(0).astype(np.float64)
    live = (absmax > 0) & (np.abs(layer.all_weights).max(0) > 0)
    grid = absmax[live].max() * 2.0 ** (-np.arange(1, 14) / 2)
    assert np.isclose(grid, float(threshold), rtol=1e-5).any()
    expected = np.where(live, np.maximum(1, absmax / float(threshold)), 1)
    scales = layer.scales("search thresholds" + " clip" * clip)
    np.testing.assert_allclose(scales, expected, rtol=1e-5)
    assert of_threshold < 0.9 * of_alpha, (of_threshold, of_alpha)
    print(f"thresholds: {of_threshold:.4f}, alphas {of_alpha:.4f}")


def main(folder, option=None):
    layer = Layer(Path(folder))
    if option == "--files-only":
        return
    check_formula(layer)
    check_powers_of_two(layer)
    naive, _ = check_prediction(layer, "static", "", [], "activations=static")
    clipped, remarks = check_prediction(
        layer, "static, clipped", "clip", ["--quant-clip-activations"], "activations=static"
    )
    assert clipped < naive
    check_clip(layer, remarks)
    check_prediction(layer, "per-token", "activations=per-token", [], "activations=per-token")
    check_prediction(layer, "per-tensor weights", "weights=per-tensor", [], "weights=per-tensor")
    check_thresholds(Layer(Path(folder), spikes=True))
    # Of a channel that no scale lowers and no output reads, clipping takes nothing.
    check_thresholds(Layer(Path(folder), spikes=True, unread=50), clip=True)


main(*sys.argv[1:])
