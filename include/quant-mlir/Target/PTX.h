//===- PTX.h - PTX and cubins of a module's quantized ops -------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_TARGET_PTX_H
#define QUANT_MLIR_TARGET_PTX_H

#include "quant-mlir/Conversion/QuantToNVGPU/Chips.h"
#include "quant-mlir/Conversion/QuantToNVGPU/Kernels.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mlir::quantmlir {

//===----------------------------------------------------------------------===//
// Kernels of a module
//===----------------------------------------------------------------------===//

/// A kernel and the ops that it serves.
struct KernelUses {
  Kernel kernel;
  /// How often each shape occurs; see getKernelSizes for what a shape is.
  std::map<SmallVector<int64_t>, int64_t> shapes;
};

/// What the quantized ops of a module need, on tensors or on memrefs.
struct KernelInventory {
  /// By kernel name.
  std::map<std::string, KernelUses> kernels;
  /// Ops that stay on the host, counted by reason.
  std::map<std::string, int64_t> onHost;
  /// Ops that are computed in another way than asked for, counted by what
  /// getSubstitute says.
  std::map<std::string, int64_t> substituted;
};
/// Fails with an error at an op that asks for a tile that cannot be. On
/// tensors, kernels have epilogues if `epilogues` is set.
FailureOr<KernelInventory>
collectKernels(ModuleOp module, const KernelTarget &target, bool epilogues);

/// Registers what compileToPTX needs: dialects, translations to LLVM IR and the
/// NVVM target.
void registerPTXTarget(DialectRegistry &registry);

/// Upstream's lowering of a module that launches kernels: host code to LLVM,
/// kernels to PTX in `gpu.binary` ops.
LogicalResult lowerLaunches(ModuleOp module, const Chip &chip);

/// The PTX of `kernels` as one module, for one chip. Emits errors at `loc`.
FailureOr<std::string> compileToPTX(Location loc, ArrayRef<Kernel> kernels,
                                    const Chip &chip);

//===----------------------------------------------------------------------===//
// ptxas
//===----------------------------------------------------------------------===//

/// What ptxas reports of a kernel.
struct KernelResources {
  int64_t registers = 0;
  /// Bytes of spill stores and loads.
  int64_t spillBytes = 0;
  /// What it says of wgmma that it serializes or waits for: `(C7510) …`.
  std::vector<std::string> serializations;
};

/// NVIDIA's assembler.
class Assembler {
public:
  /// `path` if it is not empty; otherwise the one on PATH, in $VIRTUAL_ENV, or
  /// in `.venv` of the current folder or of a folder above `executable`.
  static llvm::Expected<Assembler> find(StringRef path, StringRef executable);

  /// Assembles a PTX file to a cubin. Resources by kernel name.
  llvm::Expected<std::map<std::string, KernelResources>>
  assemble(StringRef ptxFile, StringRef cubinFile, const Chip &chip) const;

  StringRef getPath() const { return path; }

private:
  explicit Assembler(std::string path) : path(std::move(path)) {}
  std::string path;
};

/// Reads the output of `ptxas -v`.
std::map<std::string, KernelResources> parseResources(StringRef ptxasOutput);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_TARGET_PTX_H
