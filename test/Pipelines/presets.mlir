// RUN: rm -rf %t && mkdir %t
// RUN: %python %S/../Inputs/write_safetensors.py %t/w.safetensors '{"fc.weight":{"dtype":"F32","shape":[3,4],"data_offsets":[0,48]},"fc.bias":{"dtype":"F32","shape":[3],"data_offsets":[48,60]}}' '0000fe42 00007ec2 0000803f 00000040 0000003f 00000000 000080bf 0000803e 00000000 00000000 00000000 00000000 0000803f 00000040 00004040'
// RUN: quant-opt %s --quant-calibrate | FileCheck %s --check-prefix=CALIBRATE
// RUN: quant-opt %s --quant-calibrate="exclude=fc" | FileCheck %s --check-prefix=EXCLUDE
// RUN: quant-opt %s --quant-naive-w8a8="activations=per-token weights=%t/w.safetensors output-weights=%t/q.safetensors" -o %t/q.mlir
// RUN: FileCheck %s --check-prefix=NAIVE < %t/q.mlir
// RUN: FileCheck %s --check-prefix=FILE < %t/q.safetensors
// RUN: quant-opt %t/q.mlir --quant-bind-weights=file=%t/q.safetensors | FileCheck %s --check-prefix=BOUND
// RUN: quant-opt %s --quant-w4a16-rtn="weights=%t/w.safetensors group-size=32 zero-point" | FileCheck %s --check-prefix=RTN
// RUN: %python %S/../Inputs/write_safetensors.py %t/x.safetensors '{"x":{"dtype":"F32","shape":[2,4],"data_offsets":[0,32]}}' '0000803f 00000040 00004040 00008040 0000803f 000080bf 0000803f 000080bf'
// RUN: quant-opt %s --quant-calibrate -o %t/observed.mlir
// RUN: quant-run %t/observed.mlir --quiet --weights=%t/w.safetensors --input=%t/x.safetensors --observe=%t/s.safetensors --second-moments
// RUN: quant-opt %s --quant-awq-w4a16="weights=%t/w.safetensors statistics=%t/s.safetensors group-size=32" | FileCheck %s --check-prefix=RTN
// RUN: quant-run %t/observed.mlir --quiet --weights=%t/w.safetensors --input=%t/x.safetensors --observe=%t/s.safetensors
// RUN: not quant-opt %s --quant-awq-w4a16="weights=%t/w.safetensors statistics=%t/s.safetensors group-size=32" 2>&1 | FileCheck %s --check-prefix=NO-MOMENTS
// RUN: not quant-opt %s --quant-naive-w8a8="weights=%t/w.safetensors" 2>&1 | FileCheck %s --check-prefix=NO-STATISTICS
// RUN: not quant-opt %s --quant-smoothquant-w8a8="weights=%t/w.safetensors activations=per-token" 2>&1 | FileCheck %s --check-prefix=NO-CALIBRATION
// RUN: not quant-opt %s --quant-smoothquant-w8a8="weights=%t/w.safetensors alpha=2" 2>&1 | FileCheck %s --check-prefix=NO-ALPHA
// RUN: not quant-opt %s --quant-smoothquant-w8a8="weights=%t/w.safetensors percentile=200" 2>&1 | FileCheck %s --check-prefix=NO-PERCENTILE
// RUN: not quant-opt %s --quant-smoothquant-w8a8="weights=%t/w.safetensors thresholds alpha=0.5" 2>&1 | FileCheck %s --check-prefix=FIXED
// RUN: not quant-opt %s --quant-smoothquant-w8a8="weights=%t/w.safetensors thresholds search=false" 2>&1 | FileCheck %s --check-prefix=NO-SEARCH
// RUN: quant-opt %s --quant-smoothquant-w8a8="weights=%t/w.safetensors statistics=%t/s.safetensors alpha=1 scales=pow2" 2>&1 | FileCheck %s --check-prefix=POW2
// RUN: not quant-opt %s --quant-w4a16-rtn="weights=%t/none.safetensors" 2>&1 | FileCheck %s --check-prefix=NO-FILE
// RUN: not quant-opt %s --quant-w4a16-rtn="weights=%t/w.safetensors group-size=100" 2>&1 | FileCheck %s --check-prefix=NO-GROUP
// RUN: not quant-opt %s --quant-naive-w8a8="activations=per-row" 2>&1 | FileCheck %s --check-prefix=NO-VALUE

// An output that is an input, by another spelling or a link, is refused before anything runs.
// RUN: ln -s w.safetensors %t/link.safetensors
// RUN: not quant-opt %s --quant-w4a16-rtn="weights=%t/w.safetensors output-weights=%t/../presets.mlir.tmp/w.safetensors" 2>&1 | FileCheck %s --check-prefix=SAME
// RUN: not quant-opt %s --quant-smoothquant-w8a8="weights=%t/w.safetensors output-weights=%t/link.safetensors" 2>&1 | FileCheck %s --check-prefix=SAME
// RUN: not quant-opt %s --quant-naive-w8a8="statistics=%t/w.safetensors output-weights=%t/w.safetensors" 2>&1 | FileCheck %s --check-prefix=SAME-STATISTICS
// SAME: error: output-weights={{.*}} is the file of weights={{.*}}/w.safetensors; write to another file
// SAME-STATISTICS: error: output-weights={{.*}} is the file of statistics={{.*}}/w.safetensors; write to another file

// A pass that fails after the file was written leaves none, nor changes one.
// RUN: cp %t/q.safetensors %t/before
// RUN: not quant-opt %s --quant-w4a16-rtn="weights=%t/w.safetensors output-weights=%t/left.safetensors" --quant-attach-statistics
// RUN: not quant-opt %s --quant-w4a16-rtn="weights=%t/w.safetensors output-weights=%t/q.safetensors" --quant-attach-statistics
// RUN: diff %t/before %t/q.safetensors
// RUN: ls %t | FileCheck %s --check-prefix=LEFT
// LEFT-NOT: {{left|\.tmp}}

// One that reads it again finds it.
// RUN: quant-opt %s --quant-w4a16-rtn="weights=%t/w.safetensors output-weights=%t/again.safetensors group-size=32" --quant-bind-weights=file=%t/again.safetensors | FileCheck %s --check-prefix=AGAIN
// AGAIN: dense_resource<{{"?}}fc.weight_packed{{.*}}> : tensor<3x2xi8>

// NO-STATISTICS: error: 'fc.input' has no absmax statistics: run quant-attach-statistics, or choose activations=per-token
// NO-MOMENTS: error: 'fc.input' has neither second moments nor sample rows: collect them with quant-run --observe=FILE --second-moments
// NO-CALIBRATION: error: no observer of the module has statistics: run quant-attach-statistics before quant-smooth
// NO-ALPHA: error: quant-smooth needs alpha in [0, 1], got 2
// NO-PERCENTILE: error: quant-smooth needs percentile
// FIXED: error: thresholds are searched beside alpha, which alpha=0.50 fixes; give one of them
// NO-SEARCH: error: thresholds are searched, which search=false forbids; give one of them
// POW2: fc.input.smoothing: "0x400000000000803F000000400000804000008040"
// NO-FILE: none.safetensors
// NO-GROUP: error: group-size=100: expected 32, 64, 128, or 0 for one group a row
// NO-VALUE: Cannot find option named 'per-row'

ml_program.global private @fc.weight(#ml_program.extern : tensor<3x4xf32>) : tensor<3x4xf32>
ml_program.global private @fc.bias(#ml_program.extern : tensor<3xf32>) : tensor<3xf32>

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d1)>

// CALIBRATE-LABEL: func @main(
// CALIBRATE-SAME:    %[[X:.*]]: tensor<2x4xf32>
// CALIBRATE:         %[[O:.*]] = quant.observe %[[X]] "fc.input"
// CALIBRATE:         linalg.matmul {{.*}} ins(%[[O]], %{{.*}} : tensor<2x4xf32>, tensor<3x4xf32>)
// EXCLUDE-NOT:     quant.observe

// NAIVE-DAG:       ml_program.global private @fc.weight(#{{.*}}) : tensor<3x4xi8>
// NAIVE-DAG:       ml_program.global private @fc.weight_scale(#{{.*}}) : tensor<f32>
// NAIVE-DAG:       ml_program.global private @fc.bias(#{{.*}}) : tensor<3xf32>
// NAIVE-NOT:       quant.observe
// NAIVE:           quant.quantize
// NAIVE:           quant.matmul {{.*}} bias(
// FILE:            "fc.weight":{"dtype":"I8","shape":[3,4],
// BOUND:           arith.constant dense_resource<fc.weight> : tensor<3x4xi8>
// BOUND:           fc.weight: "0x{{[0-9A-F]*}}7FC001020000FF0000000000"

// RTN-DAG:         arith.constant dense_resource<fc.weight_packed> : tensor<3x2xi8>
// RTN-DAG:         arith.constant dense_resource<fc.weight_zero_point> : tensor<3x1xi8>
// RTN:             quant.group_matmul
func.func @main(%x: tensor<2x4xf32>) -> tensor<2x3xf32> {
  %zero = arith.constant 0.0 : f32
  %w = ml_program.global_load_const @fc.weight : tensor<3x4xf32>
  %b = ml_program.global_load_const @fc.bias : tensor<3xf32>
  %te = tensor.empty() : tensor<4x3xf32>
  %t = linalg.transpose ins(%w : tensor<3x4xf32>) outs(%te : tensor<4x3xf32>) permutation = [1, 0]
  %e = tensor.empty() : tensor<2x3xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2x3xf32>) -> tensor<2x3xf32>
  %y = linalg.matmul ins(%x, %t : tensor<2x4xf32>, tensor<4x3xf32>) outs(%f : tensor<2x3xf32>) -> tensor<2x3xf32>
  %z = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y, %b : tensor<2x3xf32>, tensor<3xf32>) outs(%e : tensor<2x3xf32>) {
  ^bb0(%a: f32, %c: f32, %o: f32):
    %s = arith.addf %a, %c : f32
    linalg.yield %s : f32
  } -> tensor<2x3xf32>
  return %z : tensor<2x3xf32>
}
