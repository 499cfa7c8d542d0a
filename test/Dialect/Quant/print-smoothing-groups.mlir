// RUN: quant-opt %s --quant-print-smoothing-groups -o /dev/null 2>&1 | FileCheck %s
// RUN: quant-opt %s --quant-print-smoothing-groups=json=%t.json -o /dev/null
// RUN: FileCheck %s --check-prefix=JSON < %t.json
// RUN: quant-opt %s --quant-print-smoothing-groups=json=%t.json --remarks-filter=quant-print-smoothing-groups --verify-diagnostics -o /dev/null

// Nothing changes.
// RUN: quant-opt %s -o %t.before
// RUN: quant-opt %s --quant-print-smoothing-groups=json=%t.json | diff - %t.before

// RUN: not quant-opt %S/raise-linears.mlir --quant-print-smoothing-groups 2>&1 | FileCheck %s --check-prefix=NONE
// NONE: error: there is no quant.observe: run quant-raise-linears and quant-insert-observers before
// RUN: not quant-opt %s --quant-print-smoothing-groups=json=%t.none/x.json 2>&1 | FileCheck %s --check-prefix=FOLDER
// FOLDER: error: '{{.*}}/x.json': No such file or directory

// CHECK: fc.input: folds into norm.weight
// CHECK-NEXT: o.input: folds into v.weight with ties: 2 scales for 4 channels
// CHECK-NEXT: out.input: stays: stopped at math.tanh (line {{[0-9]+}}): no rule moves a scale through it
// CHECK-NEXT: 3 groups: 1 fold, 1 fold with ties, 1 stay

// JSON:      "folds": 1,
// JSON-NEXT: "ties": 1,
// JSON-NEXT: "stays": 1,
// JSON-NEXT: "groups": [
// JSON-NEXT: {
// JSON-NEXT:  "name": "fc.input",
// JSON-NEXT:  "function": "main",
// JSON-NEXT:  "channels": 2,
// JSON-NEXT:  "linears": [
// JSON-NEXT:   "fc"
// JSON-NEXT:  ],
// JSON-NEXT:  "parameters": [
// JSON-NEXT:   "fc.weight"
// JSON-NEXT:  ],
// JSON-NEXT:  "outcome": "folds",
// JSON-NEXT:  "scales": 2,
// JSON-NEXT:  "constants": [
// JSON-NEXT:   "norm.weight"
// JSON-NEXT:  ],
// JSON-NEXT:  "tied": [],
// JSON-NEXT:  "fixed": []
// JSON:       "name": "o.input",
// JSON:       "outcome": "ties",
// JSON-NEXT:  "scales": 2,
// JSON:       "tied": [
// JSON-NEXT:   [
// JSON-NEXT:    0,
// JSON-NEXT:    2
// JSON-NEXT:   ],
// JSON-NEXT:   [
// JSON-NEXT:    1,
// JSON-NEXT:    3
// JSON:       "name": "out.input",
// JSON:       "outcome": "stays",
// JSON-NEXT:  "reason": "stopped at math.tanh
// JSON-NEXT:  "op": "math.tanh",
// JSON-NEXT:  "suggestion": "

#id = affine_map<(d0, d1) -> (d0, d1)>
#ch = affine_map<(d0, d1) -> (d1)>
#xk = affine_map<(m, n, k) -> (m, k)>
#wk = affine_map<(m, n, k) -> (n, k)>
#y = affine_map<(m, n, k) -> (m, n)>
#kv = affine_map<(t, r, d) -> (t, d)>
#all = affine_map<(t, r, d) -> (t, r, d)>
ml_program.global private @"norm.weight"(#ml_program.extern : tensor<2xf32>) : tensor<2xf32>
ml_program.global private @"fc.weight"(#ml_program.extern : tensor<2x2xf32>) : tensor<2x2xf32>
ml_program.global private @"v.weight"(#ml_program.extern : tensor<2x2xf32>) : tensor<2x2xf32>
ml_program.global private @"o.weight"(#ml_program.extern : tensor<2x4xf32>) : tensor<2x4xf32>
ml_program.global private @"out.weight"(#ml_program.extern : tensor<2x2xf32>) : tensor<2x2xf32>

func.func @main(%x: tensor<3x2xf32>) -> (tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>) {
  %zero = arith.constant 0.0 : f32
  %g = ml_program.global_load_const @"norm.weight" : tensor<2xf32>
  %fc = ml_program.global_load_const @"fc.weight" : tensor<2x2xf32>
  %v = ml_program.global_load_const @"v.weight" : tensor<2x2xf32>
  %o = ml_program.global_load_const @"o.weight" : tensor<2x4xf32>
  %out = ml_program.global_load_const @"out.weight" : tensor<2x2xf32>
  %e = tensor.empty() : tensor<3x2xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3x2xf32>) -> tensor<3x2xf32>
  %0 = linalg.generic {indexing_maps = [#id, #ch, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %g : tensor<3x2xf32>, tensor<2xf32>) outs(%e : tensor<3x2xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %m = arith.mulf %a, %b : f32
    linalg.yield %m : f32
  } -> tensor<3x2xf32>
  // expected-remark@+1 {{fc.input folds into norm.weight}}
  %1 = quant.observe %0 "fc.input" : tensor<3x2xf32>
  %2 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%1, %fc : tensor<3x2xf32>, tensor<2x2xf32>) outs(%f : tensor<3x2xf32>) -> tensor<3x2xf32>
  %3 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%2, %v : tensor<3x2xf32>, tensor<2x2xf32>) outs(%f : tensor<3x2xf32>) -> tensor<3x2xf32>
  %re = tensor.empty() : tensor<3x2x2xf32>
  %r = linalg.generic {indexing_maps = [#kv, #all], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%3 : tensor<3x2xf32>) outs(%re : tensor<3x2x2xf32>) {
  ^bb0(%a: f32, %c: f32):
    linalg.yield %a : f32
  } -> tensor<3x2x2xf32>
  %h = tensor.collapse_shape %r [[0], [1, 2]] : tensor<3x2x2xf32> into tensor<3x4xf32>
  // expected-remark@+1 {{o.input folds into v.weight with ties: 2 scales for 4 channels}}
  %4 = quant.observe %h "o.input" : tensor<3x4xf32>
  %5 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%4, %o : tensor<3x4xf32>, tensor<2x4xf32>) outs(%f : tensor<3x2xf32>) -> tensor<3x2xf32>
  %6 = math.tanh %5 : tensor<3x2xf32>
  // expected-remark@+1 {{out.input stays: stopped at math.tanh}}
  %7 = quant.observe %6 "out.input" : tensor<3x2xf32>
  %8 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%7, %out : tensor<3x2xf32>, tensor<2x2xf32>) outs(%f : tensor<3x2xf32>) -> tensor<3x2xf32>
  return %2, %5, %8 : tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>
}
