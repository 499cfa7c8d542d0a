// Rows of unknown number: one compiled module norms, quantizes and multiplies 0 to
// 130 rows, on the PTX emulator in checked mode. Unfused it has the CPU's bits. With
// the norm fused into the quantization codes are within one step of the CPU's, scales
// within rounding, and products exact for the codes.

// RUN: rm -rf %t && mkdir %t
// RUN: quant-opt %s --quant-fuse-producers -o %t/fused.mlir
// RUN: FileCheck %s --input-file=%t/fused.mlir
// CHECK-LABEL: func.func @layer(
// CHECK-NOT:     linalg.generic
// CHECK:         quant.quantize_rows {{.*}} tensor<?x96xf32>
// CHECK:         quant.matmul {{.*}} tensor<?x96xi8>
// CHECK:         return

// DEFINE: %{bufferize} = one-shot-bufferize{bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map}
// DEFINE: %{device} = builtin.module(%{bufferize},convert-quant-to-nvgpu,func.func(convert-linalg-to-loops,convert-math-to-llvm,gpu-async-region),gpu-lower-to-nvvm-pipeline{cubin-chip=sm_80 cubin-features=+ptx80 cubin-format=isa kernel-bare-ptr-calling-convention=1 opt-level=3})
// DEFINE: %{host} = builtin.module(convert-quant-to-linalg,%{bufferize},func.func(convert-linalg-to-loops),lower-affine,expand-strided-metadata,convert-scf-to-cf,convert-math-to-llvm,finalize-memref-to-llvm,convert-func-to-llvm,convert-arith-to-llvm,convert-cf-to-llvm,reconcile-unrealized-casts)
// DEFINE: %{run} = env QUANT_MLIR_CHECK=1 mlir-runner --entry-point-result=void --shared-libs=%mlir_lib_dir/libmlir_runner_utils.so,%mlir_lib_dir/libmlir_c_runner_utils.so,%quant_mlir_build/lib/libquant_mlir_gpu_runtime.so
// RUN: quant-opt %s --pass-pipeline="%{host}" | %{run} > %t/cpu.txt
// RUN: quant-opt %s --pass-pipeline="%{device}" | %{run} > %t/unfused.txt
// RUN: quant-opt %t/fused.mlir --pass-pipeline="%{device}" | %{run} > %t/fused.txt
// RUN: %python %S/Inputs/dynamic_rows.py %t/cpu.txt %t/unfused.txt %t/fused.txt

// The comparison can fail.
// RUN: sed 's/math.rsqrt %\(.*\) :/math.sqrt %\1 :/' %t/fused.mlir > %t/wrong.mlir
// RUN: quant-opt %t/wrong.mlir --pass-pipeline="%{device}" | %{run} > %t/wrong.txt
// RUN: not %python %S/Inputs/dynamic_rows.py %t/cpu.txt %t/unfused.txt %t/wrong.txt 2>&1 | FileCheck %s --check-prefix=WRONG
// WRONG: scales differ

#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>
#column = affine_map<(i, j) -> (j)>

func.func private @printMemrefI32(tensor<*xi32>) attributes {llvm.emit_c_interface}

// RMSNorm, its codes, and their products with a weight of 40 rows.
func.func @layer(%x: tensor<?x96xf32>, %gain: tensor<96xf32>, %w: tensor<40x96xi8>, %sw: tensor<40xf32>)
    -> (tensor<?x96xi8>, tensor<?xf32>, tensor<?x40xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 96.0 : f32
  %m = tensor.dim %x, %c0 : tensor<?x96xf32>
  %r = tensor.empty(%m) : tensor<?xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%r : tensor<?xf32>) -> tensor<?xf32>
  %sum = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<?x96xf32>) outs(%zeros : tensor<?xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.mulf %a, %a : f32
    %1 = arith.addf %o, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<?xf32>
  %e = tensor.empty(%m) : tensor<?x96xf32>
  %norm = linalg.generic {indexing_maps = [#id, #row, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %sum, %gain : tensor<?x96xf32>, tensor<?xf32>, tensor<96xf32>) outs(%e : tensor<?x96xf32>) {
  ^bb0(%a: f32, %s: f32, %g: f32, %o: f32):
    %0 = arith.divf %s, %n : f32
    %1 = math.rsqrt %0 : f32
    %2 = arith.mulf %a, %1 : f32
    %3 = arith.mulf %2, %g : f32
    linalg.yield %3 : f32
  } -> tensor<?x96xf32>
  %qe = tensor.empty(%m) : tensor<?x96xi8>
  %se = tensor.empty(%m) : tensor<?xf32>
  %q:2 = quant.quantize %norm outs(%qe, %se : tensor<?x96xi8>, tensor<?xf32>) : tensor<?x96xf32> -> tensor<?x96xi8>, tensor<?xf32>
  %ye = tensor.empty(%m) : tensor<?x40xf32>
  %y = quant.matmul %q#0, %w scales(%q#1, %sw : tensor<?xf32>, tensor<40xf32>) outs(%ye : tensor<?x40xf32>)
      : tensor<?x96xi8>, tensor<40x96xi8> -> tensor<?x40xf32>
  return %q#0, %q#1, %y : tensor<?x96xi8>, tensor<?xf32>, tensor<?x40xf32>
}

// Activations that are fractions of 64, weights from -127 to 127, and what comes of
// them: codes, and the bits of scales and products.
func.func @step(%m: index) {
  %xe = tensor.empty(%m) : tensor<?x96xf32>
  %x = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel"]} outs(%xe : tensor<?x96xf32>) {
  ^bb0(%o: f32):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %c7919 = arith.constant 7919 : index
    %c389 = arith.constant 389 : index
    %c2003 = arith.constant 2003 : index
    %c1001 = arith.constant 1001 : index
    %0 = arith.muli %i, %c7919 : index
    %1 = arith.muli %j, %c389 : index
    %2 = arith.muli %i, %j : index
    %3 = arith.addi %0, %1 : index
    %4 = arith.addi %3, %2 : index
    %5 = arith.remui %4, %c2003 : index
    %6 = arith.subi %5, %c1001 : index
    %7 = arith.index_cast %6 : index to i32
    %8 = arith.sitofp %7 : i32 to f32
    %64 = arith.constant 64.0 : f32
    %9 = arith.divf %8, %64 : f32
    linalg.yield %9 : f32
  } -> tensor<?x96xf32>
  %we = tensor.empty() : tensor<40x96xi8>
  %w = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel"]} outs(%we : tensor<40x96xi8>) {
  ^bb0(%o: i8):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %c31 = arith.constant 31 : index
    %c17 = arith.constant 17 : index
    %c255 = arith.constant 255 : index
    %c127 = arith.constant 127 : index
    %0 = arith.muli %i, %c31 : index
    %1 = arith.muli %j, %c17 : index
    %2 = arith.addi %0, %1 : index
    %3 = arith.remui %2, %c255 : index
    %4 = arith.subi %3, %c127 : index
    %5 = arith.index_cast %4 : index to i8
    linalg.yield %5 : i8
  } -> tensor<40x96xi8>
  %gain = arith.constant dense<1.25> : tensor<96xf32>
  %sw = arith.constant dense<0.0078125> : tensor<40xf32>
  %q:3 = call @layer(%x, %gain, %w, %sw) : (tensor<?x96xf32>, tensor<96xf32>, tensor<40x96xi8>, tensor<40xf32>)
      -> (tensor<?x96xi8>, tensor<?xf32>, tensor<?x40xf32>)
  %ce = tensor.empty(%m) : tensor<?x96xi32>
  %codes = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%q#0 : tensor<?x96xi8>) outs(%ce : tensor<?x96xi32>) {
  ^bb0(%a: i8, %o: i32):
    %0 = arith.extsi %a : i8 to i32
    linalg.yield %0 : i32
  } -> tensor<?x96xi32>
  %se = tensor.empty(%m) : tensor<?xi32>
  %scales = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%q#1 : tensor<?xf32>) outs(%se : tensor<?xi32>) {
  ^bb0(%a: f32, %o: i32):
    %0 = arith.bitcast %a : f32 to i32
    linalg.yield %0 : i32
  } -> tensor<?xi32>
  %ye = tensor.empty(%m) : tensor<?x40xi32>
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%q#2 : tensor<?x40xf32>) outs(%ye : tensor<?x40xi32>) {
  ^bb0(%a: f32, %o: i32):
    %0 = arith.bitcast %a : f32 to i32
    linalg.yield %0 : i32
  } -> tensor<?x40xi32>
  %0 = tensor.cast %codes : tensor<?x96xi32> to tensor<*xi32>
  %1 = tensor.cast %scales : tensor<?xi32> to tensor<*xi32>
  %2 = tensor.cast %y : tensor<?x40xi32> to tensor<*xi32>
  // Upstream's function prints a row of none.
  %none = arith.constant 0 : index
  %some = arith.cmpi ne, %m, %none : index
  scf.if %some {
    func.call @printMemrefI32(%0) : (tensor<*xi32>) -> ()
    func.call @printMemrefI32(%1) : (tensor<*xi32>) -> ()
    func.call @printMemrefI32(%2) : (tensor<*xi32>) -> ()
  }
  return
}

func.func @main() {
  %m0 = arith.constant 0 : index
  %m1 = arith.constant 1 : index
  %m5 = arith.constant 5 : index
  %m16 = arith.constant 16 : index
  %m33 = arith.constant 33 : index
  %m130 = arith.constant 130 : index
  call @step(%m1) : (index) -> ()
  call @step(%m130) : (index) -> ()
  call @step(%m0) : (index) -> ()
  call @step(%m16) : (index) -> ()
  call @step(%m5) : (index) -> ()
  call @step(%m33) : (index) -> ()
  return
}
