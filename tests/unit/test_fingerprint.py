"""Fingerprints follow the meaning of the code: of every module that a script uses, and of no other."""

import ast
import contextlib
import json
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import parsed_rules
import pytest

from deepae.config import fingerprint as fingerprints

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted(path.stem for path in (ROOT / "workflow" / "scripts").glob("*.py"))
FETCHING = {"fetch_file", "fetch", "fetch_check", "fetch_geneset", "fetch_pathway"}  # an edit must not fetch again


def use(monkeypatch, workflow):
    """Let fingerprints be those of a folder with `deepae` and `scripts`."""
    monkeypatch.setattr(fingerprints, "PACKAGE", workflow / "deepae")
    monkeypatch.setattr(fingerprints, "SCRIPTS", workflow / "scripts")
    forget()


def forget():
    """Read the files again."""
    fingerprints._fingerprint.cache_clear()
    fingerprints._read.cache_clear()


@pytest.fixture(autouse=True)
def _forgotten():
    forget()
    yield
    forget()


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A package of a few modules and one script; `small(module=text, …)` writes some anew, gives the fingerprint."""
    use(monkeypatch, tmp_path)
    for folder in ("scripts", "deepae/part"):
        (tmp_path / folder).mkdir(parents=True)

    def write(loaded=None, **texts):
        for name, text in texts.items():
            (tmp_path / "deepae" / f"{name.replace('part__', 'part/')}.py").write_text(textwrap.dedent(text))
        forget()
        return fingerprints.fingerprint("job", **(loaded or {}))

    (tmp_path / "scripts" / "job.py").write_text("from deepae.user import answer\n")
    (tmp_path / "deepae" / "__init__.py").write_text('__version__ = "1"\n')
    (tmp_path / "deepae" / "part" / "__init__.py").write_text("")
    write(user="from deepae.used import f\n\nanswer = f() + 1\n", used="def f():\n    return 1\n")
    write(other="x = 1\n", part__a="x = 1\n", part__b="x = 1\n")
    return write


def test_comments_docstrings_and_space_change_nothing(small):
    before = small(used='def f():\n    """Return one."""\n    return 1\n')
    after = small(used='"""A module."""\n\n# why\ndef f():\n    """Return the number 1."""\n\n    return (1)  # one\n')
    assert before == after


@pytest.mark.parametrize(
    "text",
    [
        "def f():\n    return 2\n",
        "def f():\n    return 1.0\n",
        "def f():\n    return '1'\n",
        "def f(a=None):\n    return 1\n",
        "def f():\n    return -1\n",
        "def f():\n    return f'{1}'\n",
    ],
)
def test_meaning_in_an_imported_module_changes_it(small, text):
    before = small(used="def f():\n    return 1\n")
    assert small(used=text) != before


def test_an_import_within_a_function_counts(small):
    before = small(used="def f():\n    from deepae.other import x\n    return x\n")
    assert small(other="x = 3\n") != before


def test_a_package_above_counts_but_not_what_its_functions_import(small):
    text = "def __getattr__(name):\n    from deepae.other import x\n    return x\n"
    before = small(__init__=text)
    assert small(other="x = 2\n") == before
    assert small(__init__=text + "\n\ny = 2\n") != before


def test_a_new_version_of_the_package_changes_nothing(small):
    assert small(__init__='__version__ = "1"\n') == small(__init__='__version__ = "2"\n')


LOADER = """
    import importlib

    NAMES = {"first": ("a", "read")}

    def f():
        return importlib.import_module(f"deepae.part.{NAMES['first'][0]}")
"""


def test_modules_loaded_by_name_count(small):
    before = small(used=LOADER)
    assert small(part__b="x = 2\n") != before, "nobody said which is loaded: all count"
    before = small({"part": ["first"]})
    assert small({"part": ["first"]}, part__b="x = 3\n") == before, "only the module of that name counts"
    assert small({"part": ["first"]}, part__a="x = 3\n") != before
    assert small({"part": ["b:Class"]}) == small({"part": ("b:Class", "b:Class")})
    with pytest.raises(FileNotFoundError, match=r"deepae\.part\.nowhere"):
        small({"part": ["nowhere"]})


def test_a_load_that_cannot_be_followed_is_an_error(small):
    with pytest.raises(ValueError, match="expected import_module"):
        small(used="import importlib\n\n\ndef f(name):\n    return importlib.import_module(name)\n")
    with pytest.raises(ValueError, match="relative import"):
        small(used="from . import other\n")


def test_files_that_the_code_names_count(small, tmp_path):
    (tmp_path / "deepae" / "style.css").write_text("a")
    templates = tmp_path / "deepae" / "templates"
    templates.mkdir()
    (templates / "page.html").write_text("{% include 'head.html' %}")
    (templates / "head.html").write_text("a")
    before = small(used='NAMES = ["style.css", "page.html"]\n\n\ndef f():\n    return 1\n')
    for path in (tmp_path / "deepae" / "style.css", templates / "head.html"):
        path.write_text("b")
        assert small() != before
        path.write_text("a")
    assert small() == before


def test_no_such_script(small):
    with pytest.raises(FileNotFoundError):
        fingerprints.fingerprint("nowhere")


# The real package.


@pytest.fixture(scope="module")
def imported():
    """Script -> modules of the package that Python itself loads for its imports; each in a fork of one process."""
    statements = {}
    for name in SCRIPTS:
        tree = ast.parse((ROOT / "workflow" / "scripts" / f"{name}.py").read_text())
        found = [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
        statements[name] = "\n".join(map(ast.unparse, found))
    code = """
        import json, os, sys
        import numpy, pandas, scipy.stats, sklearn.manifold, matplotlib.pyplot, torch
        sys.path.insert(0, sys.argv[1])
        for name, text in json.load(sys.stdin).items():
            sys.stdout.flush()
            if not (child := os.fork()):
                exec(text, {})
                found = [name for name in sys.modules if name.split(".")[0] == "deepae"]
                print(json.dumps([name, found]), flush=True)
                os._exit(0)
            if os.waitpid(child, 0)[1]:
                sys.exit(f"{name} cannot be imported")
    """
    command = [sys.executable, "-c", textwrap.dedent(code), str(ROOT / "workflow")]
    done = subprocess.run(command, input=json.dumps(statements), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:] + done.stdout[-200:]
    return {name: set(found) for name, found in map(json.loads, done.stdout.splitlines())}


def dotted(module):
    return "deepae" if module == "__init__" else f"deepae.{module}"


def test_what_python_imports_is_in_the_closure(imported):
    for script in SCRIPTS:
        derived = {dotted(module) for module in fingerprints.closure(script) if module}
        assert not imported[script] - derived, f"{script} imports what its fingerprint does not see"


def all_modules():
    top = ROOT / "workflow" / "deepae"
    paths = (path.relative_to(top).with_suffix("").parts for path in sorted(top.rglob("*.py")))
    return [".".join(parts[:-1] if parts[-1] == "__init__" and parts[1:] else parts) for parts in paths]


def test_an_edit_of_any_module_changes_the_rules_that_use_it_and_no_others(tmp_path, monkeypatch, imported):
    """For each module in turn: a statement that changes a value is put at its end."""
    for folder in ("deepae", "scripts"):
        shutil.copytree(ROOT / "workflow" / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    use(monkeypatch, tmp_path)
    read, known = fingerprints._read.__wrapped__, {}  # only the edited file is read again
    monkeypatch.setattr(fingerprints, "_read", lambda path: known.get(path) or known.setdefault(path, read(path)))
    users = {script: set(fingerprints.closure(script)) for script in SCRIPTS}
    before = {script: fingerprints.fingerprint(script) for script in SCRIPTS}
    used = set()
    for module in all_modules():
        path = fingerprints._path(module)
        text = path.read_text()
        unedited = known.pop(path, None)
        path.write_text(text + "\n\nVALUE_CHANGED = 42\n")
        fingerprints._fingerprint.cache_clear()
        changed = {script for script in SCRIPTS if fingerprints.fingerprint(script) != before[script]}
        path.write_text(text)
        known.update({path: unedited} if unedited else {})
        assert changed == {script for script in SCRIPTS if module in users[script]}, module
        assert changed >= {script for script in SCRIPTS if dotted(module) in imported[script]}, module
        used |= {module} if changed else set()
    unused = set(all_modules()) - used
    assert unused <= read_at_the_start() | run_by_hand(), "neither a script nor the Snakefile uses these modules"


def read_at_the_start():
    """Modules that the rules import: what they say is compared as params, or is no part of a result."""
    text = "\n".join(path.read_text() for path in (ROOT / "workflow" / "rules").glob("*.smk"))
    found = {}
    for line in text.splitlines():
        if line.startswith("from deepae"):
            for node in ast.parse(line).body:
                found |= dict(fingerprints._imports(node))
    return imported_by(found)


def run_by_hand():
    """Modules with a command line of their own (`python -m`), and those that these import."""
    modules = all_modules()
    return imported_by(m for m in modules if "__main__" in m or "__main__" in fingerprints._path(m).read_text())


def imported_by(modules):
    waiting, seen = list(modules), set()
    while waiting:
        module = waiting.pop()
        if module not in seen:
            seen.add(module)
            waiting += fingerprints._parents(module)
            with contextlib.suppress(ValueError):  # one that loads what it is told to, which no script may
                waiting += [name for _, name, _ in fingerprints._read(fingerprints._path(module)).imports]
    return seen


def test_each_rule_has_the_fingerprint_of_its_own_script():
    for name, rule in parsed_rules.rules().items():
        if rule["script"] in FETCHING:
            assert rule["code"] is None, f"{name}: an edit would fetch again"
        elif isinstance(rule["code"], str):
            alone = fingerprints.fingerprint(rule["script"]), fingerprints.fingerprint(rule["script"], readers=[])
            assert rule["code"] in alone, name  # what only loads saved models reads no file of cells
        else:
            assert rule["code"], f"{name} has no fingerprint"
            assert rule["script"] in rule["code"], name


# One of each kind of node whose tree, or whose text by `ast.dump`, differs between versions of Python.
SAMPLE = '''
import a.b as c
type_ = f"{c!r:>{1 + 2}} {{}} " f"{'x'}" "y" rf"\\d{c:%Y-%m-%d}" f"{c=}" f"{c:}"
class D(c.E, metaclass=int):
    x: int = 1
    @property
    async def f(self, a, /, b=1.5, *args, k=None, **kw) -> "text":
        """Say."""
        async with a as b: yield lambda: (yield)
        match a:
            case {"x": 1, **rest} | [1, *_] if b: return -1j
        try: del a[1:2, ...]
        except* ValueError as error: raise E from error
        finally: global g
        return [*a, {**b}, {1}, (i := 2), b"\\x00", u"u", True, 10**100, 1e-300]
'''


def test_a_fingerprint_is_the_same_in_every_version_of_python(tmp_path):
    """The value was found with 3.11.7, 3.12.1 and 3.13.0; each version that runs the tests has to find it again."""
    (tmp_path / "sample.py").write_text(SAMPLE)
    assert fingerprints._read(tmp_path / "sample.py").digest[:16] == "19cfd410e3483e11"
