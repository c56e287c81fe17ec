"""`python -m sim` is `nine-dragons`."""

import sys

from sim.cli import main

if __name__ == "__main__":
    sys.exit(main())
