"""Fingerprints follow the meaning of the code."""

import textwrap

import pytest

from deepae.config import fingerprint


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of two modules, one of which imports the other, and a way to write them anew."""
    monkeypatch.setattr(fingerprint, "PACKAGE", tmp_path)

    def write(name, text):
        (tmp_path / f"{name}.py").write_text(textwrap.dedent(text))
        fingerprint._module.cache_clear()
        return fingerprint.fingerprint("user")

    write.of = fingerprint.fingerprint
    (tmp_path / "user.py").write_text("from deepae.used import f\n\nanswer = f() + 1\n")
    (tmp_path / "other.py").write_text("x = 1\n")
    write("used", 'def f():\n    """Return one."""\n    return 1\n')
    yield write
    fingerprint._module.cache_clear()


def test_comments_docstrings_and_space_change_nothing(package):
    before = package("used", 'def f():\n    """Return one."""\n    return 1\n')
    after = package(
        "used", '"""A module."""\n\n# why\ndef f():\n    """Return the number one."""\n\n    return 1  # one\n'
    )
    assert before == after


def test_meaning_in_an_imported_module_changes_it(package):
    before = package("used", "def f():\n    return 1\n")
    assert package("used", "def f():\n    return 2\n") != before


def test_a_module_that_is_not_used_changes_nothing(package):
    before = package("used", "def f():\n    return 1\n")
    assert package("other", "x = 2\n") == before


def test_unknown_module_is_an_error(package):
    with pytest.raises(FileNotFoundError, match=r"deepae\.nowhere"):
        package.of("nowhere")


def test_real_modules_differ():
    fingerprint._module.cache_clear()
    assert fingerprint.fingerprint("methods.svd") != fingerprint.fingerprint("methods.ksvd")
