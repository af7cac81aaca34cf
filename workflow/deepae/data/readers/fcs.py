"""FCS 2 and 3 (flow and mass cytometry), read by FlowIO."""

import io
import re
import warnings

import numpy as np

from deepae.data.readers.streams import opened
from deepae.data.readers.table import Table, check_unique, only_one, to_csr
from deepae.errors import DataError

LARGEST = 4 * 2**30  # bytes; such a file is read whole


def fcs(sources, cofactor=None, channels=None, orientation="events-as-samples"):
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

    Returns
    -------
    Table
        ``var["marker"]`` or ``obs["marker"]``: $PnS, empty where the file has none.
    """
    import flowio

    source = only_one(sources, "fcs")
    with opened(source) as stream:
        content = stream.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise DataError(f"{source}: more than {LARGEST} bytes, refused")
    if not content.startswith(b"FCS"):
        raise DataError(f"{source}: starts with {content[:6]!r}, expected an FCS file")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            data = flowio.FlowData(io.BytesIO(content))
            events = np.asarray(data.events, dtype=np.float64)
            names = [str(name).strip() for name in data.pnn_labels]
            markers = [str(marker).strip() for marker in data.pns_labels]
            wanted = int(data.event_count), int(data.channel_count)
    except Exception as error:  # FlowIO has no one error for a damaged file
        line = " ".join(str(error).split()) or type(error).__name__
        raise DataError(f"{source}: no readable FCS file ({line}); expected FCS 2 or 3 with one data set") from error
    if wanted[1] != len(names) or events.size != wanted[0] * wanted[1] or events.size == 0:
        raise DataError(f"{source}: {events.size} values for {wanted[0]} events x {wanted[1]} channels: damaged")
    check_unique(names, source)
    events = events.reshape(wanted)
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
    if cofactor is not None:
        events = np.arcsinh(events / cofactor)
    numbers = [f"event_{number}" for number in range(1, len(events) + 1)]
    notes = {"fcs_version": str(data.version), "channels": len(names), "events": len(numbers)}
    if orientation == "channels-as-samples":
        return Table(to_csr(events.T, source), numbers, names, obs={"marker": markers}, notes=notes)
    return Table(to_csr(events, source), names, numbers, var={"marker": markers}, notes=notes)
