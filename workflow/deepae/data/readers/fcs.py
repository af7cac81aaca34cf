"""FCS 2 and 3 (flow and mass cytometry): list mode, floats or whole numbers of any number of bytes.

Own code, because FlowIO reads neither 24 bits nor a keyword with an empty value, and stops where HEADER and TEXT
disagree, as many cytometers' files do. Where FlowIO reads a file, both agree (tests/unit/test_fcs.py).
"""

import re

import numpy as np

from deepae.data.readers.streams import opened
from deepae.data.readers.table import Table, check_unique, only_one, to_csr
from deepae.errors import DataError

LARGEST = 4 * 2**30  # bytes; such a file is read whole
MOST_CHANNELS = 10_000
TINY = 1e-25  # no instrument measures less, nor more than one divided by it
_ORDERS = {"1,2,3,4": "<", "1,2": "<", "1,2,3,4,5,6,7,8": "<", "4,3,2,1": ">", "2,1": ">", "8,7,6,5,4,3,2,1": ">"}
_FURTHER = re.compile(rb"FCS[23]\.\d {4}[ \d]{48}")  # the HEADER of another data set
_BOOKKEEPING = re.compile(r"time|(event|cell)[ _-]?length", re.IGNORECASE)  # of the instrument, not of the cell
_MODES = {"C": "one correlated histogram", "U": "histograms"}


def fcs(sources, cofactor=None, channels=None, orientation="events-as-samples", data_set=None, bookkeeping=False):
    """Read an FCS file.

    Parameters
    ----------
    sources : list of one Source
    cofactor : float, optional
        Values become arcsinh(x / cofactor); without it they stay as they lie in the file (no gain, no compensation).
    channels : str, optional
        Regular expression; channels whose name ($PnN) or marker ($PnS) matches stay.
    orientation : {"events-as-samples", "channels-as-samples"}
        The second is how the released program takes such a matrix: events act as genes, channels as samples.
    data_set : int, optional
        Which one, from 1, of a file that holds several; without it such a file is refused.
    bookkeeping : bool
        Keep Time and the event's length, which say nothing of a cell and, unscaled, outweigh all markers. They stay
        with `channels`, which names what stays, and with channels-as-samples, which is to be as released.

    Returns
    -------
    Table
        ``var["marker"]`` or ``obs["marker"]``: $PnS, empty where the file has none.
    """
    source = only_one(sources, "fcs")
    with opened(source) as stream:
        content = stream.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise DataError(f"{source}: more than {LARGEST} bytes, refused")
    starts = [0] + [match.start() for match in _FURTHER.finditer(content, 58)]
    if data_set is not None and data_set > len(starts):
        raise DataError(f"{source}: data_set {data_set}, but the file holds {len(starts)}")
    version, events, names, markers, said = parse(content[starts[(data_set or 1) - 1] :], source, data_set is None)
    check_unique(names, source, "channel")
    if channels is not None:
        kept = [
            i
            for i, pair in enumerate(zip(names, markers, strict=True))
            if any(re.search(channels, text) for text in pair)
        ]
        if not kept:
            raise DataError(f"{source}: no channel matches {channels!r}, found {', '.join(names)}")
        events = events[:, kept]
        names, markers = [names[i] for i in kept], [markers[i] for i in kept]
    elif not bookkeeping and orientation == "events-as-samples":
        kept = [i for i, name in enumerate(names) if not _BOOKKEEPING.fullmatch(name)]
        if 0 < len(kept) < len(names):
            left = ", ".join(name for i, name in enumerate(names) if i not in kept)
            said.append(f"{left} left out: no markers (reader: bookkeeping: true keeps them)")
            events, names, markers = events[:, kept], [names[i] for i in kept], [markers[i] for i in kept]
    if cofactor is not None:
        events = np.arcsinh(events / cofactor)
    numbers = [f"event_{number}" for number in range(1, len(events) + 1)]
    notes = {"fcs_version": version, "channels": len(names), "events": len(numbers), "said": said}
    if orientation == "channels-as-samples":
        matrix = to_csr(events.T, source, ("channel", names), ("event", numbers), notes)
        return Table(matrix, numbers, names, obs={"marker": markers}, notes=notes)
    matrix = to_csr(events, source, ("event", numbers), ("channel", names), notes)
    return Table(matrix, names, numbers, var={"marker": markers}, notes=notes)


def parse(content, where, alone=True):
    """Take the bytes of an FCS file apart, or those from the HEADER of one of its data sets on.

    `alone`: no further data set may follow.

    Returns
    -------
    version : str
    events : numpy.ndarray of float64, shape (events, channels)
    names, markers : list of str
        $PnN and $PnS; a channel without a name is called after its number.
    said : list of str
        Lines for the user.
    """
    if not re.match(rb"FCS[23]\.\d", content):
        raise DataError(f"{where}: starts with {content[:6]!r}, expected an FCS file of version 2 or 3")
    version = content[3:6].decode()
    text_start, text_end, data_start, data_end = (_offset(content, at, where) for at in (10, 18, 26, 34))
    if not 0 < text_start < text_end < len(content):
        raise DataError(f"{where}: TEXT at bytes {text_start} to {text_end} of {len(content)}: damaged or truncated")
    words = _keywords(content[text_start : text_end + 1], where)
    said = []
    n_channels = _number(words, "$PAR", where)
    n_events = _number(words, "$TOT", where) if "$TOT" in words or version[0] != "2" else None  # optional in FCS 2
    if not 0 < n_channels <= MOST_CHANNELS or n_events == 0:
        raise DataError(f"{where}: {n_events} events x {n_channels} channels, expected at least one of each")
    mode = words.get("$MODE", "").upper()
    if mode in _MODES:
        raise DataError(f"{where}: the file holds {_MODES[mode]} ($MODE {mode}), expected a list of events ($MODE L)")
    if not mode:
        said.append("the file does not say its $MODE: it is read as a list of events")
    elif mode != "L":
        raise DataError(f"{where}: $MODE is {mode[:20]!r}, expected L, a list of events")
    row, masks = _row_type(words, n_channels, where)
    if n_events is None:
        n_events = max(0, data_end - data_start + 1) // row.itemsize
        said.append(f"the file does not say its $TOT: {n_events} events fill its data")
    size = n_events * row.itemsize
    starts = [(data_start, data_end, "HEADER")]
    begin, end = (words.get(key, "").strip() for key in ("$BEGINDATA", "$ENDDATA"))
    if begin.isdecimal() and end.isdecimal():
        starts.append((int(begin), int(end), "TEXT"))
    _check_bits(words, starts, n_events, n_channels, size, where)
    start = _where_data_lie(starts, size, len(content), text_end, where, n_events, n_channels, said)
    further = len(_FURTHER.findall(content, start + size)) if alone else 0
    if further:
        raise DataError(f"{where}: holds {further + 1} data sets, expected one; name it, e.g. reader='{{data_set: 1}}'")
    rows = np.frombuffer(content, dtype=row, count=n_events, offset=start)
    events = np.column_stack([_channel(rows[name], mask) for name, mask in zip(row.names, masks, strict=True)])
    _check_order(events, masks, where)
    names = [words.get(f"$P{n}N", "").strip() or f"channel_{n}" for n in range(1, n_channels + 1)]
    markers = [words.get(f"$P{n}S", "").strip() for n in range(1, n_channels + 1)]
    scaled = [name for n, name in enumerate(names, start=1) if masks[n - 1] is not None and _is_logarithmic(words, n)]
    if scaled:
        said.append(f"{', '.join(scaled)} are on a logarithmic scale ($PnE), and stay as they lie in the file")
    return version, events, names, markers, said


def _check_bits(words, pairs, n_events, n_channels, size, where):
    """Refuse floats whose $PnB fits the data and whose $DATATYPE does not: one of both is wrong."""
    bits = [words.get(f"$P{n}B", "").strip() for n in range(1, n_channels + 1)]
    said = n_events * sum(int(text) for text in bits if text.isdecimal() and len(text) < 5) // 8
    lengths = [end - start + 1 for start, end, _ in pairs]
    if said != size and said in lengths and all(abs(length - size) > 1 for length in lengths):
        raise DataError(
            f"{where}: $DATATYPE {words['$DATATYPE'].strip()} asks for {size} bytes, but $PnB and the data "
            f"have {said}: they contradict each other; export the file again"
        )


def _check_order(events, masks, where):
    """Refuse floats that are no measurements: read in the wrong order of bytes they are next to nothing, or endless."""
    looked_at = events[:: 1 + len(events) // 10_000]
    floats = np.abs(looked_at[:, [mask is None for mask in masks]])
    floats = floats[(floats > 0) & np.isfinite(floats)]
    if np.sum((floats < TINY) | (floats > 1 / TINY)) > floats.size / 2:
        raise DataError(
            f"{where}: most values are below {TINY:g} or above {1 / TINY:g}, such as {floats[0]:.3g}: $BYTEORD or "
            "$DATATYPE is wrong; export the file again"
        )


def _is_logarithmic(words, n):
    return re.match(r"\s*(0\.\d*)?[1-9]", words.get(f"$P{n}E", "")) is not None


def _offset(content, at, where):
    text = content[at : at + 8].decode("ascii", "replace").strip()
    if not text.isdecimal():
        if at < 26:
            raise DataError(f"{where}: the HEADER holds {text!r} at byte {at}, expected a byte offset: damaged")
        return 0
    return int(text)


def _number(words, key, where, default=None):
    text = words.get(key, "").strip(" \t\r\n\0")
    if not text and default is not None:
        return default
    if text.isascii() and text.isdecimal() and len(text) <= 20:
        return int(text)
    if re.fullmatch(r"\d{1,19}\.\d*|\d(\.\d+)?[eE]\+?\d{1,2}", text) and float(text).is_integer():  # 262144.0, 1e4
        return int(float(text))
    found = f"{key} is {text[:20]!r}" if key in words else f"no {key}"
    raise DataError(f"{where}: {found}, expected a whole number: damaged, or no complete FCS file")


def _keywords(data, where):
    """Return the TEXT segment as a dictionary with keys in capitals.

    A doubled delimiter is that character in a value (FCS 3), unless what follows would then be no keyword: then it
    stands around an empty value, as FCS 2 programs write it.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    text = text.rstrip("\0 \r\n")
    mark, text = text[:1], text[1:]
    if not mark or not text:
        raise DataError(f"{where}: the TEXT segment is empty: damaged")
    parts = text.removesuffix(mark).split(mark)
    escaped = _pairs(_join_doubled(parts, mark))
    plain = _pairs(parts)
    return max((escaped, plain), key=_standard_keywords)


def _join_doubled(parts, mark):
    joined, glue = [], False
    for part in parts:
        if glue:
            joined[-1] += mark + part
            glue = False
        elif part == "" and joined:
            glue = True
        else:
            joined.append(part)
    return joined


def _pairs(parts):
    return {key.strip().upper(): value for key, value in zip(parts[::2], parts[1::2], strict=False)}


def _standard_keywords(words):
    return sum(bool(re.fullmatch(r"\$(P\d+[BNRES]|TOT|PAR|MODE|DATATYPE|BYTEORD|NEXTDATA)", key)) for key in words)


def _row_type(words, n_channels, where):
    """Return the dtype of an event (a field a channel) and each channel's bit mask, or None."""
    kind = words.get("$DATATYPE", "").strip().upper()
    order = _ORDERS.get(words.get("$BYTEORD", "").replace(" ", ""))
    if kind not in ("I", "F", "D"):
        raise DataError(f"{where}: $DATATYPE is {kind[:20]!r}, expected I, F or D (whole numbers or floats)")
    if order is None:
        raise DataError(f"{where}: $BYTEORD is {words.get('$BYTEORD', '')[:20]!r}, expected 1,2,3,4 or 4,3,2,1")
    fields, masks = [], []
    for n in range(1, n_channels + 1):
        own = words.get(f"$P{n}DATATYPE", "").strip().upper() or kind  # FCS 3.2
        if own not in ("I", "F", "D"):
            raise DataError(f"{where}: $P{n}DATATYPE is {own[:20]!r}, expected I, F or D (whole numbers or floats)")
        if own != "I":
            fields.append((f"c{n}", order + {"F": "f4", "D": "f8"}[own]))
            masks.append(None)
            continue
        bits = _number(words, f"$P{n}B", where)
        if bits % 8 or not 8 <= bits <= 64:
            raise DataError(
                f"{where}: channel {n} has {bits} bits ($P{n}B), expected whole bytes; export the file as floats from "
                "the cytometer's program"
            )
        values = _number(words, f"$P{n}R", where, 0)
        masks.append((order, (1 << (values - 1).bit_length()) - 1 if values > 1 and values < 2**63 else None))
        fields.append((f"c{n}", "u1", (bits // 8,)))
    return np.dtype(fields), masks


def _channel(values, mask):
    """Return a channel's values as float64; whole numbers come as bytes, and bits beyond the range are no values."""
    if mask is None:
        return values.astype(np.float64)
    order, kept = mask
    values = values if order == ">" else values[:, ::-1]
    whole = np.zeros(len(values), dtype=np.uint64)
    for byte in values.T:
        whole = (whole << np.uint64(8)) | byte
    return (whole if kept is None else whole & np.uint64(kept)).astype(np.float64)


def _where_data_lie(pairs, size, length, text_end, where, n_events, n_channels, said):
    """Return the first byte of the data: of HEADER and TEXT the pair that fits events x bytes of an event is taken."""
    pairs = [pair for pair in pairs if pair[0] > 0 and pair[0] + size <= length]
    exact = [pair for pair in pairs if pair[1] - pair[0] + 1 == size]
    near = [pair for pair in pairs if abs(pair[1] - pair[0] + 1 - size) <= 1]
    for fitting in (exact, near, pairs):
        # A pair may claim more than the events fill (padding), never less.
        fitting = [pair for pair in fitting if pair[1] - pair[0] + 1 >= size - 1 and pair[0] > text_end]
        if fitting:
            start, end, name = fitting[0]
            if len({pair[:2] for pair in pairs}) > 1:
                said.append(
                    f"HEADER and TEXT disagree about where the data lie: {name} fits {n_events} events, is taken"
                )
            elif end - start + 1 != size:
                said.append(
                    f"the data are said to have {end - start + 1} bytes, {n_events} events fill {size}: these are read"
                )
            return start
    raise DataError(
        f"{where}: no room for {n_events} events x {n_channels} channels ({size} bytes) where the data should lie: "
        "damaged or truncated; export or fetch it again"
    )
