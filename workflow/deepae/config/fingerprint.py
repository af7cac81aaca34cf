"""Fingerprints of source code, so that a rule reruns when the code it uses changes its meaning and only then.

Snakemake does not see edits in imported modules. A fingerprint is the hash of the syntax trees, without docstrings, of
a module and of all modules of this package that it imports, directly or not; comments and white space are not in it.
"""

import ast
import functools
import hashlib
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


def fingerprint(*modules):
    """Return a hash (16 hexadecimal digits) of the code behind some modules.

    Parameters
    ----------
    *modules : str
        Names within the package, e.g. ``"methods.svd"``.

    Raises
    ------
    FileNotFoundError
        If there is no such module.
    """
    seen = set()
    waiting = list(modules)
    while waiting:
        module = waiting.pop()
        if module not in seen:
            seen.add(module)
            waiting.extend(_module(module)[1])
    digest = hashlib.sha256()
    for module in sorted(seen):
        digest.update(f"{module}\0{_module(module)[0]}\0".encode())
    return digest.hexdigest()[:16]


def _path(module):
    base = PACKAGE.joinpath(*module.split("."))
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.is_file():
            return path
    return None


@functools.cache
def _module(module):
    """Return the hash of one module's tree and the modules of this package that it imports."""
    path = _path(module)
    if path is None:
        raise FileNotFoundError(f"no module deepae.{module}")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imports = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names = [node.module] + [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            names = []
        imports.update(name.removeprefix("deepae.") for name in names if name.startswith("deepae."))
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and _has_docstring(node):
            del node.body[0]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest(), sorted(name for name in imports if _path(name))


def _has_docstring(node):
    first = node.body[0] if node.body else None
    return isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
