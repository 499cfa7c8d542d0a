//===- Trial.h - what a candidate takes -------------------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_TOOLS_QUANT_TUNE_TRIAL_H
#define QUANT_MLIR_TOOLS_QUANT_TUNE_TRIAL_H

#include "Problem.h"

#include "quant-mlir/Conversion/QuantToNVGPU/Kernels.h"
#include "quant-mlir/Runtime/GPU.h"
#include "quant-mlir/Target/PTX.h"

#include <map>

namespace mlir::quantmlir {

/// Makes GPUs that record what kernels do.
using MakeGPU = llvm::function_ref<llvm::Expected<std::unique_ptr<GPU>>()>;

/// Compiles kernels of candidates and tells what they take.
class Trial {
public:
  Trial(const Chip &chip, Assembler assembler, StringRef nvdisasm,
        StringRef executable)
      : chip(chip), assembler(std::move(assembler)), nvdisasm(nvdisasm),
        executable(executable) {}

  /// The kernel of a candidate; fails, with a reason, for a tile that it cannot
  /// have.
  FailureOr<Kernel> getKernel(const Problem &problem,
                              const Candidate &candidate,
                              std::string &whyNot) const;

  /// Fills in what the machine code tells. Nothing is known of kernels that
  /// have no main loop, or whose block does not fit: those are errors.
  llvm::Error estimate(const Problem &problem, const Kernel &kernel,
                       Candidate &candidate);

  /// Runs it on random codes, and fills in what the GPU recorded.
  llvm::Error run(const Problem &problem, const Kernel &kernel,
                  Candidate &candidate, int64_t launches,
                  MakeGPU makeGPU) const;

private:
  /// Machine code, and what ptxas says of it.
  using Compiled = std::pair<SassKernel, KernelResources>;
  llvm::Expected<Compiled> compile(const Kernel &kernel, Location loc) const;

  const Chip &chip;
  Assembler assembler;
  StringRef nvdisasm, executable;
  /// By name: one kernel serves many sizes.
  std::map<std::string, Compiled> compiled;
};

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_TOOLS_QUANT_TUNE_TRIAL_H
