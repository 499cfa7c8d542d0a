// RUN: quant-opt %s --convert-quant-to-nvgpu --canonicalize --cse | FileCheck %s

// CHECK-LABEL: func @static(
// CHECK:         gpu.launch_func @quant_quantize_f32_i8_static_smooth_v4::@quant_quantize_f32_i8_static_smooth_v4 blocks in (%[[C7:.*]], %[[C2:.*]], %[[C1:.*]]) threads
// CHECK-LABEL: func @per_token(
// CHECK:         gpu.launch_func @quant_quantize_f16_i8_token_v8_t32x3::
func.func @static(%x: memref<4x25x576xf32>, %s: memref<576xf32>, %scale: memref<f32>,
                  %q: memref<4x25x576xi8>) {
  quant.quantize %x scale(%scale : memref<f32>) smooth(%s : memref<576xf32>)
      outs(%q : memref<4x25x576xi8>) : memref<4x25x576xf32>
  return
}

func.func @per_token(%x: memref<100x576xf16>, %q: memref<100x576xi8>, %sx: memref<100xf32>) {
  quant.quantize %x outs(%q, %sx : memref<100x576xi8>, memref<100xf32>) : memref<100x576xf16>
  return
}

// inv = 1 / (scale * s), once for each column.

// CHECK:       gpu.func @quant_quantize_f32_i8_static_smooth_v4(
// CHECK-DAG:     %[[ONE:.*]] = arith.constant dense<1.000000e+00> : vector<4xf32>
// CHECK-DAG:     %[[SHIFT:.*]] = arith.constant dense<0x4B400000> : vector<4xf32>
// CHECK:         %[[S:.*]] = vector.load %{{.*}} {alignment = 16 : i64} : memref<?xf32>, vector<4xf32>
// CHECK:         %[[P:.*]] = arith.mulf %{{.*}}, %[[S]]
// CHECK:         %[[INV:.*]] = arith.divf %[[ONE]], %[[P]]
// CHECK:         scf.for
// CHECK-COUNT-3:   vector.load
// CHECK:           %[[X:.*]] = vector.load
// CHECK:           %[[T:.*]] = arith.mulf %[[X]], %[[INV]]
// CHECK:           %[[ORD:.*]] = arith.cmpf ord, %[[T]], %[[T]]
// CHECK:           %[[N:.*]] = arith.select %[[ORD]], %[[T]], %{{.*}}
// CHECK:           %[[LO:.*]] = arith.maxnumf %[[N]]
// CHECK:           %[[HI:.*]] = arith.minnumf %[[LO]]
// CHECK:           %[[R:.*]] = arith.addf %[[HI]], %[[SHIFT]]
// CHECK:           %[[I:.*]] = arith.bitcast %[[R]] : vector<4xf32> to vector<4xi32>
// CHECK:           %[[Q:.*]] = arith.trunci %[[I]] : vector<4xi32> to vector<4xi8>
// CHECK:           vector.store %[[Q]], %{{.*}} {alignment = 4 : i64}

// Three loads of a row, the last one guarded; none after the scale is known.

// CHECK:       gpu.func @quant_quantize_f16_i8_token_v8_t32x3(
// CHECK-COUNT-2: vector.load %{{.*}} {alignment = 16 : i64} : {{.*}}, vector<8xf16>
// CHECK:         scf.if {{.*}} -> (vector<8xf16>)
// CHECK-NEXT:      vector.load
// CHECK:           scf.yield
// CHECK:         arith.select
// CHECK:         arith.maxnumf
// CHECK-COUNT-5: gpu.shuffle xor
// CHECK-NOT:     vector.load
// CHECK:         %[[DIV:.*]] = arith.divf
// CHECK:         %[[SCALE:.*]] = arith.maxnumf %[[DIV]], %{{.*}} : f32
// CHECK-COUNT-2: vector.store %{{.*}} {alignment = 8 : i64} : {{.*}}, vector<8xi8>
// CHECK:         scf.if
// CHECK-NEXT:      vector.store
// CHECK:         memref.store %[[SCALE]]
