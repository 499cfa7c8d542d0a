// RUN: quant-opt %s --quant-insert-observers | FileCheck %s
// RUN: quant-opt %s --quant-insert-observers --quant-insert-observers | FileCheck %s
// RUN: quant-opt %s --quant-insert-observers="exclude=proj[.]weight$" | FileCheck %s --check-prefix=EXCLUDE
// RUN: quant-opt %s --quant-insert-observers="exclude=" | FileCheck %s --check-prefix=ALL
// RUN: quant-opt %s --quant-insert-observers -o /dev/null --remarks-filter=".*" 2>&1 | FileCheck %s --check-prefix=REMARK

#x = affine_map<(m, n, k) -> (m, k)>
#w = affine_map<(m, n, k) -> (n, k)>
#y = affine_map<(m, n, k) -> (m, n)>

ml_program.global private @a.q_proj.weight(#ml_program.extern : tensor<4x2xf32>) : tensor<4x2xf32>
ml_program.global private @a.k_proj.weight(#ml_program.extern : tensor<4x2xf32>) : tensor<4x2xf32>
ml_program.global private @embed.weight(#ml_program.extern : tensor<4x2xf32>) : tensor<4x2xf32>
ml_program.global private @lm_head.weight(#ml_program.extern : tensor<4x2xf32>) : tensor<4x2xf32>

// One observer for both linears, none for the other user of %x.
// CHECK-LABEL: func @group
// CHECK-SAME:    %[[X:.*]]: tensor<3x2xf32>
// CHECK:         %[[NEG:.*]] = arith.negf %[[X]]
// CHECK:         %[[O:.*]] = quant.observe %[[X]] "a.q_proj.input" : tensor<3x2xf32>
// CHECK-NEXT:    linalg.matmul {{.*}} ins(%[[O]], %a.q_proj.weight
// CHECK-NEXT:    linalg.matmul {{.*}} ins(%[[O]], %a.k_proj.weight
// CHECK-NOT:     quant.observe
// EXCLUDE-LABEL: func @group
// EXCLUDE-NOT:   quant.observe
func.func @group(%x: tensor<3x2xf32>) -> (tensor<3x4xf32>, tensor<3x4xf32>, tensor<3x2xf32>) {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<3x4xf32>
  %fill = linalg.fill ins(%zero : f32) outs(%empty : tensor<3x4xf32>) -> tensor<3x4xf32>
  %wq = ml_program.global_load_const @a.q_proj.weight : tensor<4x2xf32>
  %wk = ml_program.global_load_const @a.k_proj.weight : tensor<4x2xf32>
  %neg = arith.negf %x : tensor<3x2xf32>
  %q = linalg.matmul indexing_maps = [#x, #w, #y] ins(%x, %wq : tensor<3x2xf32>, tensor<4x2xf32>) outs(%fill : tensor<3x4xf32>) -> tensor<3x4xf32>
  %k = linalg.matmul indexing_maps = [#x, #w, #y] ins(%x, %wk : tensor<3x2xf32>, tensor<4x2xf32>) outs(%fill : tensor<3x4xf32>) -> tensor<3x4xf32>
  return %q, %k, %neg : tensor<3x4xf32>, tensor<3x4xf32>, tensor<3x2xf32>
}

// The same weight names two observers apart; one without a name gets one.
// CHECK-LABEL: func @names
// CHECK-DAG:     quant.observe %{{.*}} "a.q_proj.input_2" : tensor<?x2xf32>
// CHECK-DAG:     quant.observe %{{.*}} "linear.input" : tensor<?x2xf32>
// EXCLUDE-LABEL: func @names
// EXCLUDE-NOT:     "a.q_proj.input
// EXCLUDE:         "linear.input"
func.func @names(%x: tensor<?x2xf32>, %u: tensor<?x2xf32>, %fill0: tensor<?x4xf32>) -> (tensor<?x4xf32>, tensor<?x4xf32>) {
  %zero = arith.constant 0.0 : f32
  %fill = linalg.fill ins(%zero : f32) outs(%fill0 : tensor<?x4xf32>) -> tensor<?x4xf32>
  %wq = ml_program.global_load_const @a.q_proj.weight : tensor<4x2xf32>
  %c = arith.constant dense<[[1.0, 2.0], [1.0, 2.0], [1.0, 2.0], [1.0, 2.0]]> : tensor<4x2xf32>
  %q = linalg.matmul indexing_maps = [#x, #w, #y] ins(%x, %wq : tensor<?x2xf32>, tensor<4x2xf32>) outs(%fill : tensor<?x4xf32>) -> tensor<?x4xf32>
  %k = linalg.matmul indexing_maps = [#x, #w, #y] ins(%u, %c : tensor<?x2xf32>, tensor<4x2xf32>) outs(%fill : tensor<?x4xf32>) -> tensor<?x4xf32>
  return %q, %k : tensor<?x4xf32>, tensor<?x4xf32>
}

// A head stays in float: by its name, or because it is the embedding too. What
// is no linear (here a product of two activations) is not observed.
// REMARK-DAG: Reason="its weight has another use", Remark="embed is not observed and stays in float"
// REMARK-DAG: Reason="its name matches '(^|[.])lm_head[.]'", Remark="lm_head is not observed and stays in float"
// CHECK-LABEL: func @heads
// CHECK-NOT:     quant.observe
// EXCLUDE-LABEL: func @heads
// EXCLUDE:         "lm_head.input"
// ALL-LABEL:   func @heads
// ALL:           "lm_head.input"
// ALL-NOT:       "embed.input"
func.func @heads(%x: tensor<3x2xf32>, %i: index, %v: tensor<4x2xf32>) -> (tensor<3x4xf32>, tensor<3x4xf32>, tensor<3x4xf32>, f32) {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<3x4xf32>
  %fill = linalg.fill ins(%zero : f32) outs(%empty : tensor<3x4xf32>) -> tensor<3x4xf32>
  %e = ml_program.global_load_const @embed.weight : tensor<4x2xf32>
  %e2 = ml_program.global_load_const @embed.weight : tensor<4x2xf32>
  %h = ml_program.global_load_const @lm_head.weight : tensor<4x2xf32>
  %row = tensor.extract %e2[%i, %i] : tensor<4x2xf32>
  %0 = linalg.matmul indexing_maps = [#x, #w, #y] ins(%x, %e : tensor<3x2xf32>, tensor<4x2xf32>) outs(%fill : tensor<3x4xf32>) -> tensor<3x4xf32>
  %1 = linalg.matmul indexing_maps = [#x, #w, #y] ins(%x, %h : tensor<3x2xf32>, tensor<4x2xf32>) outs(%fill : tensor<3x4xf32>) -> tensor<3x4xf32>
  %2 = linalg.matmul indexing_maps = [#x, #w, #y] ins(%x, %v : tensor<3x2xf32>, tensor<4x2xf32>) outs(%fill : tensor<3x4xf32>) -> tensor<3x4xf32>
  return %0, %1, %2, %row : tensor<3x4xf32>, tensor<3x4xf32>, tensor<3x4xf32>, f32
}
