// The files: valid, of this module; valid, with another hash; with a NaN; of
// another shape; truncated.
// RUN: %python %S/../../Inputs/write_statistics.py %t.good q.input 2 --module 717402e4d75e9c48ba26ad7819ce0b2f
// RUN: quant-opt %S/attach-statistics.mlir --quant-attach-statistics=file=%t.good -o /dev/null
// RUN: quant-opt %s --split-input-file --verify-diagnostics --quant-attach-statistics=file=%t.good

// RUN: %python %S/../../Inputs/write_statistics.py %t.other q.input 2 --module 0123456789abcdef
// RUN: not quant-opt %S/attach-statistics.mlir --quant-attach-statistics=file=%t.other 2>&1 | FileCheck %s --check-prefix=OTHER
// OTHER: error: '{{.*}}.other' is of another module: the observers feed other weights (hash 0123456789abcdef instead of 717402e4d75e9c48ba26ad7819ce0b2f); collect again
// OTHER-NOT: {{.}}

// RUN: %python %S/../../Inputs/write_statistics.py %t.nan q.input 2 --module 717402e4d75e9c48ba26ad7819ce0b2f --mean nan
// RUN: not quant-opt %S/attach-statistics.mlir --quant-attach-statistics=file=%t.nan 2>&1 | FileCheck %s --check-prefix=NAN
// NAN: error: '{{.*}}.nan': tensor 'q.input.mean_abs' is NaN at element 0; find the input that made it and collect again
// NAN-NOT: {{.}}

// RUN: %python %S/../../Inputs/write_statistics.py %t.inf q.input 2 --module 717402e4d75e9c48ba26ad7819ce0b2f --absmax inf
// RUN: not quant-opt %S/attach-statistics.mlir --quant-attach-statistics=file=%t.inf 2>&1 | FileCheck %s --check-prefix=INF
// INF: error: '{{.*}}.inf': tensor 'q.input.absmax' is infinite at element 0; find the input that made it and collect again

// RUN: head -c 300 %t.good > %t.cut
// RUN: not quant-opt %S/attach-statistics.mlir --quant-attach-statistics=file=%t.cut 2>&1 | FileCheck %s --check-prefix=CUT
// CUT: error: '{{.*}}.cut': truncated: the header has {{[0-9]+}} bytes but the file has 300; copy the file again

// RUN: not quant-opt %S/attach-statistics.mlir --quant-attach-statistics 2>&1 | FileCheck %s --check-prefix=OPTION
// OPTION: error: quant-attach-statistics needs file=FILE.safetensors

func.func @name(%x: tensor<3x2xf32>) -> tensor<3x2xf32> {
  // expected-error@+1 {{.good' has no statistics of 'other.input'; it is of another module, collect again}}
  %o = quant.observe %x "other.input" : tensor<3x2xf32>
  return %o : tensor<3x2xf32>
}

// -----

func.func @twice(%x: tensor<3x2xf32>) -> tensor<3x2xf32> {
  // expected-note@+1 {{it is observed here}}
  %o = quant.observe %x "q.input" : tensor<3x2xf32>
  // expected-error@+1 {{another value is observed as 'q.input': give each quant.observe a name of its own}}
  %p = quant.observe %o "q.input" : tensor<3x2xf32>
  return %p : tensor<3x2xf32>
}

// -----

func.func @channels(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  // expected-error@+1 {{.good' has statistics of 'q.input' with 2 channels instead of 3; it is of another module, collect again}}
  %o = quant.observe %x "q.input" : tensor<2x3xf32>
  return %o : tensor<2x3xf32>
}

// -----

// expected-error@+1 {{there is no quant.observe to attach statistics to; run quant-insert-observers first}}
module {}
