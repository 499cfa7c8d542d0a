// RUN: rm -rf %t && quant-translate --quant-to-ptx %s -o %t/kernels 2>&1 | FileCheck %s --check-prefix=NOTE
// RUN: FileCheck %s --input-file=%t/kernels/index.tsv --strict-whitespace
// RUN: ls %t/kernels | FileCheck %s --check-prefix=FILES

// One file a kernel and a table of what uses it. A dynamic number of rows may use
// several kernels. Weights may be external.

// NOTE: quant-translate: 1 op(s) stay on the host: there is no GPU kernel for 4-bit weights with f32 activations
// CHECK:      kernel	file	chip	threads	rows_per_block	columns_per_block	splits	shared_bytes	registers	spill_bytes	uses	shapes	block_bytes	operand_bytes
// CHECK-NEXT: quant_matmul_i8_f32_xtensor_wchannel_v16_s2_16x32x6_1x2	quant_matmul_i8_f32_xtensor_wchannel_v16_s2_16x32x6_1x2.ptx	sm_80	64	16	32	1	18432	-	-	3	?x64x32*1,16x48x64*2	-,8384	-,7360
// CHECK-NEXT: quant_matmul_i8_f32_xtensor_wchannel_v16_s2_64x64x4_2x2	{{.*}}	sm_80	128	64	64	1	32768	-	-	1	?x64x32*1	-	-
// CHECK-NEXT: quant_quantize_f32_i8_static_v4	quant_quantize_f32_i8_static_v4.ptx	sm_80	128	16	512	1	0	-	-	1	?x32*1	-	-
// CHECK-NOT:  {{.}}
// FILES:      index.tsv
// FILES-NEXT: quant_matmul_i8_f32_xtensor_wchannel_v16_s2_16x32x6_1x2.ptx
// FILES-NEXT: quant_matmul_i8_f32_xtensor_wchannel_v16_s2_64x64x4_2x2.ptx
// FILES-NEXT: quant_quantize_f32_i8_static_v4.ptx
// FILES-NOT:  {{.}}

ml_program.global private @"a.weight"(#ml_program.extern : tensor<64x32xi8>) : tensor<64x32xi8>

func.func @model(%x: tensor<?x32xf32>, %sx: tensor<f32>, %sw: tensor<64xf32>, %yi: tensor<?x64xf32>,
                 %qi: tensor<?x32xi8>, %x2: tensor<16x64xi8>, %w2: tensor<48x64xi8>,
                 %sw2: tensor<48xf32>, %yi2: tensor<16x48xf32>, %c: tensor<48x32xi4>,
                 %gs: tensor<48x1xf32>, %yi3: tensor<?x48xf32>)
    -> (tensor<?x64xf32>, tensor<16x48xf32>, tensor<16x48xf32>, tensor<?x48xf32>) {
  %w = ml_program.global_load_const @"a.weight" : tensor<64x32xi8>
  %q = quant.quantize %x scale(%sx : tensor<f32>) outs(%qi : tensor<?x32xi8>)
      : tensor<?x32xf32> -> tensor<?x32xi8>
  %y = quant.matmul %q, %w scales(%sx, %sw : tensor<f32>, tensor<64xf32>)
      outs(%yi : tensor<?x64xf32>) : tensor<?x32xi8>, tensor<64x32xi8> -> tensor<?x64xf32>
  %y2 = quant.matmul %x2, %w2 scales(%sx, %sw2 : tensor<f32>, tensor<48xf32>)
      outs(%yi2 : tensor<16x48xf32>) : tensor<16x64xi8>, tensor<48x64xi8> -> tensor<16x48xf32>
  %y3 = quant.matmul %x2, %w2 scales(%sx, %sw2 : tensor<f32>, tensor<48xf32>)
      outs(%yi2 : tensor<16x48xf32>) : tensor<16x64xi8>, tensor<48x64xi8> -> tensor<16x48xf32>
  %y4 = quant.group_matmul %x, %c scales(%gs : tensor<48x1xf32>) outs(%yi3 : tensor<?x48xf32>)
      {group_size = 32 : i64} : tensor<?x32xf32>, tensor<48x32xi4> -> tensor<?x48xf32>
  return %y, %y2, %y3, %y4 : tensor<?x64xf32>, tensor<16x48xf32>, tensor<16x48xf32>, tensor<?x48xf32>
}
