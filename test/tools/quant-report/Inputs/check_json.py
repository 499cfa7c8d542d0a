"""Reads a report of one activation.  usage: check_json.py REPORT.json"""

import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    report = json.load(file)
(activation,) = report["activations"]
largest = activation["outliers"][0]
assert largest["absmax"] == activation["absmax"]
print(
    f"1 activation of linears {', '.join(activation['linears'])};"
    f" channel {largest['channel']} is the largest outlier"
)
assert activation["errors"].keys() == report["schemes"].keys()
for key, summary in report["schemes"].items():
    # One activation is its own mean and worst.
    assert abs(summary["mean_error"] - activation["errors"][key]) < 1e-9
    assert summary["worst_error"] == activation["errors"][key]
    assert summary["worst"] == activation["name"]
    # A note says why, where there is no gain.
    assert (summary["speedup"] < 1.05) == bool(summary["speed"])
assert "quantizing the input takes" in report["schemes"]["smoothquant_static"]["speed"]
assert report["schemes"]["w4a16_g64"]["speed"] == ""
print(f"errors and summaries agree; recommended {report['recommended']}")
