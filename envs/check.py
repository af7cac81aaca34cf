"""Before anything is installed or run: can this folder and this Python do it, and was the environment made for them?

    python3 envs/check.py .venv [PYTHON]

Written for any Python 3, because it has to say which one is needed. Ends with one line and status 1 if something is in
the way. An environment that was moved with its folder is put right and said.
"""

import os
import subprocess
import sys

OLDEST, NEWEST = (3, 11), (3, 12)
SUPPORTED = "3.11 or 3.12"


def main(environment, asked=""):
    if not os.path.exists(os.path.join(environment, ".complete")):
        if os.path.lexists(os.path.join(environment, "bin", "python")):
            check_version(environment)
        check_this_python()
        return
    version = check_version(environment)
    if asked and version != version_of(asked):
        end(
            "{0} was made with Python {1}, {2} is {3}: `make clean-environment` removes it".format(
                environment, dotted(version), asked, dotted(version_of(asked))
            )
        )
    follow_a_move(environment)


def end(text):
    sys.exit("deepae: " + text)


def dotted(version):
    return ".".join(map(str, version)) if version else "not there"


def version_of(python):
    """Return (major, minor) of an interpreter, or None if it does not run."""
    code = "import sys; print(*sys.version_info[:2])"
    try:
        said = subprocess.run([python, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
        return tuple(map(int, said.split()[:2])) or None
    except (OSError, ValueError):
        return None


def check_version(environment):
    python = os.path.join(environment, "bin", "python")
    version = version_of(python)
    if version is None:
        where = os.path.realpath(python)
        end("the Python of {0} ({1}) is gone: `make clean-environment` removes it".format(environment, where))
    if not OLDEST <= version <= NEWEST:
        end(
            "{0} holds Python {1}, {2} is needed: `make clean-environment` removes it".format(
                environment, dotted(version), SUPPORTED
            )
        )
    return version


def check_this_python():
    """The Python that is to make the environment."""
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        end(
            "Python {0} is needed, this is {1}; name one: make PYTHON=python3.11".format(
                SUPPORTED, sys.version.split()[0]
            )
        )
    try:
        import ensurepip  # noqa: F401
    except ImportError as error:
        name = "python{0}.{1}-venv".format(*sys.version_info[:2])
        end("this Python cannot make environments ({0}); on Debian: apt install {1}".format(error, name))


def follow_a_move(environment):
    """Programs begin with the path of their Python: after a move of the folder that is another folder's."""
    now, stamp = os.path.abspath(environment), os.path.join(environment, ".complete")
    with open(stamp) as file:
        made, lock = file.readline().strip(), file.read()
    if not os.path.isabs(made) or made == now:
        return
    for name in os.listdir(os.path.join(environment, "bin")):
        path = os.path.join(environment, "bin", name)
        if os.path.islink(path) or not os.path.isfile(path):
            continue
        with open(path, "rb") as file:
            content = file.read()
        if b"\0" not in content and os.fsencode(made) in content:
            with open(path, "wb") as file:  # in place: it stays executable
                file.write(content.replace(os.fsencode(made), os.fsencode(now)))
    with open(stamp, "w") as file:
        file.write(now + "\n" + lock)
    print("deepae: {0} was made as {1}; its programs now begin with where it is".format(environment, made))


if __name__ == "__main__":
    main(*sys.argv[1:])
