"""Writes a safetensors file with the standard library alone.

usage: write_safetensors.py FILE HEADER-JSON HEX-DATA
"""

import struct
import sys

path, header, data = sys.argv[1:]
header = header.encode()
with open(path, "wb") as file:
    file.write(struct.pack("<Q", len(header)) + header + bytes.fromhex(data))
