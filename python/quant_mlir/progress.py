"""A line on a terminal that shows how far a loop is."""

import sys
import time


class Progress:
    """Call with (done, total); prints nothing when stderr is no terminal."""

    def __init__(self, label):
        self.label = label
        self.begin = time.monotonic()

    def __call__(self, done, total):
        if not sys.stderr.isatty():
            return
        elapsed = time.monotonic() - self.begin
        left = elapsed / done * (total - done)
        end = "\n" if done == total else ""
        line = f"\r{self.label} {done}/{total}, {left:.0f} s left "
        print(line, end=end, file=sys.stderr, flush=True)
