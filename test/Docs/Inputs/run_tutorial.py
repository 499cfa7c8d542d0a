"""Runs the `sh` blocks of a Markdown page in one folder and compares what each
prints with the `text` block that follows it.

usage: run_tutorial.py PAGE FOLDER
"""

import re
import subprocess
import sys

page, folder = sys.argv[1:]
blocks = re.findall(r"^```(sh|text)\n(.*?)^```$", open(page).read(), re.M | re.S)


def without_positions(text):
    """Lines of PTX move with the compiler's version."""
    return re.sub(r"(\.ptx:|line )\d+(:\d+)?", r"\1N", text).strip()


failed = 0
for (kind, commands), (next_kind, expected) in zip(blocks, blocks[1:] + [("", "")]):
    if kind != "sh":
        continue
    done = subprocess.run(["bash", "-e", "-o", "pipefail", "-c", commands], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    wanted = expected if next_kind == "text" else ""
    if done.returncode == 0 and without_positions(done.stdout) == without_positions(wanted):
        continue
    failed += 1
    print(f"--- commands\n{commands}--- printed ({done.returncode})\n{done.stdout}--- expected\n{wanted}")
print(f"{sum(kind == 'sh' for kind, _ in blocks)} blocks, {failed} failed")
sys.exit(failed != 0)
