"""`python -m fromraw` is `fromraw`."""

import sys

from fromraw.cli import main

if __name__ == "__main__":
    sys.exit(main())
