"""A Python that has its imports done: hundreds of jobs of a second each, without the second.

Snakemake starts a Python for every job, which imports numpy, pandas or torch: a second for a job of a tenth of one.
`warm()` starts one process with everything imported; Snakemake itself and each job are forks of it, asked for by a
client that stands in for the interpreter. The jobs, their order and their files are the same. Times of jobs mean
nothing then, so a rehearsal at full size does without.
"""

import atexit
import contextlib
import importlib
import json
import os
import pkgutil
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

MODULES = ("snakemake.cli", "snakemake.script", "torch", "anndata", "pandas", "scipy.stats", "matplotlib.figure")
MODULES += ("sklearn.cluster", "gseapy", "openTSNE", "seaborn", "lxml.etree", "GEOparse", "flowio")
SHEBANG = "#!{python} -SE\n"
# The client sends its arguments, folder, environment and open files, and waits for the exit status.
CLIENT = """
import json, os, socket, sys
if len(sys.argv) < 2 or not sys.argv[1].endswith(".py"):
    os.execv({python!r}, [{python!r}, *sys.argv[1:]])
with socket.socket(socket.AF_UNIX) as ask:
    ask.connect({address!r})
    request = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
    socket.send_fds(ask, [len(request).to_bytes(4, "big")], [0, 1, 2])
    ask.sendall(request)
    sys.exit(int(ask.recv(1) or b"1"))
"""


@contextlib.contextmanager
def warm(package=True):
    """Yield the words that start `snakemake` with warm jobs, while the process behind them lives.

    With `package` the jobs have this package's modules imported as well; without, they import those of the checkout
    they run in, which may be another.
    """
    with tempfile.TemporaryDirectory(prefix="deepae-warm-") as folder:
        address, client = f"{folder}/socket", Path(folder, "python")
        client.write_text(SHEBANG.format(python=sys.executable) + CLIENT.format(python=sys.executable, address=address))
        client.chmod(0o700)
        command = [sys.executable, __file__, address, *(["package"] if package else [])]
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL, env=os.environ | {"OMP_NUM_THREADS": "1"})
        try:
            while not Path(address).exists():
                if server.poll() is not None:
                    raise RuntimeError("the warm Python ended before its first job")
                time.sleep(0.05)
            start = Path(folder, "start.py")
            start.write_text(f"import sys\nsys.executable = {str(client)!r}\nfrom snakemake.cli import main\nmain()\n")
            yield [str(client), str(start)]
        finally:
            server.terminate()
            server.wait()


def serve(address, package):
    """Import everything, then fork once for each request."""
    sys.path.pop(0)  # this file's folder
    for name in MODULES:
        importlib.import_module(name)
    if package:
        found = importlib.import_module("deepae")
        for module in pkgutil.walk_packages(found.__path__, "deepae."):
            if not module.name.startswith("deepae.rehearsal"):
                importlib.import_module(module.name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(address + ".new")
        door.listen(64)
        os.rename(address + ".new", address)
        while True:
            asked, _ = door.accept()
            with asked:
                if os.fork() == 0:
                    door.close()
                    _answer(asked)


def _answer(asked):
    """In the child: become the client, run its script, send the exit status."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    atexit._clear()  # what the imports of the parent left for its own end
    size, files, _, _ = socket.recv_fds(asked, 4, 3)
    arguments, folder, environment = json.loads(_exactly(asked, int.from_bytes(size, "big")))
    for number, file in enumerate(files):
        os.dup2(file, number)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    status = 1
    try:
        sys.argv = arguments
        paths = [str(Path(arguments[0]).resolve().parent), *environment.get("PYTHONPATH", "").split(os.pathsep)]
        sys.path[:0] = [path for path in paths if path and path not in sys.path]
        runpy.run_path(arguments[0], run_name="__main__")
        status = 0
    except SystemExit as error:
        if isinstance(error.code, str):
            print(error.code, file=sys.stderr)
        status = error.code if isinstance(error.code, int) else int(error.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        atexit._run_exitfuncs()  # `os._exit` does not: the last line of a failed run is said there
        with contextlib.suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
            asked.sendall(str(min(status, 9)).encode())
        os._exit(status)


def _exactly(asked, size):
    parts = b""
    while len(parts) < size:
        parts += asked.recv(size - len(parts)) or sys.exit(1)
    return parts


if __name__ == "__main__":
    serve(sys.argv[1], package="package" in sys.argv[2:])
