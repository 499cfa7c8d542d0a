// RUN: quant-opt %s --quant-specialize-shapes=shapes=2x3,4 --split-input-file --verify-diagnostics

// expected-error @below {{has 1 arguments, but 2 shapes are given; give one for each}}
func.func @main(%x: tensor<?x3xf32>) {
  return
}

// -----

// expected-error @below {{argument 1 is 'tensor<5xf32>', which the shape '4' does not fit}}
func.func @main(%x: tensor<?x3xf32>, %y: tensor<5xf32>) {
  return
}

// -----

// expected-error @below {{has no function 'main'}}
module {
}
