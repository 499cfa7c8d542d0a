"""Writes a statistics file of one observer with the standard library alone."""

import argparse
import json
import struct

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("file")
parser.add_argument("observer")
parser.add_argument("channels", type=int)
parser.add_argument("--module", required=True)
parser.add_argument("--runs", default="0-1")
parser.add_argument("--absmax", type=float, default=1.0)
parser.add_argument("--mean", type=float, default=0.5)
args = parser.parse_args()

header = {
    "__metadata__": {
        "format": "quant-mlir statistics 1",
        "module": args.module,
        "runs": args.runs,
        "samples_per_run": "1",
    }
}
data = b""


def add(kind, dtype, code, shape, value):
    global data
    count = shape[0] * (shape[1] if len(shape) > 1 else 1)
    begin = len(data)
    data += struct.pack(f"<{count}{code}", *[value] * count)
    header[f"{args.observer}.{kind}"] = {
        "dtype": dtype,
        "shape": shape,
        "data_offsets": [begin, len(data)],
    }


add("absmax", "F32", "f", [args.channels], args.absmax)
add("min", "F32", "f", [args.channels], -1.0)
add("max", "F32", "f", [args.channels], 1.0)
add("mean_abs", "F32", "f", [args.channels], args.mean)
add("count", "I64", "q", [1], 8)
add("sum_abs", "F64", "d", [1, args.channels], 4.0)

text = json.dumps(header).encode()
with open(args.file, "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text + data)
