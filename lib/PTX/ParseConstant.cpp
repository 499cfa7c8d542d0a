//===- ParseConstant.cpp - constant expressions (4.5) ---------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Parser.h"

#include "llvm/ADT/bit.h"

using namespace llvm;

namespace quantmlir::ptx {

static constexpr unsigned maxDepth = 64;

/// Binary operators by how tightly they bind (4.5.4); those of two characters
/// first.
static const std::pair<const char *, unsigned> operators[] = {
    {"||", 1}, {"&&", 2}, {"==", 6}, {"!=", 6}, {"<=", 7}, {">=", 7},
    {"<<", 8}, {">>", 8}, {"|", 3},  {"^", 4},  {"&", 5},  {"<", 7},
    {">", 7},  {"+", 9},  {"-", 9},  {"*", 10}, {"/", 10}, {"%", 10}};

static unsigned levelOf(StringRef op) {
  for (auto [name, level] : operators)
    if (op == name)
      return level;
  return 0;
}

/// The binary operator at the current token, empty if there is none.
StringRef Parser::constantOperator() const {
  if (token.kind != Token::Kind::Punctuator)
    return "";
  const char *begin = token.text.data();
  if (ahead.kind == Token::Kind::Punctuator && ahead.text.data() == begin + 1)
    if (StringRef both(begin, 2); levelOf(both))
      return both;
  return levelOf(token.text) ? token.text : "";
}

/// Arithmetic is that of .s64, or of .u64 if `isUnsigned`, and wraps; shifts
/// go by the lowest 6 bits, as ptxas has it.
static int64_t calculate(StringRef op, int64_t a, int64_t b, bool isUnsigned) {
  auto x = uint64_t(a), y = uint64_t(b);
  if (op == "<<")
    return int64_t(x << (y & 63));
  if (op == ">>")
    return isUnsigned ? int64_t(x >> (y & 63)) : a >> (y & 63);
  switch (op[0]) {
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
  default:
    return a | b;
  }
}

template <typename T>
static bool compare(StringRef op, T a, T b) {
  return op == "=="   ? a == b
         : op == "!=" ? a != b
         : op == "<"  ? a < b
         : op == "<=" ? a <= b
         : op == ">"  ? a > b
                      : a >= b;
}

static double calculate(char op, double a, double b) {
  return op == '+' ? a + b : op == '-' ? a - b : op == '*' ? a * b : a / b;
}

static double asDouble(int64_t bits) { return bit_cast<double>(bits); }

bool Parser::combine(Constant &left, StringRef op, const Constant &right,
                     Loc loc) {
  using Kind = Constant::Kind;
  unsigned level = levelOf(op);
  bool isComparison = level == 6 || level == 7, isShift = level == 8;
  bool isFloat = left.isFloat() || right.isFloat();
  if (isFloat && !isComparison && level < 9)
    return error(loc, "'" + op + "' is for integers");
  if (left.isFloat() != right.isFloat())
    return error(loc, "'" + op + "' has an integer and a float");
  if (isFloat) {
    double a = asDouble(left.value), b = asDouble(right.value);
    if (op == "%")
      return error(loc, "'%' is for integers");
    if (op == "/" && b == 0)
      return error(loc, "division by zero in a constant");
    if (isComparison)
      left = {Kind::Signed, compare(op, a, b)};
    else
      left.value = bit_cast<int64_t>(calculate(op[0], a, b));
    return true;
  }
  if (level <= 2) {
    bool a = left.value != 0, b = right.value != 0;
    left = {Kind::Signed, op == "&&" ? a && b : a || b};
    return true;
  }
  if ((op == "/" || op == "%") && right.value == 0)
    return error(loc, "division by zero in a constant");
  // Remainders are of .u64, whatever the operands are, as ptxas has it.
  bool isUnsigned = left.kind == Kind::Unsigned || op == "%" ||
                    (right.kind == Kind::Unsigned && !isShift);
  if (isComparison)
    left = {Kind::Signed, isUnsigned ? compare(op, uint64_t(left.value),
                                               uint64_t(right.value))
                                     : compare(op, left.value, right.value)};
  else
    left = {isUnsigned ? Kind::Unsigned : Kind::Signed,
            calculate(op, left.value, right.value, isUnsigned)};
  return true;
}

bool Parser::applyUnary(Constant &constant, char op, Loc loc) {
  using Kind = Constant::Kind;
  if (constant.isFloat()) {
    if (op == '!' || op == '~')
      return error(loc, Twine("'") + Twine(op) + "' is for integers");
    if (op == '-')
      constant.value = bit_cast<int64_t>(-asDouble(constant.value));
    return true;
  }
  if (op == '!')
    constant = {Kind::Signed, constant.value == 0};
  else if (op == '~')
    constant = {Kind::Unsigned, ~constant.value};
  else if (op == '-')
    constant.value = int64_t(0 - uint64_t(constant.value));
  return true;
}

// A literal, WARP_SZ, or an expression in parentheses.
bool Parser::parseConstantPrimary(Constant &constant) {
  using Kind = Constant::Kind;
  if (accept('('))
    return parseConstant(constant) && expect(')');
  if (token.kind == Token::Kind::Identifier && token.text == "WARP_SZ") {
    constant = {Kind::Signed, 32};
  } else if (token.kind == Token::Kind::Float64) {
    constant = {Kind::Float, int64_t(token.value)};
  } else if (token.kind == Token::Kind::Integer) {
    auto value = int64_t(token.value);
    // What does not fit .s64 is .u64.
    bool isUnsigned = token.text.ends_with_insensitive("u") || value < 0;
    constant = {isUnsigned ? Kind::Unsigned : Kind::Signed, value};
  } else if (token.kind == Token::Kind::Float32) {
    return error("a 0f value is not a part of expressions; 0d values are");
  } else {
    return error("expected an integer");
  }
  consume();
  return true;
}

// +x, -x, ~x, !x, (.s64)x or (.u64)x
bool Parser::parseConstantUnary(Constant &constant) {
  using Kind = Constant::Kind;
  if (++constantDepth > maxDepth)
    return error("constants are nested too deeply");
  Loc loc = token.loc;
  bool ok;
  if (token.is('-') || token.is('~') || token.is('+') || token.is('!')) {
    char op = token.text[0];
    consume();
    ok = parseConstantUnary(constant) && applyUnary(constant, op, loc);
  } else if (token.is('(') && ahead.kind == Token::Kind::Dot) {
    consume();
    bool isUnsigned = token.text == "u64";
    if (!isUnsigned && token.text != "s64")
      return error("constants are cast to .s64 or .u64");
    consume();
    ok = expect(')') && parseConstantUnary(constant) &&
         (!constant.isFloat() || error(loc, "a cast is for integers"));
    constant.kind = isUnsigned ? Kind::Unsigned : Kind::Signed;
  } else {
    ok = parseConstantPrimary(constant);
  }
  --constantDepth;
  return ok;
}

bool Parser::parseConstantBinary(Constant &constant, unsigned least) {
  if (!parseConstantUnary(constant))
    return false;
  for (;;) {
    StringRef op = constantOperator();
    unsigned level = levelOf(op);
    if (!level || level < least)
      return true;
    Loc loc = token.loc;
    for (size_t i = 0; i < op.size(); ++i)
      consume();
    Constant right;
    if (!parseConstantBinary(right, level + 1) ||
        !combine(constant, op, right, loc))
      return false;
  }
}

// a, or a ? b : c, whose type is that of what it chooses.
bool Parser::parseConstant(Constant &constant) {
  if (++constantDepth > maxDepth)
    return error("constants are nested too deeply");
  if (!parseConstantBinary(constant, 1))
    return false;
  Loc loc = token.loc;
  if (accept('?')) {
    Constant first, second;
    if (!parseConstant(first) || !expect(':') || !parseConstant(second))
      return false;
    if (constant.isFloat() || first.isFloat() || second.isFloat())
      return error(loc, "'?:' is for integers");
    constant = constant.value ? first : second;
  }
  --constantDepth;
  return true;
}

bool Parser::parseInteger(int64_t &value) {
  Loc loc = token.loc;
  Constant constant;
  if (!parseConstant(constant))
    return false;
  value = constant.value;
  return !constant.isFloat() || error(loc, "expected an integer");
}

} // namespace quantmlir::ptx
