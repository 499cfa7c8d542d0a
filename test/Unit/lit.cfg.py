import os

import lit.formats

config.name = "quant-mlir-unit"
# The programs are build products, so the suite's source is the build folder.
config.test_source_root = config.test_exec_root
config.test_format = lit.formats.GoogleTest(".", "Tests")
# Paths of a developer's shell must not reach the programs under test.
keep = ("HOME", "LD_LIBRARY_PATH", "TMPDIR", "ASAN_OPTIONS", "UBSAN_OPTIONS")
config.environment.update({k: os.environ[k] for k in keep if k in os.environ})
