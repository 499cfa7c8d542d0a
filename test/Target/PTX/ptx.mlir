// RUN: quant-translate --quant-to-ptx --chip=sm_80 %S/Inputs/variants.mlir -o - | FileCheck %s
// RUN: quant-translate --quant-to-ptx --chip=sm_80 %S/Inputs/variants.mlir -o - \
// RUN:   | FileCheck %s --check-prefix=NOT --implicit-check-not=fma --implicit-check-not=.ftz \
// RUN:       --implicit-check-not=approx --implicit-check-not=__nv --implicit-check-not=.full
// RUN: quant-translate --quant-to-ptx --chip=sm_120 %S/Inputs/variants.mlir -o - | FileCheck %s --check-prefix=SM120

// Ops on tensors and on memrefs have the same kernels.
// RUN: quant-translate --quant-to-ptx %S/Inputs/variants.mlir -o %t.tensors.ptx
// RUN: quant-opt %S/Inputs/variants.mlir \
// RUN:     --one-shot-bufferize="bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map" \
// RUN:   | quant-translate --quant-to-ptx - -o %t.memrefs.ptx
// RUN: diff %t.tensors.ptx %t.memrefs.ptx

// Arithmetic is unfused and correctly rounded, and nothing calls a library.

// NOT: .version 8.0
// NOT: .target sm_80

// SM120: .version 8.7
// SM120: .target sm_120

// CHECK:       .extern .shared .align 16 .b8 quant_shared_memory[];

// CHECK-LABEL: .visible .entry quant_matmul_i8_bf16_xtoken_wchannel_bias_v8_s1_64x64x3_2x2(
// CHECK:         cp.async.ca.shared.global [{{.*}}], [{{.*}}], 8, %r
// CHECK:         cvt.rn.bf16.f32

// CHECK-LABEL: .visible .entry quant_matmul_i8_f16_xtensor_wchannel_v4_s1_64x64x3_2x2(
// CHECK:         cp.async.ca.shared.global [{{.*}}], [{{.*}}], 4, %r
// CHECK:         cvt.rn.f16.f32

// CHECK-LABEL: .visible .entry quant_matmul_i8_f32_xtensor_wchannel_bias_v16_s2_32x64x5_1x4(
// CHECK-COUNT-6: .param .u64 .ptr
// CHECK-COUNT-6: .param .u64 quant
// CHECK:         .maxntid 128, 1, 1
// CHECK:         cp.async.cg.shared.global [{{.*}}], [{{.*}}], 16, %r
// CHECK:         cp.async.wait_group 3
// CHECK:         bar.sync
// CHECK:         ldmatrix.sync.aligned.m8n8.x4.shared.b16
// CHECK:         mma.sync.aligned.m16n8k32.row.col.satfinite.s32.s8.s8.s32
// CHECK:         cvt.rn.f32.s32 %[[ACC:.*]],
// CHECK:         mul.rn.f32 %[[P1:r[0-9]+]], {{.*}}%[[ACC]]
// CHECK:         mul.rn.f32 %[[P2:r[0-9]+]], {{.*}}%[[P1]]
// CHECK:         add.rn.f32 %[[SUM:r[0-9]+]], {{.*}}%[[P2]]
// CHECK:         st.global.v2.b32 [{{.*}}], {%{{r[0-9]+}}, %{{r[0-9]+}}}

// CHECK-LABEL: .visible .entry quant_matmul_i8_f32_xtensor_wtensor_bias_v1_s1_64x64x3_2x2(
// CHECK-NOT:     cp.async
// CHECK:         ld.global.b8
// CHECK:         st.shared.v4.b32

// CHECK-LABEL: .visible .entry quant_quantize_f32_i8_static_v4(
// CHECK:         rcp.rn.f32
// CHECK:         ld.global.v4.b32
// CHECK:         st.global.b32

// CHECK-LABEL: .visible .entry quant_quantize_f32_i8_token_v4_t32x5(
// CHECK-COUNT-5: ld.global.v4.b32
// CHECK-NOT:     ld.global
// CHECK:         shfl.sync.bfly
// CHECK:         div.rn.f32
// CHECK:         rcp.rn.f32
