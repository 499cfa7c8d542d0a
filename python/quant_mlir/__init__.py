"""Import, text, checkpoints and evaluation around the quantization compiler.

Nothing in this package stands between a `.mlir` file and the kernels: it turns
public models into weightless IR and safetensors files, and real text into
token files.
"""
