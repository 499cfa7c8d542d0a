//===- ParseConstant.cpp - constant expressions (4.5) ---------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Parser.h"

#include <algorithm>

using namespace llvm;

namespace quantmlir::ptx {

static constexpr unsigned maxDepth = 64;

/// How tightly the operator at the current token binds, from 1; 0 if there is
/// none. Comparisons, && and ?: are not supported.
unsigned Parser::operatorLevel() const {
  if (token.is('*') || token.is('/') || token.is('%'))
    return 6;
  if (token.is('+') || token.is('-'))
    return 5;
  if ((token.is('<') && ahead.is('<')) || (token.is('>') && ahead.is('>')))
    return 4;
  if (token.is('&'))
    return 3;
  if (token.is('^'))
    return 2;
  return token.is('|') ? 1 : 0;
}

/// Arithmetic is that of .s64, or of .u64 if `isUnsigned`, and wraps.
static int64_t combine(char op, int64_t a, int64_t b, bool isUnsigned) {
  auto x = uint64_t(a), y = uint64_t(b);
  switch (op) {
  case '*':
    return int64_t(x * y);
  case '/':
    if (isUnsigned)
      return int64_t(x / y);
    return b == -1 ? int64_t(0 - x) : a / b;
  case '%':
    return int64_t(x % y);
  case '+':
    return int64_t(x + y);
  case '-':
    return int64_t(x - y);
  case '&':
    return a & b;
  case '^':
    return a ^ b;
  case '|':
    return a | b;
  case '<':
    return y < 64 ? int64_t(x << y) : 0;
  default:
    if (isUnsigned)
      return y < 64 ? int64_t(x >> y) : 0;
    return a >> std::min<uint64_t>(y, 63);
  }
}

bool Parser::parseConstantUnary(int64_t &value, bool &isUnsigned) {
  if (++constantDepth > maxDepth)
    return error("constants are nested too deeply");
  if (accept('(')) {
    if (!parseConstantBinary(value, isUnsigned, 0) || !expect(')'))
      return false;
  } else if (token.is('-') || token.is('~') || token.is('+')) {
    char sign = token.text[0];
    consume();
    if (!parseConstantUnary(value, isUnsigned))
      return false;
    value = sign == '-'   ? int64_t(0 - uint64_t(value))
            : sign == '~' ? ~value
                          : value;
  } else {
    isUnsigned = token.text.ends_with_insensitive("u");
    if (!parseInteger(value))
      return false;
    // What does not fit .s64 is .u64.
    isUnsigned |= value < 0;
  }
  --constantDepth;
  return true;
}

bool Parser::parseConstant(int64_t &value, unsigned least) {
  bool isUnsigned;
  return parseConstantBinary(value, isUnsigned, least);
}

bool Parser::parseConstantBinary(int64_t &value, bool &isUnsigned,
                                 unsigned least) {
  if (!parseConstantUnary(value, isUnsigned))
    return false;
  while (unsigned level = operatorLevel()) {
    if (level < least)
      break;
    char op = token.text[0];
    Loc loc = token.loc;
    consume();
    bool isShift = level == 4;
    if (isShift)
      consume();
    int64_t right;
    bool isRightUnsigned;
    if (!parseConstantBinary(right, isRightUnsigned, level + 1))
      return false;
    if ((op == '/' || op == '%') && right == 0)
      return error(loc, "division by zero in a constant");
    // Remainders are of .u64, whatever the operands are, as ptxas has it.
    isUnsigned |= (isRightUnsigned && !isShift) || op == '%';
    value = combine(op, value, right, isUnsigned);
  }
  return true;
}

} // namespace quantmlir::ptx
