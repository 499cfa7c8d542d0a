//===- Lexer.cpp - PTX tokens ---------------------------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lexer.h"

#include "llvm/ADT/StringExtras.h"

#include <cstdlib>
#include <cstring>

using namespace llvm;

namespace quantmlir::ptx {

static bool isNameChar(char c) { return isAlnum(c) || c == '_' || c == '$'; }
static bool isNameStart(char c) {
  return isAlpha(c) || c == '_' || c == '$' || c == '%';
}
static bool isModifierChar(char c) { return isNameChar(c) || c == ':'; }

void Lexer::advance(size_t count) {
  for (; count && pos < text.size(); --count, ++pos)
    if (text[pos] == '\n') {
      ++line;
      lineStart = pos + 1;
    }
}

StringRef Lexer::takeWhile(bool (*predicate)(char)) {
  size_t start = pos;
  while (pos < text.size() && predicate(text[pos]))
    ++pos;
  return text.slice(start, pos);
}

void Lexer::skipLine() {
  while (pos < text.size() && text[pos] != '\n')
    ++pos;
}

bool Lexer::skipBlanks(Token &error) {
  while (pos < text.size()) {
    if (isSpace(peek())) {
      advance(1);
    } else if (peek() == '/' && peek(1) == '/') {
      skipLine();
    } else if (peek() == '/' && peek(1) == '*') {
      size_t end = text.find("*/", pos + 2);
      if (end == StringRef::npos) {
        error.kind = Token::Kind::Error;
        error.loc = {line, unsigned(pos - lineStart) + 1};
        error.text = "comment is not closed";
        pos = text.size();
        return false;
      }
      advance(end + 2 - pos);
    } else {
      break;
    }
  }
  return true;
}

Token Lexer::next() {
  Token token;
  if (!skipBlanks(token))
    return token;
  token.loc = {line, unsigned(pos - lineStart) + 1};
  if (pos >= text.size())
    return token;
  char c = peek();
  if (isDigit(c) || startsFraction())
    return lexNumber(token);
  if (c == '.' && isNameChar(peek(1))) {
    ++pos;
    token.kind = Token::Kind::Dot;
    token.text = takeWhile(isModifierChar);
    return token;
  }
  if (isNameStart(c) && (c != '%' || isNameChar(peek(1)))) {
    size_t start = pos++;
    takeWhile(isNameChar);
    token.kind = Token::Kind::Identifier;
    token.text = text.slice(start, pos);
    return token;
  }
  if (c == '"') {
    size_t end = text.find('"', pos + 1);
    if (end == StringRef::npos) {
      token.kind = Token::Kind::Error;
      token.text = "string is not closed";
      pos = text.size();
      return token;
    }
    token.kind = Token::Kind::String;
    token.text = text.slice(pos + 1, end);
    advance(end + 1 - pos);
    return token;
  }
  token.text = text.substr(pos, 1);
  token.kind = std::strchr(",;:{}[]()|!+-*/@=<>~&^%.?", c)
                   ? Token::Kind::Punctuator
                   : Token::Kind::Error;
  if (token.kind == Token::Kind::Error)
    token.text = "unexpected character";
  advance(1);
  return token;
}

// 0fXXXXXXXX and 0dXXXXXXXXXXXXXXXX (4.5.2).
Token Lexer::lexHexFloat(Token token) {
  bool single = toLower(peek(1)) == 'f';
  pos += 2;
  StringRef digits = takeWhile([](char c) { return isHexDigit(c); });
  if (digits.size() != (single ? 8u : 16u) ||
      digits.getAsInteger(16, token.value)) {
    token.kind = Token::Kind::Error;
    token.text = single ? "0f must be followed by 8 hexadecimal digits"
                        : "0d must be followed by 16 hexadecimal digits";
    return token;
  }
  token.kind = single ? Token::Kind::Float32 : Token::Kind::Float64;
  return token;
}

/// A float such as .5, while .2d is a modifier.
bool Lexer::startsFraction() const {
  size_t end = pos + 1;
  while (end < text.size() && isDigit(text[end]))
    ++end;
  return peek() == '.' && end > pos + 1 &&
         (end == text.size() || !isModifierChar(text[end]));
}

Token Lexer::lexNumber(Token token) {
  char second = toLower(peek(1));
  if (peek() == '0' && (second == 'f' || second == 'd'))
    return lexHexFloat(token);
  size_t start = pos;
  unsigned radix = 10;
  if (peek() == '0' && (second == 'x' || second == 'b')) {
    radix = second == 'x' ? 16 : 2;
    pos += 2;
    start = pos;
    takeWhile([](char c) { return isHexDigit(c); });
  } else {
    takeWhile([](char c) { return isDigit(c); });
    bool isFloat = false;
    if (peek() == '.' && !isNameStart(peek(1))) {
      ++pos;
      takeWhile([](char c) { return isDigit(c); });
      isFloat = true;
    }
    size_t exponent = (peek(1) == '+' || peek(1) == '-') ? 2 : 1;
    if (toLower(peek()) == 'e' && isDigit(peek(exponent))) {
      pos += exponent;
      takeWhile([](char c) { return isDigit(c); });
      isFloat = true;
    }
    if (isFloat) {
      double value = std::strtod(text.slice(start, pos).str().c_str(), nullptr);
      std::memcpy(&token.value, &value, sizeof value);
      token.kind = Token::Kind::Float64;
      return token;
    }
    if (text[start] == '0' && pos - start > 1)
      radix = 8;
  }
  token.kind = Token::Kind::Integer;
  StringRef digits = text.slice(start, pos);
  if (digits.getAsInteger(radix, token.value)) {
    token.kind = Token::Kind::Error;
    token.text = "malformed integer";
    return token;
  }
  if (peek() == 'U')
    ++pos;
  token.text = text.slice(start, pos);
  return token;
}

} // namespace quantmlir::ptx
