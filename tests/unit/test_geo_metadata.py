"""GEO's metadata as GEOparse reads them, against the catalogue."""

import gzip

import pytest

from deepae.config import catalogue
from deepae.data import geo_metadata
from deepae.data.geo_metadata import Series
from deepae.errors import DataError

SOFT = """^DATABASE = GeoMiame
!Database_name = Gene Expression Omnibus (GEO)
^SERIES = GSE60361
!Series_title = Single-cell RNA-seq of mouse cortex
!Series_geo_accession = GSE60361
!Series_sample_id = GSM1
!Series_sample_id = GSM2
!Series_supplementary_file = ftp://ftp.ncbi.nlm.nih.gov/geo/series/GSE60nnn/GSE60361/suppl/a=b.txt.gz
^PLATFORM = GPL1
!Platform_title = A platform
!Platform_organism = Mus musculus
#ID = probe
!platform_table_begin
ID
p1
!platform_table_end
^SAMPLE = GSM1
!Sample_title = cell 1
!Sample_geo_accession = GSM1
!Sample_organism_ch1 = Mus musculus
#ID_REF = probe
#VALUE = signal
!sample_table_begin
ID_REF\tVALUE
p1\t1.5
!sample_table_end
^SAMPLE = GSM2
!Sample_title = cell 2
!Sample_geo_accession = GSM2
!Sample_organism_ch1 = Mus musculus
"""
MATRIX = """!Series_title\t"Maize ""nested"" lines"
!Series_geo_accession\t"GSE45235"
!Series_sample_id\t"GSM1 GSM2 GSM3 "

!Sample_title\t"a"\t"b"\t"c"
!Sample_geo_accession\t"GSM1"\t"GSM2"\t"GSM3"
!Sample_organism_ch1\t"Zea mays"\t"Zea mays"\t"Zea mays"
!series_matrix_table_begin
"ID_REF"\t"GSM1"\t"GSM2"\t"GSM3"
"p1"\t1\tnull\t-2
!series_matrix_table_end
"""


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_family_soft(tmp_path, end):
    path = tmp_path / "GSE60361_family.soft.gz"
    path.write_bytes(gzip.compress(SOFT.replace("\n", end).encode()))
    expected = Series("GSE60361", "Single-cell RNA-seq of mouse cortex", ("Mus musculus",), 2)
    assert geo_metadata.read(path) == expected


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_series_matrix(tmp_path, end):
    path = tmp_path / "GSE45235_series_matrix.txt.gz"
    path.write_bytes(gzip.compress(MATRIX.replace("\n", end).encode()))
    assert geo_metadata.read(path) == Series("GSE45235", 'Maize "nested" lines', ("Zea mays",), 3)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("GSE1_family.soft.gz", gzip.compress(SOFT.encode())[:200]),
        ("GSE1_family.soft.gz", gzip.compress(b"nothing of GEO\n")),
        ("GSE1_family.soft.gz", gzip.compress(b"^SERIES = GSE1\n^SERIES = GSE2\n!Series_title = x\n")),
        ("GSE1_family.soft.gz", gzip.compress(SOFT.split("^SAMPLE")[0].encode())),
        ("GSE1_family.soft.gz", b"<html>"),
        ("GSE1_series_matrix.txt.gz", gzip.compress(MATRIX.encode())[:100]),
        ("GSE1_series_matrix.txt.gz", gzip.compress(b"\n")),
        ("GSE1_series_matrix.txt.gz", b"<html>"),
    ],
)
def test_damaged_metadata_are_one_line(tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(DataError, match=name) as error:
        geo_metadata.read(tmp_path / name)
    assert "\n" not in str(error.value)


def test_address_of_the_soft_follows_geos_pattern():
    assert geo_metadata.soft_file("GSE60361") == {
        "name": "GSE60361_family.soft.gz",
        "url": "{base}/series/GSE60nnn/GSE60361/soft/GSE60361_family.soft.gz",
    }
    assert "/series/GSE102nnn/GSE102475/" in geo_metadata.soft_file("GSE102475")["url"]
    assert "/series/GSEnnn/GSE68/" in geo_metadata.soft_file("GSE68")["url"]


def test_the_same_folder_as_the_files_of_the_catalogue(root):
    entries = catalogue.from_source(catalogue.load(root / "config" / "datasets.yaml"), "geo")
    compared = 0
    for entry in entries.values():
        for file in entry["files"]:
            if "accession" in entry and "url" in file:
                folder = geo_metadata.soft_file(entry["accession"])["url"].rsplit("/", 2)[0]
                assert file["url"].rsplit("/", 2)[0] == folder
                compared += 1
    assert compared >= 11


ENTRY = {"accession": "GSE60361", "species": "Mus musculus", "expected": {"genes": 1, "cells": 2}, "title": "A title"}


def test_no_difference():
    assert geo_metadata.compare(ENTRY, Series("GSE60361", "A  title", ("Mus musculus",), 2)) == []
    assert geo_metadata.compare({}, Series("GSE1", "", (), 1)) == []


def test_every_difference_is_told():
    found = geo_metadata.compare(ENTRY, Series("GSE45235", "Another", ("Homo sapiens", "Mus musculus"), 3))
    assert [line.split(":")[0] for line in found] == ["accession", "organism", "samples", "title"]
    assert found[1] == "organism: catalogue Mus musculus, GEO Homo sapiens, Mus musculus"
    assert found[2].startswith("samples: catalogue 2 cells, GEO 3 samples")


def test_block_is_readable():
    series = Series("GSE60361", "A title", ("Mus musculus",), 2)
    text = geo_metadata.block([("a", series, []), ("long", series, ["organism: …"]), ("c", None, "404 Not Found")])
    assert text.splitlines() == [
        "GEO metadata against the catalogue",
        "  a     same  GSE60361, Mus musculus, 2 samples: A title",
        "  long  DIFFERS  GSE60361, Mus musculus, 2 samples: A title",
        "          organism: …",
        "  c     not compared: 404 Not Found",
    ]
