"""Writes OUTPUT/m.mlir, w.safetensors and x.npy: linears of 64 with tanh between.

Each further argument is the name of a linear's weight; one may come twice.
"""

import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

MAPS = """#mk = affine_map<(d0, d1, d2) -> (d0, d2)>
#nk = affine_map<(d0, d1, d2) -> (d1, d2)>
#mn = affine_map<(d0, d1, d2) -> (d0, d1)>
#id = affine_map<(d0, d1) -> (d0, d1)>
"""
BEGIN = """func.func @main(%x0: tensor<16x64xf32>) -> tensor<16x64xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<16x64xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<16x64xf32>) -> tensor<16x64xf32>
"""
GLOBAL = 'ml_program.global private @"{0}"(#ml_program.extern : tensor<64x64xf32>) : tensor<64x64xf32>\n'
LINEAR = """  %w{0} = ml_program.global_load_const @"{2}" : tensor<64x64xf32>
  %y{0} = linalg.matmul indexing_maps = [#mk, #nk, #mn] ins(%x{0}, %w{0} : tensor<16x64xf32>, tensor<64x64xf32>)
      outs(%f : tensor<16x64xf32>) -> tensor<16x64xf32>
  %x{1} = linalg.generic {{indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}}
      ins(%y{0} : tensor<16x64xf32>) outs(%e : tensor<16x64xf32>) {{
  ^bb0(%a: f32, %o: f32):
    %t = math.tanh %a : f32
    linalg.yield %t : f32
  }} -> tensor<16x64xf32>
"""


def main():
    output, names = Path(sys.argv[1]), sys.argv[2:]
    random = np.random.default_rng(0)
    linears = "".join(LINEAR.format(i, i + 1, name) for i, name in enumerate(names))
    module = MAPS + "".join(map(GLOBAL.format, dict.fromkeys(names))) + BEGIN + linears
    end = f"  return %x{len(names)} : tensor<16x64xf32>\n}}\n"
    output.mkdir()
    (output / "m.mlir").write_text(module + end)
    weights = {
        name: random.standard_normal((64, 64), dtype=np.float32) / 8 for name in names
    }
    save_file(weights, output / "w.safetensors")
    np.save(output / "x.npy", random.standard_normal((128, 64), dtype=np.float32))


if __name__ == "__main__":
    main()
