// RUN: quant-opt %s --verify-diagnostics --quant-insert-observers="exclude=("

// expected-error@+1 {{exclude=( is not a valid regular expression: parentheses not balanced}}
module {}
