//===- Decoder.h - from statements to decoded instructions ------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTMLIR_LIB_PTX_DECODER_H
#define QUANTMLIR_LIB_PTX_DECODER_H

#include "Code.h"
#include "Flatten.h"

#include "llvm/ADT/Twine.h"

namespace quantmlir::ptx {

class Decoder;

/// Inst::aux of branches, whose targets are statements until all is laid out.
constexpr uint32_t branchMark = 0xB4A;

/// Decodes the current statement; false after an error.
using DecodeFn = bool (*)(Decoder &);

struct OpcodeEntry {
  const char *opcode;
  DecodeFn decode;
};

// One table for each family of instructions.
llvm::ArrayRef<OpcodeEntry> integerOpcodes();
llvm::ArrayRef<OpcodeEntry> bitOpcodes();
llvm::ArrayRef<OpcodeEntry> floatOpcodes();
llvm::ArrayRef<OpcodeEntry> compareOpcodes();
llvm::ArrayRef<OpcodeEntry> convertOpcodes();
llvm::ArrayRef<OpcodeEntry> moveOpcodes();
llvm::ArrayRef<OpcodeEntry> memoryOpcodes();
llvm::ArrayRef<OpcodeEntry> atomicOpcodes();
llvm::ArrayRef<OpcodeEntry> asyncOpcodes();
llvm::ArrayRef<OpcodeEntry> clusterOpcodes();
llvm::ArrayRef<OpcodeEntry> mbarrierOpcodes();
llvm::ArrayRef<OpcodeEntry> tensorMapOpcodes();
llvm::ArrayRef<OpcodeEntry> wgmmaOpcodes();
llvm::ArrayRef<OpcodeEntry> matrixOpcodes();
llvm::ArrayRef<OpcodeEntry> warpOpcodes();
llvm::ArrayRef<OpcodeEntry> controlOpcodes();
llvm::ArrayRef<OpcodeEntry> videoOpcodes();
llvm::ArrayRef<OpcodeEntry> runtimeOpcodes();

/// What an instruction needs that the module's .target or .version does not
/// have, as a message; empty if there is nothing.
std::string missingFeature(const Module &module, const FlatFunction &function,
                           const Statement &statement);

/// What becomes of values that nothing has written, in an instruction with or
/// without results.
Code::Flow flowOf(const Statement &statement, const Inst &inst, bool noResults);

/// What is wrong with the memory order or scope, as a message; empty if
/// nothing is.
std::string orderProblem(const Statement &statement);

/// The number of the module's target, 80 for sm_80.
unsigned targetNumber(const Module &module);

/// Decodes one entry into `Code`.
llvm::Error decodeEntry(const Program &program, const FlatFunction &function,
                        Code &code);

/// What the families' decode functions see: the statement, its modifiers not
/// yet consumed, and the instruction under construction. A modifier or operand
/// that nobody asks for is an error, so nothing is skipped in silence.
class Decoder {
public:
  Decoder(const Program &program, const FlatFunction &function, Code &code);
  llvm::Error run();

  // Modifiers.
  /// Consumes a modifier wherever it stands; false if it is absent.
  bool take(llvm::StringRef modifier);
  /// Consumes the next modifier if it names a type.
  Type takeType();
  /// The same for the only type that there is; false after an error.
  bool expectType(Type type) { return takeType() == type || unsupported(); }
  /// Consumes and returns the next modifier, empty if there is none.
  llvm::StringRef takeAny();
  /// Consumes .global, .shared{::cta, ::cluster}, ...; Generic if absent.
  bool takeSpace(Space &space);
  bool noMoreModifiers();

  // Operands.
  const Statement &statement() const { return *current; }
  size_t operandCount() const { return current->operands.size(); }
  const Operand &operand(size_t i) const { return current->operands[i]; }
  bool expectOperands(size_t least, size_t most);
  bool expectOperands(size_t count) { return expectOperands(count, count); }

  /// Operand as destination or source of `type`; the width must match.
  bool def(Ref &ref, const Operand &operand, Type type);
  bool use(Ref &ref, const Operand &operand, Type type);
  /// A predicate that may have a '!' in front.
  bool usePredicate(Ref &ref, const Operand &operand, bool &negated);
  /// Register of any width at least that of `type`; its bytes go to `bytes`
  /// (operand size relaxation of ld, st and cvt, 9.4.1).
  bool defWide(Ref &ref, const Operand &operand, Type type, unsigned &bytes);
  bool useWide(Ref &ref, const Operand &operand, Type type, unsigned &bytes);
  /// Appends to the instruction's list.
  bool listDef(const Operand &operand, Type type);
  bool listUse(const Operand &operand, Type type);
  void appendRefs(llvm::ArrayRef<Ref> refs);
  /// Address: base into `ref`, offset into `offset`. A named variable gives
  /// its space if `space` is Generic.
  bool address(Ref &ref, int64_t &offset, bool &narrow, Space &space,
               const Operand &operand);
  bool immediate(int64_t &value, const Operand &operand);

  Ref constant(uint64_t bits, unsigned bytes);
  /// A register of the emulator's own.
  Ref temporary(Type type);
  void noteDef(Ref ref);
  void noteUse(Ref ref);
  unsigned countUses() const { return unsigned(pending.uses.size()); }
  /// What has been used since there were `before` uses is what is stored.
  void noteStored(unsigned before) { pending.stored = {before, countUses()}; }
  void noteAddressLanes(uint32_t lanes) { pending.addressLanes = lanes; }
  /// The carry flag of add.cc and its kin.
  Ref carry();
  unsigned registerBytes(unsigned reg) const;
  /// Modifiers not yet consumed.
  llvm::ArrayRef<llvm::StringRef> restModifiers() const { return modifiers; }
  /// What the instruction needs of the checks.
  void usesAsyncProxy() { code.asyncProxy = true; }
  void usesHeap() { code.heap = true; }
  void usesProxyFence(ProxySpaces spaces) {
    code.proxyFences |= uint8_t(1u << spaces);
  }
  void usesWgmma(int fragmentRegisters) {
    code.asyncProxy = code.wgmma = true;
    pending.product = fragmentRegisters;
  }

  bool error(Loc loc, const llvm::Twine &message);
  bool error(const llvm::Twine &message) {
    return error(current->loc, message);
  }
  bool unsupported();
  bool badType(Type type);

  /// Appends the instruction, with the statement's guard.
  bool emit();
  bool emit(ExecFn fn) {
    inst.fn = fn;
    return fn ? emit() : unsupported();
  }
  /// The address of a variable in its own space.
  bool variableAddress(const Operand &operand, uint64_t &address, Space &space);

  Inst inst;
  const Program &program;
  const FlatFunction &function;

private:
  /// An instruction for `result` in front of the one under construction.
  void insertBefore(const Inst &before, Ref result);
  void append();
  bool decodeStatement(const Statement &statement, bool leader);
  void resolveTargets(const std::vector<unsigned> &blockStart,
                      const std::vector<unsigned> &blockOfStatement);
  /// The operand's register may hold `type`, its width aside.
  bool checkKind(const Operand &operand, Type type);
  bool useRegister(Ref &ref, const Operand &operand, Type type,
                   unsigned &bytes);
  bool useSpecial(Ref &ref, const Operand &operand, Type type, unsigned &bytes);
  bool useAddress(Ref &ref, const Operand &operand, unsigned bytes);
  bool specialRegister(Ref &ref, const Operand &operand, Type &type);
  /// Packs the registers; returns those that may be read unwritten.
  std::vector<unsigned> allocateRegisters();
  /// Marks the instructions that deal with registers that may be unwritten.
  void trackUnwritten(std::vector<unsigned> unwritten);
  std::string describeRegister(unsigned reg) const;

  Code &code;
  const Statement *current = nullptr;
  llvm::SmallVector<llvm::StringRef, 8> modifiers;
  llvm::StringMap<DecodeFn> table;
  /// Registers that each instruction reads and writes.
  std::vector<Code::Registers> accesses;
  Code::Registers pending;
  std::vector<Type> registerTypes;
  llvm::StringMap<unsigned> specials;
  std::map<std::pair<uint64_t, unsigned>, Ref> constants;
  llvm::StringMap<unsigned> classIds;
  Ref carryRef;
  bool leaderPending = false;
  std::string message;
  Loc messageLoc;
  bool failed = false;
};

} // namespace quantmlir::ptx

#endif // QUANTMLIR_LIB_PTX_DECODER_H
