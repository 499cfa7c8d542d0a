// RUN: quant-opt %s --quant-outline-device-code --split-input-file --allow-unregistered-dialect | FileCheck %s
// RUN: quant-opt %s --quant-outline-device-code --split-input-file --allow-unregistered-dialect \
// RUN:     --remarks-filter=quant-outline-device-code -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// One quantization, two products of its codes, whose weights come later; the
// same again, of another activation: one function, called twice.

// CHECK-LABEL: func.func @shares(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<8x32xf32>, %[[X2:[a-z0-9]+]]: tensor<8x32xf32>, %[[S:[a-z0-9]+]]: tensor<f32>
// CHECK-DAG:     %[[K:.*]] = ml_program.global_load_const @k
// CHECK-DAG:     %[[V:.*]] = ml_program.global_load_const @v
// CHECK:         %[[Y:.*]]:2 = call @device_0(%[[X]], %[[S]], %[[K]], %[[V]]) {device} :
// CHECK-SAME:      (tensor<8x32xf32>, tensor<f32>, tensor<16x32xi8>, tensor<16x32xi8>) -> (tensor<8x16xf32>, tensor<8x16xf32>)
// CHECK:         %[[Z:.*]]:2 = call @device_0(%[[X2]], %[[S]], %[[V]], %[[K]]) {device}
// CHECK:         return %[[Y]]#0, %[[Y]]#1, %[[Z]]#0, %[[Z]]#1
// CHECK:       module @device attributes {quant.device} {
// CHECK:         func.func @device_0(%[[A:[a-z0-9]+]]: tensor<8x32xf32>, %[[B:[a-z0-9]+]]: tensor<f32>, %[[C:[a-z0-9]+]]: tensor<16x32xi8> {quant.on_device}, %{{.*}}: tensor<16x32xi8> {quant.on_device})
// CHECK:           %[[Q:.*]] = quant.quantize %[[A]] scale(%[[B]]
// CHECK:           quant.matmul %[[Q]], %[[C]] scales(%[[B]], %[[B]]
// CHECK:           quant.matmul %[[Q]]
// CHECK-NOT:     func.func @device_1
// CHECK:       func.func private @device_0(tensor<8x32xf32>, tensor<f32>, tensor<16x32xi8> {quant.on_device}, tensor<16x32xi8> {quant.on_device})
ml_program.global private @k(#ml_program.extern : tensor<16x32xi8>) : tensor<16x32xi8>
ml_program.global private @v(#ml_program.extern : tensor<16x32xi8>) : tensor<16x32xi8>
func.func @shares(%x: tensor<8x32xf32>, %x2: tensor<8x32xf32>, %s: tensor<f32>)
    -> (tensor<8x16xf32>, tensor<8x16xf32>, tensor<8x16xf32>, tensor<8x16xf32>) {
  %qe = tensor.empty() : tensor<8x32xi8>
  %ye = tensor.empty() : tensor<8x16xf32>
  %q = quant.quantize %x scale(%s : tensor<f32>) outs(%qe : tensor<8x32xi8>) : tensor<8x32xf32> -> tensor<8x32xi8>
  %k = ml_program.global_load_const @k : tensor<16x32xi8>
  %yk = quant.matmul %q, %k scales(%s, %s : tensor<f32>, tensor<f32>) outs(%ye : tensor<8x16xf32>)
      : tensor<8x32xi8>, tensor<16x32xi8> -> tensor<8x16xf32>
  %v = ml_program.global_load_const @v : tensor<16x32xi8>
  %yv = quant.matmul %q, %v scales(%s, %s : tensor<f32>, tensor<f32>) outs(%ye : tensor<8x16xf32>)
      : tensor<8x32xi8>, tensor<16x32xi8> -> tensor<8x16xf32>
  %p = quant.quantize %x2 scale(%s : tensor<f32>) outs(%qe : tensor<8x32xi8>) : tensor<8x32xf32> -> tensor<8x32xi8>
  %zv = quant.matmul %p, %v scales(%s, %s : tensor<f32>, tensor<f32>) outs(%ye : tensor<8x16xf32>)
      : tensor<8x32xi8>, tensor<16x32xi8> -> tensor<8x16xf32>
  %zk = quant.matmul %p, %k scales(%s, %s : tensor<f32>, tensor<f32>) outs(%ye : tensor<8x16xf32>)
      : tensor<8x32xi8>, tensor<16x32xi8> -> tensor<8x16xf32>
  return %yk, %yv, %zv, %zk : tensor<8x16xf32>, tensor<8x16xf32>, tensor<8x16xf32>, tensor<8x16xf32>
}

// -----

// A product whose weight is computed after the quantization is called where it
// stands; codes that others read as well are returned.

// CHECK-LABEL: func.func @waits(
// CHECK:         %[[Q:.*]] = call @device_0(%{{.*}}, %{{.*}}) {device} : {{.*}} -> tensor<8x32xi8>
// CHECK:         %[[W:.*]] = "test.weight"(%[[Q]])
// CHECK:         call @device_1(%[[Q]], %[[W]], %{{.*}}) {device} : {{.*}} -> tensor<8x16xf32>
func.func @waits(%x: tensor<8x32xf32>, %s: tensor<f32>) -> tensor<8x16xf32> {
  %qe = tensor.empty() : tensor<8x32xi8>
  %ye = tensor.empty() : tensor<8x16xf32>
  %q = quant.quantize %x scale(%s : tensor<f32>) outs(%qe : tensor<8x32xi8>) : tensor<8x32xf32> -> tensor<8x32xi8>
  %w = "test.weight"(%q) : (tensor<8x32xi8>) -> tensor<16x32xi8>
  %y = quant.matmul %q, %w scales(%s, %s : tensor<f32>, tensor<f32>) outs(%ye : tensor<8x16xf32>)
      : tensor<8x32xi8>, tensor<16x32xi8> -> tensor<8x16xf32>
  return %y : tensor<8x16xf32>
}

// -----

// Products of an activation that they alone share are one function, which has it
// once.

// CHECK-LABEL: func.func @reads_once(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<8x32xi8>
// CHECK:         %[[Y:.*]]:2 = call @device_0(%[[X]], %{{.*}}, %{{.*}}, %{{.*}}) {device}
// CHECK-NOT:     call
// CHECK:         return %[[Y]]#0, %[[Y]]#1
ml_program.global private @q(#ml_program.extern : tensor<16x32xi8>) : tensor<16x32xi8>
ml_program.global private @k(#ml_program.extern : tensor<16x32xi8>) : tensor<16x32xi8>
func.func @reads_once(%x: tensor<8x32xi8>, %s: tensor<f32>) -> (tensor<8x16xf32>, tensor<8x16xf32>) {
  %e = tensor.empty() : tensor<8x16xf32>
  %q = ml_program.global_load_const @q : tensor<16x32xi8>
  %a = quant.matmul %x, %q scales(%s, %s : tensor<f32>, tensor<f32>) outs(%e : tensor<8x16xf32>)
      : tensor<8x32xi8>, tensor<16x32xi8> -> tensor<8x16xf32>
  %k = ml_program.global_load_const @k : tensor<16x32xi8>
  %b = quant.matmul %x, %k scales(%s, %s : tensor<f32>, tensor<f32>) outs(%e : tensor<8x16xf32>)
      : tensor<8x32xi8>, tensor<16x32xi8> -> tensor<8x16xf32>
  return %a, %b : tensor<8x16xf32>, tensor<8x16xf32>
}

// -----

// Products that share constants alone are apart.

// CHECK-LABEL: func.func @apart(
// CHECK:         call @device_0
// CHECK:         call @device_0
ml_program.global private @w(#ml_program.extern : tensor<16x32xi8>) : tensor<16x32xi8>
func.func @apart(%x: tensor<8x32xi8>, %z: tensor<8x32xi8>, %s: tensor<f32>) -> (tensor<8x16xf32>, tensor<8x16xf32>) {
  %e = tensor.empty() : tensor<8x16xf32>
  %w = ml_program.global_load_const @w : tensor<16x32xi8>
  %a = quant.matmul %x, %w scales(%s, %s : tensor<f32>, tensor<f32>) outs(%e : tensor<8x16xf32>)
      : tensor<8x32xi8>, tensor<16x32xi8> -> tensor<8x16xf32>
  %b = quant.matmul %z, %w scales(%s, %s : tensor<f32>, tensor<f32>) outs(%e : tensor<8x16xf32>)
      : tensor<8x32xi8>, tensor<16x32xi8> -> tensor<8x16xf32>
  return %a, %b : tensor<8x16xf32>, tensor<8x16xf32>
}

// -----

// A constant that an op behind the product reads stays on the device as well.

// CHECK-LABEL: func.func @epilogue(
// CHECK:       func.func @device_0(%{{.*}}: tensor<8x32xi8>, %{{.*}}: tensor<16x32xi8> {quant.on_device}, %{{.*}}: tensor<f32>, %{{.*}}: tensor<16xf32> {quant.on_device})
// CHECK:         linalg.generic
ml_program.global private @w(#ml_program.extern : tensor<16x32xi8>) : tensor<16x32xi8>
ml_program.global private @b(#ml_program.extern : tensor<16xf32>) : tensor<16xf32>
func.func @epilogue(%x: tensor<8x32xi8>, %s: tensor<f32>) -> tensor<8x16xf32> {
  %w = ml_program.global_load_const @w : tensor<16x32xi8>
  %b = ml_program.global_load_const @b : tensor<16xf32>
  %e = tensor.empty() : tensor<8x16xf32>
  %y = quant.matmul %x, %w scales(%s, %s : tensor<f32>, tensor<f32>) outs(%e : tensor<8x16xf32>)
      : tensor<8x32xi8>, tensor<16x32xi8> -> tensor<8x16xf32>
  %z = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>],
                       iterator_types = ["parallel", "parallel"]}
      ins(%y, %b : tensor<8x16xf32>, tensor<16xf32>) outs(%e : tensor<8x16xf32>) {
  ^bb0(%in: f32, %c: f32, %out: f32):
    %0 = arith.mulf %in, %c : f32
    linalg.yield %0 : f32
  } -> tensor<8x16xf32>
  return %z : tensor<8x16xf32>
}

// -----

// REMARK: remark: [Missed] StaysOnCPU | Category:quant-outline-device-code
// REMARK-SAME: Reason="not all of its operands are tensors of static shape"
// CHECK-LABEL: func.func @dynamic(
// CHECK:         quant.quantize
// CHECK-NOT:     module @device
func.func @dynamic(%x: tensor<?x32xf32>, %s: tensor<f32>, %qe: tensor<?x32xi8>) -> tensor<?x32xi8> {
  %q = quant.quantize %x scale(%s : tensor<f32>) outs(%qe : tensor<?x32xi8>) : tensor<?x32xf32> -> tensor<?x32xi8>
  return %q : tensor<?x32xi8>
}

// -----

// REMARK: remark: [Missed] StaysOnCPU
// REMARK-SAME: Reason="there is no GPU kernel for 4-bit codes, only for 8"
// CHECK-LABEL: func.func @four_bits(
func.func @four_bits(%x: tensor<8x32xf32>, %s: tensor<f32>) -> tensor<8x32xi4> {
  %qe = tensor.empty() : tensor<8x32xi4>
  %q = quant.quantize %x scale(%s : tensor<f32>) outs(%qe : tensor<8x32xi4>) : tensor<8x32xf32> -> tensor<8x32xi4>
  return %q : tensor<8x32xi4>
}

// -----

// Nobody passes or returns what has no elements.

// CHECK-LABEL: func.func @no_columns(
// CHECK-SAME:    %{{[a-z0-9]+}}: tensor<4x0xf32>, %{{[a-z0-9]+}}: tensor<16x0xi8>, %[[S:[a-z0-9]+]]: tensor<f32>
// CHECK:         %[[Q:.*]] = tensor.empty() : tensor<4x0xi8>
// CHECK:         %[[Y:.*]]:2 = call @device_0(%[[S]]) {device} : (tensor<f32>) -> (tensor<4xf32>, tensor<4x16xf32>)
// CHECK:         return %[[Q]], %[[Y]]#0, %[[Y]]#1
// CHECK:       func.func @device_0(%[[A:[a-z0-9]+]]: tensor<f32>)
// CHECK:         %[[X:.*]] = tensor.empty() : tensor<4x0xf32>
// CHECK:         quant.quantize %[[X]]
// CHECK:         %[[W:.*]] = tensor.empty() : tensor<16x0xi8>
// CHECK:         quant.matmul %{{.*}}, %[[W]] scales(%{{.*}}, %[[A]]
func.func @no_columns(%x: tensor<4x0xf32>, %w: tensor<16x0xi8>, %s: tensor<f32>) -> (tensor<4x0xi8>, tensor<4xf32>, tensor<4x16xf32>) {
  %qe = tensor.empty() : tensor<4x0xi8>
  %se = tensor.empty() : tensor<4xf32>
  %ye = tensor.empty() : tensor<4x16xf32>
  %q:2 = quant.quantize %x outs(%qe, %se : tensor<4x0xi8>, tensor<4xf32>) : tensor<4x0xf32> -> tensor<4x0xi8>, tensor<4xf32>
  %y = quant.matmul %q#0, %w scales(%q#1, %s : tensor<4xf32>, tensor<f32>) outs(%ye : tensor<4x16xf32>) : tensor<4x0xi8>, tensor<16x0xi8> -> tensor<4x16xf32>
  return %q#0, %q#1, %y : tensor<4x0xi8>, tensor<4xf32>, tensor<4x16xf32>
}

// -----

// A function may have the module's name.

// CHECK-LABEL: func.func @device(
// CHECK:         call @device_0_1(
// CHECK:       module @device_0 attributes {quant.device} {
// CHECK:         func.func @device_0_1(
func.func @device(%x: tensor<8x32xi8>, %w: tensor<16x32xi8>, %s: tensor<f32>) -> tensor<8x16xf32> {
  %e = tensor.empty() : tensor<8x16xf32>
  %y = quant.matmul %x, %w scales(%s, %s : tensor<f32>, tensor<f32>) outs(%e : tensor<8x16xf32>)
      : tensor<8x32xi8>, tensor<16x32xi8> -> tensor<8x16xf32>
  return %y : tensor<8x16xf32>
}

// -----

// Regions and several blocks are not looked into.

// REMARK: remark: [Missed] StaysOnCPU {{.*}} Reason="it is in a region of scf.if", Remark="quant.matmul stays on the CPU"
// REMARK: remark: [Missed] StaysOnCPU {{.*}} Reason="its function has several blocks", Remark="quant.matmul stays on the CPU"
// CHECK-LABEL: func.func @branch(
// CHECK:         quant.matmul
// CHECK-LABEL: func.func @blocks(
// CHECK:         quant.matmul
// CHECK-NOT:     module @device
func.func @branch(%x: tensor<8x32xi8>, %w: tensor<16x32xi8>, %s: tensor<f32>, %e: tensor<8x16xf32>, %c: i1) -> tensor<8x16xf32> {
  %r = scf.if %c -> tensor<8x16xf32> {
    %y = quant.matmul %x, %w scales(%s, %s : tensor<f32>, tensor<f32>) outs(%e : tensor<8x16xf32>)
        : tensor<8x32xi8>, tensor<16x32xi8> -> tensor<8x16xf32>
    scf.yield %y : tensor<8x16xf32>
  } else {
    scf.yield %e : tensor<8x16xf32>
  }
  return %r : tensor<8x16xf32>
}
func.func @blocks(%x: tensor<8x32xi8>, %w: tensor<16x32xi8>, %s: tensor<f32>, %e: tensor<8x16xf32>, %c: i1) -> tensor<8x16xf32> {
  cf.cond_br %c, ^bb1, ^bb2(%e : tensor<8x16xf32>)
^bb1:
  %y = quant.matmul %x, %w scales(%s, %s : tensor<f32>, tensor<f32>) outs(%e : tensor<8x16xf32>)
      : tensor<8x32xi8>, tensor<16x32xi8> -> tensor<8x16xf32>
  cf.br ^bb2(%y : tensor<8x16xf32>)
^bb2(%r: tensor<8x16xf32>):
  return %r : tensor<8x16xf32>
}

// -----

// Codes that are constant have rows of whole 16-byte chunks on the device, unless
// something there takes them for no codes.

// CHECK-LABEL: func.func @ragged(
// CHECK:       func.func @device_0(%{{.*}}: tensor<8x20xf32>, %{{.*}}: tensor<f32>, %{{.*}}: tensor<16x20xi8> {bufferization.buffer_layout = strided<[32, 1]>, quant.on_device})
// CHECK:       func.func private @device_0(tensor<8x20xf32>, tensor<f32>, tensor<16x20xi8> {bufferization.buffer_layout = strided<[32, 1]>, quant.on_device})
ml_program.global private @w(#ml_program.extern : tensor<16x20xi8>) : tensor<16x20xi8>
func.func @ragged(%x: tensor<8x20xf32>, %s: tensor<f32>) -> tensor<8x16xf32> {
  %qe = tensor.empty() : tensor<8x20xi8>
  %e = tensor.empty() : tensor<8x16xf32>
  %q = quant.quantize %x scale(%s : tensor<f32>) outs(%qe : tensor<8x20xi8>) : tensor<8x20xf32> -> tensor<8x20xi8>
  %w = ml_program.global_load_const @w : tensor<16x20xi8>
  %y = quant.matmul %q, %w scales(%s, %s : tensor<f32>, tensor<f32>) outs(%e : tensor<8x16xf32>)
      : tensor<8x20xi8>, tensor<16x20xi8> -> tensor<8x16xf32>
  return %y : tensor<8x16xf32>
}

// -----

// The codes' first product is called where they are made, and its sum cannot be
// there: it reads what comes later.

// REMARK: remark: [Missed] EpilogueStaysOnCPU | Category:quant-outline-device-code
// REMARK-SAME: Reason="it reads what is computed after the first op of the matmul's function", Remark="the op behind a matmul stays on the CPU"
// CHECK-LABEL: func.func @late(
// CHECK:         call @device_0(
// CHECK:         %[[B:.*]] = "test.bias"
// CHECK:         linalg.generic {{.*}} ins(%{{.*}}, %[[B]] :
func.func @late(%x: tensor<8x32xf32>, %w: tensor<16x32xi8>, %s: tensor<f32>) -> tensor<8x16xf32> {
  %qe = tensor.empty() : tensor<8x32xi8>
  %e = tensor.empty() : tensor<8x16xf32>
  %q = quant.quantize %x scale(%s : tensor<f32>) outs(%qe : tensor<8x32xi8>) : tensor<8x32xf32> -> tensor<8x32xi8>
  %b = "test.bias"() : () -> tensor<8x16xf32>
  %y = quant.matmul %q, %w scales(%s, %s : tensor<f32>, tensor<f32>) outs(%e : tensor<8x16xf32>)
      : tensor<8x32xi8>, tensor<16x32xi8> -> tensor<8x16xf32>
  %z = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%y, %b : tensor<8x16xf32>, tensor<8x16xf32>) outs(%e : tensor<8x16xf32>) {
  ^bb0(%a: f32, %c: f32, %o: f32):
    %0 = arith.addf %a, %c : f32
    linalg.yield %0 : f32
  } -> tensor<8x16xf32>
  return %z : tensor<8x16xf32>
}
