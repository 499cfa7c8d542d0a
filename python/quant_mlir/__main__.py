import sys

from quant_mlir.cli import main

sys.exit(main())
