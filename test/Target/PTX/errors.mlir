// RUN: not quant-translate --quant-to-ptx --chip=sm_70 %s 2>&1 | FileCheck %s --check-prefix=CHIP
// RUN: not quant-translate %s 2>&1 | FileCheck %s --check-prefix=ACTION
// RUN: not quant-translate --quant-to-ptx %s 2>&1 | FileCheck %s --check-prefix=EMPTY
// RUN: not quant-translate --quant-to-ptx %t.missing 2>&1 | FileCheck %s --check-prefix=MISSING
// RUN: not quant-translate --quant-to-cubin %S/Inputs/variants.mlir 2>&1 | FileCheck %s --check-prefix=STDOUT
// RUN: not quant-translate --quant-to-cubin %S/Inputs/variants.mlir -o %t --ptxas=%t.nowhere 2>&1 | FileCheck %s --check-prefix=PTXAS
// RUN: not quant-translate --quant-to-cubin %S/Inputs/variants.mlir -o %t.ptx 2>&1 | FileCheck %s --check-prefix=ISCUBIN
// RUN: not quant-translate --quant-to-ptx %S/Inputs/variants.mlir -o %t.cubin 2>&1 | FileCheck %s --check-prefix=ISPTX
// RUN: not quant-translate --quant-to-ptx %S/Inputs/variants.mlir --ptxas=%t.nowhere 2>&1 | FileCheck %s --check-prefix=NOPTXAS
// RUN: not quant-translate --quant-to-ptx %S/Inputs/group-variants.mlir --tile=16,64,1,4,6 -o %t.ptx 2>&1 | FileCheck %s --check-prefix=TILE
// RUN: not quant-translate --quant-to-ptx %S/Inputs/variants.mlir --group-tile=16,64,1,1,4,4 -o %t.ptx 2>&1 | FileCheck %s --check-prefix=GROUPTILE
// RUN: not ls %t.ptx %t.cubin
// RUN: echo "not a folder" > %t.file
// RUN: not quant-translate --quant-to-ptx %S/Inputs/variants.mlir -o %t.file/kernels 2>&1 | FileCheck %s --check-prefix=FOLDER

// CHIP: quant-translate: error: unsupported chip 'sm_70'; supported: sm_80, sm_86, sm_89, sm_90, sm_90a, sm_100, sm_120
// ACTION: quant-translate: error: say what to make: --quant-to-ptx or --quant-to-cubin
// EMPTY: quant-translate: error: '{{.*}}errors.mlir' has no quant.quantize, quant.quantize_rows, quant.matmul or quant.group_matmul with a GPU kernel; quantize the module first
// MISSING: could not open input file
// STDOUT: quant-translate: error: a cubin is no text: give a folder or a file with -o
// ISCUBIN: quant-translate: error: -o {{.*}}.ptx: --quant-to-cubin makes a cubin: name it *.cubin
// ISPTX: quant-translate: error: -o {{.*}}.cubin: --quant-to-ptx makes no cubin; --quant-to-cubin does
// NOPTXAS: quant-translate: error: --ptxas={{.*}}.nowhere: --quant-to-ptx calls no ptxas; --quant-to-cubin does
// TILE: quant-translate: error: --tile: the module has no quant.matmul with a GPU kernel that takes it
// GROUPTILE: quant-translate: error: --group-tile: the module has no quant.group_matmul with a GPU kernel that takes it
// PTXAS: quant-translate: error: '{{.*}}.nowhere' is not an executable file
// FOLDER: quant-translate: error: cannot make folder '{{.*}}.file/kernels': Not a directory

func.func @float(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
