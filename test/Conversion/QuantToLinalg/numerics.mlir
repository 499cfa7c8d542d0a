// RUN: quant-opt %s --convert-quant-to-linalg --one-shot-bufferize=bufferize-function-boundaries \
// RUN:     --convert-linalg-to-loops --lower-affine --expand-strided-metadata --convert-scf-to-cf \
// RUN:     --convert-math-to-llvm --finalize-memref-to-llvm --convert-func-to-llvm --convert-arith-to-llvm \
// RUN:     --convert-cf-to-llvm --reconcile-unrealized-casts \
// RUN:   | mlir-runner -e main --entry-point-result=void \
// RUN:     --shared-libs=%mlir_lib_dir/libmlir_runner_utils.so,%mlir_lib_dir/libmlir_c_runner_utils.so \
// RUN:   | FileCheck %s

// Expected values are NumPy's, in f32: np.rint rounds half to even.

func.func private @printMemrefF32(tensor<*xf32>)

func.func @print_matrix(%x: tensor<?x?xf32>) {
  %y = tensor.cast %x : tensor<?x?xf32> to tensor<*xf32>
  call @printMemrefF32(%y) : (tensor<*xf32>) -> ()
  return
}

func.func @print_vector(%x: tensor<?xf32>) {
  %y = tensor.cast %x : tensor<?xf32> to tensor<*xf32>
  call @printMemrefF32(%y) : (tensor<*xf32>) -> ()
  return
}

func.func @print_codes(%q: tensor<?x?xi8>) {
  %one = arith.constant dense<1.0> : tensor<f32>
  %y = quant.dequantize %q scale(%one) along [] : tensor<?x?xi8>, tensor<f32> -> tensor<?x?xf32>
  call @print_matrix(%y) : (tensor<?x?xf32>) -> ()
  return
}

func.func @quantize() {
  %x = arith.constant dense<[[0.25, 0.75, 1.25, -1.75, 100.0],
                             [0x7FC00000, 0x7F800000, 0xFF800000, -100.0, 63.25],
                             [0.0, 0.0, 0.0, 0.0, 0.0]]> : tensor<3x5xf32>
  %scale = arith.constant dense<0.5> : tensor<f32>
  %s = arith.constant dense<[1.0, 0.5, 2.0, 1.0, 4.0]> : tensor<5xf32>
  %empty = tensor.empty() : tensor<3x5xi8>
  // Ties go to even codes; NaN gives 0; infinities and what lies beyond saturate.
  // CHECK: [0, 2, 2, -4, 127]
  // CHECK: [0, 127, -127, -127, 126]
  // CHECK: [0, 0, 0, 0, 0]
  %q = quant.quantize %x scale(%scale : tensor<f32>) outs(%empty : tensor<3x5xi8>) : tensor<3x5xf32> -> tensor<3x5xi8>
  %0 = tensor.cast %q : tensor<3x5xi8> to tensor<?x?xi8>
  call @print_codes(%0) : (tensor<?x?xi8>) -> ()
  // CHECK: [0, 3, 1, -4, 50]
  // CHECK: [0, 127, -127, -127, 32]
  // CHECK: [0, 0, 0, 0, 0]
  %qs = quant.quantize %x scale(%scale : tensor<f32>) smooth(%s : tensor<5xf32>) outs(%empty : tensor<3x5xi8>) : tensor<3x5xf32> -> tensor<3x5xi8>
  %1 = tensor.cast %qs : tensor<3x5xi8> to tensor<?x?xi8>
  call @print_codes(%1) : (tensor<?x?xi8>) -> ()
  // A zero point is the code of 0, and of NaN; codes saturate as without one.
  // CHECK: [-125, -122, -124, -127, -75]
  // CHECK: [-125, 127, -127, -127, -93]
  // CHECK: [-125, -125, -125, -125, -125]
  %qz = quant.quantize %x scale(%scale : tensor<f32>) smooth(%s : tensor<5xf32>) outs(%empty : tensor<3x5xi8>) {zero_point = -125 : i64} : tensor<3x5xf32> -> tensor<3x5xi8>
  %z = tensor.cast %qz : tensor<3x5xi8> to tensor<?x?xi8>
  call @print_codes(%z) : (tensor<?x?xi8>) -> ()
  // Per token: 100 / 127; FLT_MAX / 127; the floor 2^-100.
  // CHECK: [0, 1, 2, -2, 127]
  // CHECK: [0, 127, -127, 0, 0]
  // CHECK: [0, 0, 0, 0, 0]
  // CHECK: [0.787402, 2.67939e+36, 7.88861e-31]
  %es = tensor.empty() : tensor<3xf32>
  %qt, %st = quant.quantize %x outs(%empty, %es : tensor<3x5xi8>, tensor<3xf32>) : tensor<3x5xf32> -> tensor<3x5xi8>, tensor<3xf32>
  %2 = tensor.cast %qt : tensor<3x5xi8> to tensor<?x?xi8>
  call @print_codes(%2) : (tensor<?x?xi8>) -> ()
  %3 = tensor.cast %st : tensor<3xf32> to tensor<?xf32>
  call @print_vector(%3) : (tensor<?xf32>) -> ()
  // The smoothed first row is [0.25, 1.5, 0.625, -1.75, 25].
  // CHECK: [1, 8, 3, -9, 127]
  // CHECK: [0.19685, 2.67939e+36, 7.88861e-31]
  %qu, %su = quant.quantize %x smooth(%s : tensor<5xf32>) outs(%empty, %es : tensor<3x5xi8>, tensor<3xf32>) : tensor<3x5xf32> -> tensor<3x5xi8>, tensor<3xf32>
  %4 = tensor.cast %qu : tensor<3x5xi8> to tensor<?x?xi8>
  call @print_codes(%4) : (tensor<?x?xi8>) -> ()
  %5 = tensor.cast %su : tensor<3xf32> to tensor<?xf32>
  call @print_vector(%5) : (tensor<?xf32>) -> ()
  return
}

func.func @matmul() {
  %q = arith.constant dense<[[127, -127, 1], [2, 3, 4]]> : tensor<2x3xi8>
  %w = arith.constant dense<[[127, -127, -1], [1, 0, -2]]> : tensor<2x3xi8>
  %sx = arith.constant dense<[0.5, 2.0]> : tensor<2xf32>
  %sw = arith.constant dense<[0.25, 4.0]> : tensor<2xf32>
  %b = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %empty = tensor.empty() : tensor<2x2xf32>
  // Accumulators are [[32257, 125], [-131, -6]].
  // CHECK: [4033.12, 249]
  // CHECK: [-64.5, -49]
  %y = quant.matmul %q, %w scales(%sx, %sw : tensor<2xf32>, tensor<2xf32>) bias(%b : tensor<2xf32>) outs(%empty : tensor<2x2xf32>) : tensor<2x3xi8>, tensor<2x3xi8> -> tensor<2x2xf32>
  %0 = tensor.cast %y : tensor<2x2xf32> to tensor<?x?xf32>
  call @print_matrix(%0) : (tensor<?x?xf32>) -> ()
  return
}

func.func @groups() {
  // Rows of 7 in groups of 4: the second group is ragged.
  %w = arith.constant dense<[[1.0, -7.0, 2.0, 3.0, 0.5, 14.0, -14.0],
                             [3.0, 6.0, 4.5, 0x7FC00000, 0.0, 0.0, 0.0]]> : tensor<2x7xf32>
  // CHECK: [1, -7, 2, 3, 0, 14, -14]
  // CHECK: [3.42857, 6, 4.28571, 0, 0, 0, 0]
  %c, %s = quant.group_quantize %w {group_size = 4 : i64} : tensor<2x7xf32> -> tensor<2x7xi4>, tensor<2x2xf32>
  %d = quant.group_dequantize %c scales(%s) {group_size = 4 : i64} : tensor<2x7xi4>, tensor<2x2xf32> -> tensor<2x7xf32>
  %0 = tensor.cast %d : tensor<2x7xf32> to tensor<?x?xf32>
  call @print_matrix(%0) : (tensor<?x?xf32>) -> ()
  // Steps [[2/3, 28/15], [6/15, floor]], levels of zero [[10, 8], [0, 0]].
  // CHECK: [1.33333, -6.66667, 2, 2.66667, 0, 13.0667, -14.9333]
  // CHECK: [3.2, 6, 4.4, 0, 0, 0, 0]
  %ca, %sa, %za = quant.group_quantize %w {group_size = 4 : i64} : tensor<2x7xf32> -> tensor<2x7xi4>, tensor<2x2xf32>, tensor<2x2xi4>
  %da = quant.group_dequantize %ca scales(%sa) zeros(%za : tensor<2x2xi4>) {group_size = 4 : i64} : tensor<2x7xi4>, tensor<2x2xf32> -> tensor<2x7xf32>
  %1 = tensor.cast %da : tensor<2x7xf32> to tensor<?x?xf32>
  call @print_matrix(%1) : (tensor<?x?xf32>) -> ()
  return
}

func.func @packed() {
  // Codes [[1, -8, 7, -1, 3], [0, 5, -3, 2, -7]], low nibbles first.
  %c = arith.constant dense<[[0x81, 0xF7, 0x03], [0x50, 0x2D, 0x09]]> : tensor<2x3xi8>
  %s = arith.constant dense<[[0.5, 2.0], [1.0, 0.25]]> : tensor<2x2xf32>
  %z = arith.constant dense<[[1, -1], [0, 2]]> : tensor<2x2xi8>
  // CHECK: [0, -4.5, 3, -1, 8]
  // CHECK: [0, 5, -3, 2, -2.25]
  %d = quant.group_dequantize %c scales(%s) zeros(%z : tensor<2x2xi8>) {group_size = 4 : i64} : tensor<2x3xi8>, tensor<2x2xf32> -> tensor<2x5xf32>
  %0 = tensor.cast %d : tensor<2x5xf32> to tensor<?x?xf32>
  call @print_matrix(%0) : (tensor<?x?xf32>) -> ()
  %x = arith.constant dense<[[1.0, 2.0, 3.0, 4.0, 5.0]]> : tensor<1x5xf32>
  %b = arith.constant dense<[0.5, 100.0]> : tensor<2xf32>
  %empty = tensor.empty() : tensor<1x2xf32>
  // CHECK: [36.5, 97.75]
  %y = quant.group_matmul %x, %c scales(%s : tensor<2x2xf32>) zeros(%z : tensor<2x2xi8>) bias(%b : tensor<2xf32>) outs(%empty : tensor<1x2xf32>) {group_size = 4 : i64} : tensor<1x5xf32>, tensor<2x3xi8> -> tensor<1x2xf32>
  %1 = tensor.cast %y : tensor<1x2xf32> to tensor<?x?xf32>
  call @print_matrix(%1) : (tensor<?x?xf32>) -> ()
  return
}

func.func @scaling() {
  %x = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %s = arith.constant dense<[3.0, 0.5]> : tensor<2xf32>
  // CHECK: [0.333333, 4]
  // CHECK: [1, 8]
  %y = quant.smooth %x by %s along [1] : tensor<2x2xf32>, tensor<2xf32>
  %0 = tensor.cast %y : tensor<2x2xf32> to tensor<?x?xf32>
  call @print_matrix(%0) : (tensor<?x?xf32>) -> ()
  // CHECK: [3, 6]
  // CHECK: [1.5, 2]
  %z = quant.fuse_scale %x by %s along [0] : tensor<2x2xf32>, tensor<2xf32>
  %1 = tensor.cast %z : tensor<2x2xf32> to tensor<?x?xf32>
  call @print_matrix(%1) : (tensor<?x?xf32>) -> ()
  return
}

func.func @main() {
  call @quantize() : () -> ()
  call @matmul() : () -> ()
  call @groups() : () -> ()
  call @packed() : () -> ()
  call @scaling() : () -> ()
  return
}
