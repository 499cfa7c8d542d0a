//===- quant-plugin.cpp - plugin for stock mlir-opt -----------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// mlir-opt --load-dialect-plugin=QuantMLIRPlugin.so \
//          --load-pass-plugin=QuantMLIRPlugin.so \
//          --pass-pipeline='builtin.module(quant-…)'
//
// The first option brings the ops, the second the passes and pipelines. A tool
// that has our passes already cannot load the second: the pass registry takes
// each name once.
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/InitAll.h"

#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "mlir/Tools/Plugins/PassPlugin.h"

static constexpr const char *pluginName = "QuantMLIRPlugin";

extern "C" mlir::DialectPluginLibraryInfo mlirGetDialectPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, pluginName, QUANT_MLIR_VERSION,
          [](mlir::DialectRegistry *registry) {
            mlir::quantmlir::registerAllDialects(*registry);
          }};
}

extern "C" mlir::PassPluginLibraryInfo mlirGetPassPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, pluginName, QUANT_MLIR_VERSION,
          mlir::quantmlir::registerAllPasses};
}
