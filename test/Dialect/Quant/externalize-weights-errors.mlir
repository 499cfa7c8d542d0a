// RUN: quant-opt %s --split-input-file --verify-diagnostics --quant-externalize-weights=file=%t.safetensors

// Something stands in the way: the module stays, and no file is left.
// RUN: rm -rf %t && mkdir %t
// RUN: not quant-opt %S/externalize-weights.mlir --quant-externalize-weights=file=%t/none/w.safetensors 2>&1 | FileCheck %s --check-prefix=FOLDER
// FOLDER: error: '{{.*}}/none/w.safetensors': No such file or directory
// RUN: not quant-opt %S/externalize-weights.mlir --quant-externalize-weights=file=%t 2>&1 | FileCheck %s --check-prefix=DIRECTORY
// DIRECTORY: error: '{{.*}}.tmp': Is a directory
// RUN: ls %t | count 0

// RUN: not quant-opt %S/externalize-weights.mlir --quant-externalize-weights 2>&1 | FileCheck %s --check-prefix=OPTION
// OPTION: error: quant-externalize-weights needs file=FILE.safetensors

ml_program.global private @w(#ml_program.extern : tensor<1xi8>) : tensor<1xi8>
func.func @taken() -> tensor<1xi8> {
  // expected-error@+1 {{cannot become the global 'w': the module has a symbol of this name; bind every weight before writing them}}
  %w = arith.constant dense_resource<w> : tensor<1xi8>
  return %w : tensor<1xi8>
}
{-#
  dialect_resources: { builtin: { w: "0x0100000001" } }
#-}

// -----

func.func @elided() -> tensor<1xi8> {
  // expected-error@+1 {{resource 'elided' has no data in this module}}
  %w = arith.constant dense_resource<elided> : tensor<1xi8>
  return %w : tensor<1xi8>
}
