"""FCS: bits, byte orders, offsets and keywords as instruments and programs write them."""

import gzip
import re

import numpy as np
from inputs.making import *

READS_EVENTS = {"values": EVENTS, "genes": CHANNELS, "cells": [f"event_{i}" for i in range(1, 41)]}


@reads(**READS_EVENTS)
def fcs_plain(folder):
    return fcs(folder)


@reads(**READS_EVENTS)
def fcs_double_big_endian(folder):
    return fcs(folder, kind="D", bits=64, order="4,3,2,1")


@reads(**READS_EVENTS)
def fcs_16_bits(folder):
    return fcs(folder, kind="I", bits=16, order="2,1")


@reads(**READS_EVENTS)
def fcs_24_bits(folder):
    return fcs(folder, kind="I", bits=24, order="4,3,2,1")


@reads(**READS_EVENTS)
def fcs_24_bits_little_endian(folder):
    return fcs(folder, kind="I", bits=24)


@reads(**READS_EVENTS)
def fcs_bits_beyond_the_range(folder):
    return fcs(folder, values=EVENTS + 4096, kind="I", bits=16)


@reads("HEADER fits 40 events, is taken", **READS_EVENTS)
def fcs_header_is_right(folder):
    return fcs(folder, shift=(0, -200))


@reads("TEXT fits 40 events, is taken", **READS_EVENTS)
def fcs_text_is_right(folder):
    return fcs(folder, shift=(-200, 0), ends=(-10, 0))


@reads("said to have 801 bytes, 40 events fill 800", **READS_EVENTS)
def fcs_off_by_one(folder):
    return fcs(folder, b"\0", ends=(1, 1))


@reads("said to have 799 bytes, 40 events fill 800", **READS_EVENTS)
def fcs_one_byte_less(folder):
    return fcs(folder, ends=(-1, -1))


@reads(**READS_EVENTS)
def fcs_empty_values(folder):
    return fcs(folder, P3S="", P4S="", SRC="")


@reads(values=EVENTS, genes=["FSC-A", "SSC-A", "FL1/A", "FL2-A", "FL3-A"], cells=False)
def fcs_doubled_delimiters(folder):
    return fcs(folder, P3N="FL1//A")


@reads("does not say its $MODE".replace("$", r"\$"), **READS_EVENTS)
def fcs_without_mode(folder):
    return fcs(folder, MODE=None)


@reads("does not say its $MODE".replace("$", r"\$"), **READS_EVENTS)
def fcs_with_an_empty_mode(folder):
    return fcs(folder, MODE="")


@refuses(r"the file holds histograms \(\$MODE U\)")
def fcs_histogram(folder):
    return fcs(folder, MODE="U")


HUGE = EVENTS + np.where(np.arange(5) == 2, 2**24 + 1, 0)


@reads("whole numbers above 16777216 are rounded", **READS_EVENTS | {"values": HUGE.astype(np.float32)})
def fcs_large_numbers(folder):
    return fcs(folder, values=HUGE, kind="I", P3R=2**26)


@refuses(r"holds 2 data sets, expected one; name it, e\.g\. reader='\{data_set: 1\}'")
def fcs_two_data_sets(folder):
    return fcs(folder, fcs_bytes(values=EVENTS + 1), NEXTDATA="900")


@reads(reader={"data_set": 2}, **READS_EVENTS | {"values": EVENTS + 1})
def fcs_second_data_set(folder):
    return fcs_two_data_sets(folder)


@refuses(r"channel name 'FL1-A' occurs twice(?!.*cell)(?!.*header)")
def fcs_channel_twice(folder):
    return fcs(folder, P4N="FL1-A")


@refuses(r"channel name 'FL1-A' occurs twice")
def fcs_channel_twice_but_for_a_space(folder):
    return fcs(folder, P5N="FL1-A ", P5S="CD4")


@refuses(r"channel 2 has 10 bits")
def fcs_ten_bits(folder):
    return fcs(folder, kind="I", bits=16, P2B=10)


@refuses(r"no room for 4000 events x 5 channels")
def fcs_truncated(folder):
    return fcs(folder, TOT=4000)


@refuses(r"5 events, expected at least 6")
def fcs_few_events(folder):
    return fcs(folder, values=EVENTS[:5])


@reads(**READS_EVENTS)
def fcs_numbers_written_as_floats(folder):
    ranges = {f"P{n}R": text for n, text in enumerate(("262144.0", "1e4", "1024.", "2.62144e5", "1023"), start=1)}
    return fcs(folder, kind="I", TOT="  40 ", PAR="5.0", **ranges)


@reads(**READS_EVENTS)
def fcs_range_of_64_bits(folder):
    return fcs(folder, kind="I", bits=64, P1R=2**64)


@refuses(r"\$P1R is 'many', expected a whole number")
def fcs_range_that_is_none(folder):
    return fcs(folder, kind="I", P1R="many")


def _mixed(kinds):
    """Return events as bytes: each channel big-endian and of its own type."""
    row = np.dtype([(f"c{i}", kind) for i, kind in enumerate(kinds)])
    rows = np.zeros(len(EVENTS), row)
    for name, column in zip(row.names, EVENTS.T, strict=True):
        rows[name] = column
    return rows.tobytes()


def _with_data(folder, data, **words):
    """Write a file whose data are these bytes."""
    width = len(data) // len(EVENTS)
    content = fcs_bytes(np.zeros((len(EVENTS), width)), CHANNELS, 8, "I", "4,3,2,1", **words)
    (folder / "cells.fcs").write_bytes(content[: len(content) - len(data)] + data)
    return folder / "cells.fcs"


@reads(**READS_EVENTS)
def fcs_mixed_bits(folder):
    bits = {"P1B": 16, "P2B": 32, "P3B": 16, "P4B": 64, "P5B": 16}
    return _with_data(folder, _mixed([">u2", ">u4", ">u2", ">u8", ">u2"]), **bits)


@reads(**READS_EVENTS)
def fcs_types_of_channels(folder):
    """FCS 3.2: a channel may have a type of its own."""
    bits = {"P1B": 32, "P2B": 32, "P3B": 64, "P4B": 32, "P5B": 16}
    types = {"DATATYPE": "F", "P3DATATYPE": "D", "P5DATATYPE": "I"}
    return _with_data(folder, _mixed([">f4", ">f4", ">f8", ">f4", ">u2"]), **bits, **types)


@reads(r"FL1-A, FL2-A are on a logarithmic scale \(\$PnE\), and stay", **READS_EVENTS)
def fcs_logarithmic_channels(folder):
    return fcs(folder, kind="I", bits=16, P3E="4,1", P4E="4.0,0.1")


@reads(r"the file does not say its \$TOT: 40 events fill its data", **READS_EVENTS)
def fcs_2_without_the_number_of_events(folder):
    path = fcs(folder, TOT=None)
    path.write_bytes(path.read_bytes().replace(b"FCS3.1", b"FCS2.0"))
    return path


@reads(**READS_EVENTS)
def fcs_packed(folder):
    path = folder / "cells.fcs.gz"
    path.write_bytes(gzip.compress(fcs(folder).read_bytes()))
    return path


@refuses(r"most values are below 1e-25 or above 1e\+25, such as .*: \$BYTEORD or \$DATATYPE is wrong")
def fcs_wrong_order_of_bytes(folder):
    return fcs(folder, BYTEORD="4,3,2,1")


@refuses(r"\$DATATYPE F asks for 800 bytes, but \$PnB and the data have 1600: they contradict each other")
def fcs_doubles_called_floats(folder):
    return fcs(folder, kind="D", bits=64, DATATYPE="F")


@reads(**READS_EVENTS)
def fcs_floats_of_16_bits(folder):
    """$PnB is wrong, and the bytes leave no doubt."""
    return fcs(folder, P1B=16)


@reads(**READS_EVENTS)  # of $DATATYPE F: each value has 32 bits
def fcs_bits_that_are_no_number(folder):
    path = fcs(folder)
    content = path.read_bytes()
    (at,) = [match.end() for match in re.finditer(rb"\$P1B.", content)]
    path.write_bytes(content[: at + 1] + "²".encode("latin-1") + content[at + 2 :])
    return path
