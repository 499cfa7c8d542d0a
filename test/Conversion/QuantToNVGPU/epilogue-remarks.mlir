// RUN: quant-opt %s --convert-quant-to-nvgpu --remarks-filter="convert-quant-to-nvgpu" 2>&1 | FileCheck %s

// What cannot become part of a kernel stays, and the remark says why.

// CHECK: remark: [Missed] EpilogueStaysApart | Category:convert-quant-to-nvgpu {{.*}} Reason="kernels have no math.log", Remark="the op behind quant.matmul is not part of its kernel"
// CHECK: remark: [Missed] EpilogueStaysApart | {{.*}} Reason="its destination is read as well"
// CHECK: remark: [Missed] EpilogueStaysApart | {{.*}} Reason="other ops between the two may touch memory"
// CHECK: remark: [Missed] EpilogueStaysApart | {{.*}} Reason="it is not elementwise in two dimensions"
// CHECK: remark: [Missed] EpilogueStaysApart | {{.*}} Reason="kernels have no arith.remf"
// CHECK: remark: [Missed] EpilogueStaysApart | {{.*}} Reason="others use the matmul's buffer as well"
// CHECK: remark: [Missed] EpilogueStaysApart | {{.*}} Reason="the matmul's buffer is not its own"
// CHECK-LABEL: func @log(
// CHECK:         gpu.launch_func
// CHECK:         linalg.generic
// CHECK-LABEL: func @in_place(
// CHECK:         linalg.generic
// CHECK-LABEL: func @between(
// CHECK:         linalg.generic
// CHECK-LABEL: func @reduction(
// CHECK:         linalg.generic
// CHECK-LABEL: func @remainder(
// CHECK:         linalg.generic

// Device code that was there before is none of the pass's business.
// CHECK:       gpu.module @mine
// CHECK:         math.exp

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>

func.func @log(%x: memref<8x32xi8>, %w: memref<16x32xi8>, %s: memref<f32>, %z: memref<8x16xf32>) {
  %y = memref.alloc() : memref<8x16xf32>
  quant.matmul %x, %w scales(%s, %s : memref<f32>, memref<f32>) outs(%y : memref<8x16xf32>) : memref<8x32xi8>, memref<16x32xi8>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%y : memref<8x16xf32>) outs(%z : memref<8x16xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = math.log %a : f32
    linalg.yield %0 : f32
  }
  return
}

func.func @in_place(%x: memref<8x32xi8>, %w: memref<16x32xi8>, %s: memref<f32>, %z: memref<8x16xf32>) {
  %y = memref.alloc() : memref<8x16xf32>
  quant.matmul %x, %w scales(%s, %s : memref<f32>, memref<f32>) outs(%y : memref<8x16xf32>) : memref<8x32xi8>, memref<16x32xi8>
  linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]} ins(%y, %z : memref<8x16xf32>, memref<8x16xf32>) outs(%z : memref<8x16xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.addf %a, %b : f32
    linalg.yield %0 : f32
  }
  return
}

func.func @between(%x: memref<8x32xi8>, %w: memref<16x32xi8>, %s: memref<f32>, %r: memref<8x16xf32>, %z: memref<8x16xf32>) {
  %y = memref.alloc() : memref<8x16xf32>
  quant.matmul %x, %w scales(%s, %s : memref<f32>, memref<f32>) outs(%y : memref<8x16xf32>) : memref<8x32xi8>, memref<16x32xi8>
  memref.copy %z, %r : memref<8x16xf32> to memref<8x16xf32>
  linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]} ins(%y, %r : memref<8x16xf32>, memref<8x16xf32>) outs(%z : memref<8x16xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.addf %a, %b : f32
    linalg.yield %0 : f32
  }
  return
}

func.func @reduction(%x: memref<8x32xi8>, %w: memref<16x32xi8>, %s: memref<f32>, %z: memref<8xf32>) {
  %y = memref.alloc() : memref<8x16xf32>
  quant.matmul %x, %w scales(%s, %s : memref<f32>, memref<f32>) outs(%y : memref<8x16xf32>) : memref<8x32xi8>, memref<16x32xi8>
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]} ins(%y : memref<8x16xf32>) outs(%z : memref<8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.maximumf %a, %o : f32
    linalg.yield %0 : f32
  }
  return
}

func.func @remainder(%x: memref<8x32xi8>, %w: memref<16x32xi8>, %s: memref<f32>, %z: memref<8x16xf32>) {
  %y = memref.alloc() : memref<8x16xf32>
  quant.matmul %x, %w scales(%s, %s : memref<f32>, memref<f32>) outs(%y : memref<8x16xf32>) : memref<8x32xi8>, memref<16x32xi8>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%y : memref<8x16xf32>) outs(%z : memref<8x16xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.remf %a, %a : f32
    linalg.yield %0 : f32
  }
  return
}

func.func @others(%x: memref<8x32xi8>, %w: memref<16x32xi8>, %s: memref<f32>, %z: memref<8x16xf32>, %u: memref<8x16xf32>) {
  %y = memref.alloc() : memref<8x16xf32>
  quant.matmul %x, %w scales(%s, %s : memref<f32>, memref<f32>) outs(%y : memref<8x16xf32>) : memref<8x32xi8>, memref<16x32xi8>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%y : memref<8x16xf32>) outs(%z : memref<8x16xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.negf %a : f32
    linalg.yield %0 : f32
  }
  memref.copy %y, %u : memref<8x16xf32> to memref<8x16xf32>
  return
}

func.func @argument(%x: memref<8x32xi8>, %w: memref<16x32xi8>, %s: memref<f32>, %y: memref<8x16xf32>, %z: memref<8x16xf32>) {
  quant.matmul %x, %w scales(%s, %s : memref<f32>, memref<f32>) outs(%y : memref<8x16xf32>) : memref<8x32xi8>, memref<16x32xi8>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%y : memref<8x16xf32>) outs(%z : memref<8x16xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.negf %a : f32
    linalg.yield %0 : f32
  }
  return
}

gpu.module @mine {
  gpu.func @exp(%p: memref<1xf32>) kernel {
    %c0 = arith.constant 0 : index
    %0 = memref.load %p[%c0] : memref<1xf32>
    %1 = math.exp %0 : f32
    memref.store %1, %p[%c0] : memref<1xf32>
    gpu.return
  }
}
