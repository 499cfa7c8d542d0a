import os
import shutil
import sys

import lit.formats

config.name = "quant-mlir"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test", ".ptx"]
config.excludes = ["CMakeLists.txt", "Inputs", "Python", "Benchmarks", "Fuzz"]
config.test_source_root = os.path.dirname(__file__)

# tools/setup puts ptxas into the virtual environment where the machine has none.
venv_bin = os.path.join(config.quant_mlir_source_dir, ".venv", "bin")
path = [config.quant_mlir_tools_dir, config.llvm_tools_dir, os.environ["PATH"], venv_bin]
config.environment["PATH"] = os.path.pathsep.join(path)
config.environment["PYTHONPATH"] = os.path.join(config.quant_mlir_source_dir, "python")

venv_python = os.path.join(venv_bin, "python3")
python = venv_python if os.path.exists(venv_python) else sys.executable
config.substitutions.append(("%python", python))
config.substitutions.append(("%models", os.path.join(config.quant_mlir_source_dir, "models")))
config.substitutions.append(("%mlir_lib_dir", os.path.join(os.path.dirname(config.llvm_tools_dir), "lib")))
config.substitutions.append(("%quant_mlir_source", config.quant_mlir_source_dir))
config.substitutions.append(("%quant_mlir_build", config.quant_mlir_build_dir))

if shutil.which("ptxas", path=config.environment["PATH"]):
    config.available_features.add("ptxas")
if lit_config.params.get("long"):
    config.available_features.add("long")
