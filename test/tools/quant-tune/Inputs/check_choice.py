"""Prints how far the compiler's choice of a tile is from the tuner's best, for each
shape of a report of quant-tune, and fails if one is further than a bound.

check_choice.py make SCHEME FILE.mlir MxNxK...
check_choice.py check FILE.json BOUND
"""

import json
import sys

W8A8 = """func.func @m{m}n{n}k{k}(%x: tensor<{m}x{k}xi8>, %w: tensor<{n}x{k}xi8>, %sx: tensor<{m}xf32>,
    %sw: tensor<{n}xf32>, %y: tensor<{m}x{n}xf16>) -> tensor<{m}x{n}xf16> {{
  %0 = quant.matmul %x, %w scales(%sx, %sw : tensor<{m}xf32>, tensor<{n}xf32>) outs(%y : tensor<{m}x{n}xf16>)
      : tensor<{m}x{k}xi8>, tensor<{n}x{k}xi8> -> tensor<{m}x{n}xf16>
  return %0 : tensor<{m}x{n}xf16>
}}
"""


W4A8 = """func.func @m{m}n{n}k{k}(%x: tensor<{m}x{k}xi8>, %c: tensor<{rows}x{columns}x512xi8>, %s: tensor<{groups}x{n}xi8>,
    %sx: tensor<{m}xf32>, %sw: tensor<{n}xf32>, %y: tensor<{m}x{n}xf16>) -> tensor<{m}x{n}xf16> {{
  %0 = quant.group_matmul %x, %c scales(%s : tensor<{groups}x{n}xi8>) dequantize(%sx, %sw : tensor<{m}xf32>, tensor<{n}xf32>)
      outs(%y : tensor<{m}x{n}xf16>) {{fragment_order, group_size = 128 : i64{bits}}}
      : tensor<{m}x{k}xi8>, tensor<{rows}x{columns}x512xi8> -> tensor<{m}x{n}xf16>
  return %0 : tensor<{m}x{n}xf16>
}}
"""

W4A16 = """func.func @m{m}n{n}k{k}(%x: tensor<{m}x{k}xf16>, %c: tensor<{rows}x{columns}x512xi8>, %s: tensor<{groups}x{n}xf32>,
    %y: tensor<{m}x{n}xf16>) -> tensor<{m}x{n}xf16> {{
  %0 = quant.group_matmul %x, %c scales(%s : tensor<{groups}x{n}xf32>)
      outs(%y : tensor<{m}x{n}xf16>) {{fragment_order, group_size = 128 : i64}}
      : tensor<{m}x{k}xf16>, tensor<{rows}x{columns}x512xi8> -> tensor<{m}x{n}xf16>
  return %0 : tensor<{m}x{n}xf16>
}}
"""

LINEARS = {
    "w8a8": (W8A8, ""),
    "w4a8": (W4A8, ""),
    "w4a4": (W4A8, ", input_bits = 4 : i64"),
    "w4a16": (W4A16, ""),
}


def make(scheme, path, *shapes):
    text, bits = LINEARS[scheme]
    with open(path, "w", encoding="utf-8") as file:
        for shape in shapes:
            m, n, k = (int(size) for size in shape.split("x"))
            packed = {"rows": n // 16, "columns": k // 64, "groups": k // 128}
            file.write(text.format(m=m, n=n, k=k, bits=bits, **packed))


def check(path, bound):
    with open(path, encoding="utf-8") as file:
        problems = json.load(file)
    far = []
    for problem in problems:
        candidates = [c for c in problem["candidates"] if "cycles" in c]
        (choice,) = [c for c in candidates if not c["tile"]]
        best = min(candidates, key=lambda c: c["cycles"])
        shape = "x".join(map(str, problem["sizes"]))
        quotient = choice["cycles"] / best["cycles"]
        print(f"{shape}: {choice['kernel'].rsplit('_s', 1)[1]} {choice['cycles']:.0f}, best {best['tile']} {best['cycles']:.0f}, {quotient:.2f}")
        if quotient > float(bound):
            far.append(shape)
    if far:
        sys.exit(f"check_choice.py: error: more than {bound} times the best: {', '.join(far)}")


{"make": make, "check": check}[sys.argv[1]](*sys.argv[2:])
