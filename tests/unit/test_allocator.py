"""Memory that is kept: both variables or none, and never in place of the user's own."""

import os
import subprocess
import sys

import pytest

from deepae.io import allocator

FAULTS = """
import resource
import numpy as np

before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    np.ones(10_000_000, dtype=np.float32).sum()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.parametrize(
    ("library", "kept"), [("glibc 2.36", 2), ("glibc 2.41", 2), ("glibc 2.35", 0), ("glibc 2.9", 0), ("musl 1.2", 0)]
)
def test_only_libraries_that_take_both_variables_get_them(monkeypatch, library, kept):
    monkeypatch.setattr(os, "confstr", lambda name: library)
    assert len(allocator.memory_kept({})) == kept
    assert "MALLOC_TRIM_THRESHOLD_" not in allocator.memory_kept({"MALLOC_TRIM_THRESHOLD_": "1"})


def test_a_system_without_glibc_gets_none(monkeypatch):
    def refuse(name):
        raise ValueError("unrecognized configuration name")

    monkeypatch.setattr(os, "confstr", refuse)
    assert allocator.memory_kept({}) == {}


@pytest.mark.skipif(not allocator.memory_kept({}), reason="another C library")
def test_arrays_are_made_where_others_were():
    def faults(**variables):
        own = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
        own["NUMPY_MADVISE_HUGEPAGE"] = "0"  # small pages are counted better
        done = subprocess.run(
            [sys.executable, "-c", FAULTS], env=own | variables, capture_output=True, text=True, check=True
        )
        return int(done.stdout)

    assert faults(**allocator.memory_kept({})) < faults() / 3
