// REQUIRES: ptxas

// ptxas takes every kernel for every chip, none spills, and it serializes no
// products of warp groups.

// RUN: rm -rf %t && quant-translate --quant-to-cubin --chip=sm_80 %S/Inputs/variants.mlir -o %t/sm_80
// RUN: FileCheck %s --input-file=%t/sm_80/index.tsv
// RUN: quant-translate --quant-to-cubin --chip=sm_86 %S/Inputs/variants.mlir -o %t/86.cubin 2>&1 | count 0
// RUN: quant-translate --quant-to-cubin --chip=sm_89 %S/Inputs/variants.mlir -o %t/89.cubin 2>&1 | count 0
// RUN: quant-translate --quant-to-cubin --chip=sm_90 %S/Inputs/variants.mlir -o %t/90.cubin 2>&1 | count 0
// RUN: quant-translate --quant-to-cubin --chip=sm_90a %S/Inputs/variants.mlir -o %t/90a.cubin 2>&1 | count 0
// RUN: quant-translate --quant-to-cubin --chip=sm_90a --tile=128,256,2,4 %S/Inputs/warp_groups.mlir -o %t/groups 2>&1 | count 0
// RUN: FileCheck %s --input-file=%t/groups/index.tsv --check-prefix=GROUPS
// RUN: quant-translate --quant-to-cubin --chip=sm_90a --tile=128,128,2,6 %S/Inputs/warp_groups.mlir -o %t/square.cubin 2>&1 | count 0
// RUN: quant-translate --quant-to-cubin --chip=sm_90a --tile=64,128,1,4 %S/Inputs/warp_groups.mlir -o %t/one.cubin 2>&1 | count 0
// RUN: quant-translate --quant-to-cubin --chip=sm_100 %S/Inputs/variants.mlir -o %t/100.cubin 2>&1 | count 0
// RUN: quant-translate --quant-to-cubin --chip=sm_120 %S/Inputs/variants.mlir -o %t/120.cubin 2>&1 | count 0
// RUN: quant-translate --quant-to-cubin --chip=sm_80 %S/Inputs/quantize-variants.mlir -o %t/quantize.cubin 2>&1 | count 0
// RUN: quant-translate --quant-to-cubin --chip=sm_86 %S/Inputs/quantize-variants.mlir -o %t/quantize.cubin 2>&1 | count 0
// RUN: quant-translate --quant-to-cubin --chip=sm_89 %S/Inputs/quantize-variants.mlir -o %t/quantize.cubin 2>&1 | count 0
// RUN: quant-translate --quant-to-cubin --chip=sm_90a %S/Inputs/quantize-variants.mlir -o %t/quantize.cubin 2>&1 | count 0
// RUN: quant-translate --quant-to-cubin --chip=sm_100 %S/Inputs/quantize-variants.mlir -o %t/quantize.cubin 2>&1 | count 0
// RUN: quant-translate --quant-to-cubin --chip=sm_120 %S/Inputs/quantize-variants.mlir -o %t/quantize.cubin 2>&1 | count 0
// RUN: quant-translate --quant-to-cubin --chip=sm_80 %S/Inputs/rows.mlir -o %t/rows.cubin 2>&1 | count 0
// RUN: quant-translate --quant-to-cubin --chip=sm_86 %S/Inputs/rows.mlir -o %t/rows.cubin 2>&1 | count 0
// RUN: quant-translate --quant-to-cubin --chip=sm_89 %S/Inputs/rows.mlir -o %t/rows.cubin 2>&1 | count 0
// RUN: quant-translate --quant-to-cubin --chip=sm_90a %S/Inputs/rows.mlir -o %t/rows.cubin 2>&1 | count 0
// RUN: quant-translate --quant-to-cubin --chip=sm_100 %S/Inputs/rows.mlir -o %t/rows.cubin 2>&1 | count 0
// RUN: quant-translate --quant-to-cubin --chip=sm_120 %S/Inputs/rows.mlir -o %t/rows.cubin 2>&1 | count 0
// RUN: quant-translate --quant-to-cubin --chip=sm_80 %S/Inputs/outliers.mlir -o %t/outliers.cubin 2>&1 | count 0
// RUN: quant-translate --quant-to-cubin --chip=sm_86 %S/Inputs/outliers.mlir -o %t/outliers.cubin 2>&1 | count 0
// RUN: quant-translate --quant-to-cubin --chip=sm_89 %S/Inputs/outliers.mlir -o %t/outliers.cubin 2>&1 | count 0
// RUN: quant-translate --quant-to-cubin --chip=sm_90a %S/Inputs/outliers.mlir -o %t/outliers.cubin 2>&1 | count 0
// RUN: quant-translate --quant-to-cubin --chip=sm_100 %S/Inputs/outliers.mlir -o %t/outliers.cubin 2>&1 | count 0
// RUN: quant-translate --quant-to-cubin --chip=sm_120 %S/Inputs/outliers.mlir -o %t/outliers.cubin 2>&1 | count 0
// RUN: quant-translate --quant-to-cubin --chip=sm_80 %S/Inputs/integer-group-variants.mlir --group-tile=64,128,1,4,1,3 -o %t/i80.cubin 2>&1 | count 0
// RUN: quant-translate --quant-to-cubin --chip=sm_80 %S/Inputs/int4-group-variants.mlir --group-tile=64,128,1,4,1,3 -o %t/n80.cubin 2>&1 | count 0
// RUN: quant-translate --quant-to-cubin --chip=sm_86 %S/Inputs/int4-group-variants.mlir -o %t/n86.cubin 2>&1 | count 0
// RUN: quant-translate --quant-to-cubin --chip=sm_89 %S/Inputs/int4-group-variants.mlir -o %t/n89.cubin 2>&1 | count 0
// RUN: quant-translate --quant-to-cubin --chip=sm_90 %S/Inputs/integer-group-variants.mlir -o %t/i90.cubin 2>&1 | count 0
// RUN: quant-translate --quant-to-cubin --chip=sm_90a %S/Inputs/integer-group-variants.mlir -o %t/i90a.cubin 2>&1 | count 0
// RUN: quant-translate --quant-to-cubin --chip=sm_100 %S/Inputs/integer-group-variants.mlir -o %t/i100.cubin 2>&1 | count 0
// RUN: quant-translate --quant-to-cubin --chip=sm_120 %S/Inputs/int4-group-variants.mlir -o %t/n120.cubin 2>&1 | FileCheck %s --check-prefix=INT4
// RUN: llvm-readobj --file-headers %t/120.cubin | FileCheck %s --check-prefix=ELF

// CHECK:         kernel	file	chip
// CHECK-COUNT-9: {{^quant_([a-z0-9_]+)	quant_[a-z0-9_]+\.cubin	sm_80	128	[0-9]+	[0-9]+	1	[0-9]+	[1-9][0-9]+	0	1	[0-9?x]+\*1	[-0-9]+	[-0-9]+$}}
// CHECK-NOT:     {{.}}
// GROUPS-COUNT-3: {{^quant_matmul_i8_[a-z0-9_]+x256x4_wg2	[a-z0-9_]+\.cubin	sm_90a	384	128	256	1	196672	168	0	1	100x[0-9]+x576\*1	[0-9]+	[0-9]+$}}
// INT4: quant-translate: 5 op(s): 4-bit activations are multiplied as 8-bit ones: the tensor cores of sm_120 have no 4-bit integers
// INT4-NOT: {{.}}
// ELF: Format: elf64
