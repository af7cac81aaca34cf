"""How the C library of a process keeps freed memory."""

import os

KEPT = {"MALLOC_MMAP_THRESHOLD_": str(2**26), "MALLOC_TRIM_THRESHOLD_": str(2**28)}
"""Up to how many bytes an array's memory, and all that is free, stays with the process."""
SINCE = (2, 36)
"""Version of glibc from which on both are taken. Older ones refuse the first, and the second alone makes it worse."""


def memory_kept(environment=os.environ):
    """Return variables for a new process that keep freed memory for its next array; those that are set stay.

    glibc gives large arrays back to the system at once, and the page faults of each new one take a fifth of the time of
    scoring. Still larger arrays, such as the weights of a network, go back: kept, they leave holes, and a job of five
    seeds needs a tenth more memory. Nothing is returned for another library, or an older version.
    """
    try:
        name, version = os.confstr("CS_GNU_LIBC_VERSION").split()
        known = name == "glibc" and tuple(map(int, version.split(".")[:2])) >= SINCE
    except (AttributeError, OSError, ValueError):  # a system without glibc
        known = False
    return {name: value for name, value in KEPT.items() if name not in environment} if known else {}
