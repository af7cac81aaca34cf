"""A terminal for tests: what a command writes to it, and what it shows in the end."""

import os
import pty
import re


def shown(written):
    """The lines that a terminal shows in the end: cursor up, and clear to the end, are all that is used."""
    lines, row = [""], 0
    for word in re.findall(r"\x1b\[\d*[A-Za-z]|\r|\n|[^\x1b\r\n]+", written):
        if word == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif word.endswith("A") and word[0] == "\x1b":
            row -= int(word[2:-1])
        elif word == "\x1b[J":
            lines = [*lines[:row], ""]
        elif word != "\r":
            lines[row] += word
    return [line for line in lines if line]


def in_a_terminal(command, cwd="."):
    """Run a command in a folder with a terminal for its standard streams; return what it wrote."""
    child, screen = pty.fork()
    if child == 0:
        os.chdir(cwd)
        os.environ["TERM"] = "xterm"
        os.execvp(command[0], command)
    written = b""
    while True:
        try:
            text = os.read(screen, 1 << 16)
        except OSError:  # Linux: the other end is closed
            break
        if not text:
            break
        written += text
    os.close(screen)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, written.decode()
    return written.decode().replace("\r\n", "\n")
