"""Fingerprints of the code behind a rule, so that it reruns when that code changes its meaning and only then.

Snakemake does not see edits in imported modules. A fingerprint is a hash of the syntax trees of a rule's script and of
all modules of this package that it imports, directly or not, at its top or within a function. Modules loaded by name
(`importlib.import_module` in `methods.base` and `data.readers`) belong to it, and so do files of the package that its
code names (a style sheet, a template). Comments, docstrings and white space do not, and neither does the version of
Python: the trees are written out here, because `ast.dump` changes between versions.

What was read from a file is kept beside Python's own compiled modules until the file changes: reading all of them takes
a third of the time in which Snakemake starts.
"""

import ast
import contextlib
import functools
import hashlib
import json
import os
import re
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
SCRIPTS = PACKAGE.parent / "scripts"
_FILE = re.compile(r"[\w-][\w.-]*\.(?!py$)\w+")  # the name of a file that is no module
ALL = None  # as the names that an import uses: the module itself, with everything in it


@dataclass
class _Code:
    """What is read from one source file.

    Attributes
    ----------
    digest : str
        Hash of the syntax tree.
    imports : list of (str, str, tuple of str or None)
        Function or class that imports (``""`` for the module's top), module of the package, and which of its names;
        `ALL` for the module itself.
    loads : list of (str, str)
        Function that loads modules by name, and the package they are in.
    names : dict of str to str
        Under which name (a file layout) which module is loaded, where a dictionary of the module says so.
    files : list of str
        Texts in the code that may name files of the package.
    packages : list of str
        Other packages that are imported, those of Python itself left out.
    """

    digest: str
    imports: list = field(default_factory=list)
    loads: list = field(default_factory=list)
    names: dict = field(default_factory=dict)
    files: list = field(default_factory=list)
    packages: list = field(default_factory=list)


def fingerprint(script, **loaded):
    """Return a hash (16 hexadecimal digits) of the code behind a script of the workflow.

    Parameters
    ----------
    script : str
        Name of a file in workflow/scripts, without its suffix.
    **loaded : iterable of str
        What the script loads by name from a package, e.g. ``methods=["svd:SVD"]`` or ``readers=["h5ad"]``. Of a package
        that is not named, every module counts.

    Raises
    ------
    FileNotFoundError
        If there is no such script, or no module of a given name.
    """
    return _fingerprint(script, tuple(sorted((name, tuple(sorted(set(chosen)))) for name, chosen in loaded.items())))


@functools.cache
def _fingerprint(script, loaded):
    digest = hashlib.sha256()
    for name, code in sorted(closure(script, dict(loaded)).items()):
        digest.update(f"{name}\0{code.digest}\0".encode())
        for path in named_files(name, code):
            digest.update(f"{path.name}\0".encode() + path.read_bytes())
    _kept().save()
    return digest.hexdigest()[:16]


def named_files(module, code):
    """Return the files of the package that the code of a module names, sorted."""
    directory = _path(module).parent if module else SCRIPTS
    return sorted({path for name in code.files for path in _files(directory, name)})


def packages(script, **loaded):
    """Return the names of the packages that a script imports, without those of Python itself; see `fingerprint`."""
    return set().union(*(code.packages for code in closure(script, loaded).values()))


def all_packages(scripts, **loaded):
    """Return what `packages` says of several scripts, sorted; names of which there is no script are left out."""
    own = [name for name in sorted(scripts) if (SCRIPTS / f"{name}.py").exists()]
    return sorted(set().union(*(packages(name, **loaded) for name in own)))


def closure(script, loaded=None):
    """Return what a script uses: module (within the package; the script itself is ``""``) -> its code."""
    loaded = loaded or {}
    found = {"": _read(SCRIPTS / f"{script}.py")}
    waiting, done = [(module, names) for _, module, names in found[""].imports], set()
    while waiting:
        module, names = waiting.pop()
        if (module, names) in done:
            continue
        done.add((module, names))
        code = found[module] = _read(_path(module))
        waiting.extend((parent, ()) for parent in _parents(module))  # a package above runs, but nothing in it is called
        waiting.extend((other, used) for function, other, used in code.imports if names != () or not function)
        for function, package in code.loads:
            if names is ALL or function in names:
                chosen = loaded.get(package.rpartition(".")[2], _modules_of(package))
                modules = (code.names.get(name, name.partition(":")[0]) for name in chosen)
                waiting.extend((f"{package}.{name}", ALL) for name in modules)
    return found


def _parents(module):
    parts = module.split(".")
    return ["__init__"] * (module != "__init__") + [".".join(parts[:end]) for end in range(1, len(parts))]


def _path(module):
    base = PACKAGE.joinpath(*module.split("."))
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.is_file():
            return path
    raise FileNotFoundError(f"no module deepae.{module}")


def _modules_of(package):
    base = PACKAGE.joinpath(*package.split("."))
    paths = (path.relative_to(base).with_suffix("").parts for path in base.rglob("*.py"))
    return sorted(".".join(parts) for parts in paths if parts[-1] != "__init__")


class _Kept:
    """What was read from files before, in a file of its own; void when a module comes or goes."""

    def __init__(self):
        self._path = PACKAGE / "__pycache__" / f"fingerprint.{sys.implementation.cache_tag}.json"
        self._modules = hashlib.sha256("".join([__doc__, *_modules_of("")]).encode()).hexdigest()
        self._codes, self._changed = {}, False
        with contextlib.suppress(OSError, ValueError):
            kept = json.loads(self._path.read_text(encoding="utf-8"))
            self._codes = kept["codes"] if kept["modules"] == self._modules else {}

    def read(self, path):
        """Return the `_Code` of a file."""
        about = path.stat()
        key = [about.st_mtime_ns, about.st_size]
        found = self._codes.get(str(path))
        if not found or found["key"] != key:
            found = self._codes[str(path)] = {"key": key, "code": asdict(_parse(path))}
            self._changed = True
        code = _Code(**found["code"])
        code.imports = [(function, module, names and tuple(names)) for function, module, names in code.imports]
        return code

    def save(self):
        """Write what was read; where that is not allowed, it is read again the next time."""
        if not self._changed:
            return
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(exist_ok=True)
            new = self._path.with_suffix(f".{os.getpid()}")
            own = {path: code for path, code in self._codes.items() if Path(path).is_relative_to(PACKAGE.parent)}
            new.write_text(json.dumps({"modules": self._modules, "codes": own}), encoding="utf-8")
            os.replace(new, self._path)
        self._changed = False


_kept = functools.cache(_Kept)


@functools.cache
def _read(path):
    return _kept().read(path)


def _parse(path):
    """Read one source file."""
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    written = []
    _write(tree, written)
    code = _Code(hashlib.sha256("".join(written).encode()).hexdigest())
    files, packages = set(), set()
    for function, node in _nodes(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            code.imports += [(function, *imported) for imported in _imports(node)]
            packages |= _others(node)
        elif isinstance(node, ast.Call) and _is_load(node):
            code.loads.append((function, _package_loaded(node)))
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
            code.names |= _names(node.value)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            files |= {node.value} if _FILE.fullmatch(node.value) else set()
    code.files, code.packages = sorted(files), sorted(packages)
    return code


# What a tree says.


def _nodes(tree, function=""):
    """Yield (function or class of the module's top that it is in, node) for all nodes of a tree."""
    for node in ast.iter_child_nodes(tree):
        yield function, node
        named = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and not function
        yield from _nodes(node, node.name if named else function)


def _imports(node):
    """Return (module, names) for each import of the package."""
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names if _is_own(alias.name)]
        return [(name.removeprefix("deepae").lstrip(".") or "__init__", ALL) for name in names]
    if node.level == 0 and not _is_own(node.module):
        return []
    if node.level:
        raise ValueError(f"line {node.lineno}: found a relative import, expected one that begins with deepae")
    package = node.module.removeprefix("deepae").lstrip(".")
    found = []
    for alias in node.names:
        module = f"{package}.{alias.name}".lstrip(".")
        found.append((module, ALL) if _is_module(module) else (package or "__init__", (alias.name,)))
    return found


def _others(node):
    names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
    return {name.split(".")[0] for name in names} - {"deepae", ""} - sys.stdlib_module_names


def _is_own(name):
    return name.split(".")[0] == "deepae"


def _is_module(module):
    base = PACKAGE.joinpath(*module.split("."))
    return base.with_suffix(".py").is_file() or (base / "__init__.py").is_file()


def _is_load(call):
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    return name in ("import_module", "__import__", "run_module", "run_path")


def _package_loaded(call):
    """Return the package that a call of `import_module` loads from: the name must begin with it, in plain sight."""
    name = call.args[0]
    start = name.values[0] if isinstance(name, ast.JoinedStr) else name
    text = start.value if isinstance(start, ast.Constant) else ""
    if not _is_own(text) or not text.endswith("."):
        raise ValueError(
            f"line {call.lineno}: found {ast.unparse(call)}, expected import_module(f'deepae.package.{{…}}')"
        )
    return text.removeprefix("deepae.").rstrip(".")


def _names(dictionary):
    """Return the entries of a dictionary such as ``{"h5ad": ("h5ad", "read")}``: name -> module."""
    try:
        entries = ast.literal_eval(dictionary)
    except ValueError:
        return {}
    return {
        name: value[0]
        for name, value in entries.items()
        if isinstance(name, str) and isinstance(value, tuple) and value and isinstance(value[0], str)
    }


def _files(directory, name):
    """Return the file of the package that a text in the code names, with those that it names itself (templates)."""
    found = [path for path in (directory / name, directory / "templates" / name) if path.is_file()]
    if found and found[0].parent.name == "templates":
        text = found[0].read_text(encoding="utf-8")
        found += [path for path in found[0].parent.iterdir() if path not in found and path.name in text]
    return found


# How a tree is written, the same in every version of Python.

_SKIPPED = {"ctx", "type_comment", "type_ignores", "kind"}


def _write(node, out):
    """Append a tree as text, piece by piece, to a list."""
    if isinstance(node, ast.AST):
        out.append(f"({type(node).__name__}")
        for name in sorted(node._fields):
            value = getattr(node, name, None)
            if name in _SKIPPED or value is None or value == []:
                continue
            if name == "body" and isinstance(value, list):
                value = [statement for statement in value if not _says_nothing(statement)]
            elif name == "values" and isinstance(node, ast.JoinedStr):
                value = _joined(value)
            out.append(f" {name}=")
            _write(value, out)
        out.append(")")
    elif isinstance(node, list):
        out.append("[")
        for item in node:
            _write(item, out)
        out.append("]")
    else:
        out.append(f"{type(node).__name__}:{node!r}")


def _joined(values):
    """Return the parts of an f-string with neighbouring constants as one: versions of Python cut them differently."""
    merged = []
    for value in values:
        if isinstance(value, ast.Constant) and merged and isinstance(merged[-1], ast.Constant):
            merged[-1] = ast.Constant(merged[-1].value + value.value)
        elif not isinstance(value, ast.Constant) or value.value:
            merged.append(value)
    return merged


def _says_nothing(statement):
    """Whether a statement is a docstring or gives the package its version: neither changes a result."""
    if isinstance(statement, ast.Assign):
        return ast.unparse(statement.targets[0]) == "__version__"
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )
