"""How this process computes and takes memory, set before torch is imported, which reads it once.

Measured on two cores (recipes/LOG.md): threads that sleep while they wait, instead of spinning, are several times
faster beside a busy process (one pair of runs) and no slower alone; large blocks of memory kept by the process, in huge
pages, gave a fourth more rows a second in convolutions. What a person has set already stays.
"""

import ctypes
import os
import sys

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3
"""glibc's M_TRIM_THRESHOLD, M_TOP_PAD and M_MMAP_THRESHOLD."""


def prepare_process() -> None:
    """Set the environment of OpenMP and torch's allocator, and glibc's malloc; elsewhere nothing."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")
    if sys.platform == "linux" and not any(name.startswith("MALLOC_") for name in os.environ):
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt:
            mallopt(_MMAP_THRESHOLD, 1 << 30)
            mallopt(_TRIM_THRESHOLD, 1 << 30)
            mallopt(_TOP_PAD, 256 << 20)
