"""Locks between processes. The operating system drops them when a process dies, however it dies."""

import contextlib
import errno
import fcntl
import random
import time

_WITHOUT = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}


@contextlib.contextmanager
def locked(path, say):
    """Hold the lock file at `path`, after waiting for whoever has it. Without locks on this disk, say so and go on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "ab") as file:
        if not _take(file, say):
            say(f"waiting for the process that holds {path}")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def one_of(n, folder, name, say, pause=0.2):
    """Hold one of the `n` places named `name` in `folder`, after waiting until one is free."""
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        files = [stack.enter_context(open(folder / f"{name}.{i}.lock", "ab")) for i in range(n)]
        while not any(_take(file, say) for file in files):
            time.sleep(pause * random.uniform(0.5, 1.5))
        yield


def _take(file, say):
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in _WITHOUT:
            raise
        say(f"{file.name}: this file system has no locks; do not fetch twice at the same time")
    return True
