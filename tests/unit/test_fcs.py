"""FCS: where FlowIO reads a file, both agree; what it does not read is in tests/inputs."""

import io
import warnings

import flowio
import inputs
import numpy as np
import pytest

from deepae.data.readers.fcs import parse


def by_flowio(content):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = flowio.FlowData(io.BytesIO(content))
    return np.asarray(data.events, dtype=np.float64).reshape(data.event_count, data.channel_count), data


@pytest.mark.parametrize("order", ["1,2,3,4", "4,3,2,1"])
@pytest.mark.parametrize(("kind", "bits"), [("F", 32), ("D", 64), ("I", 8), ("I", 16), ("I", 32)])
@pytest.mark.parametrize("highest", [256, 1024, 262144])
def test_agrees_with_flowio(order, kind, bits, highest):
    rng = np.random.RandomState(bits)
    values = np.floor(rng.rand(50, 5) * min(2.0**bits, 2.0**20)) if kind == "I" else rng.randn(50, 5) * 1000
    ranges = {f"P{n}R": min(highest, 2**bits) if kind == "I" else highest for n in range(1, 6)}
    content = inputs.fcs_bytes(values=values, kind=kind, bits=bits, order=order, P2S="CD4", **ranges)
    expected, data = by_flowio(content)
    version, events, names, markers, said = parse(content, "x")
    np.testing.assert_array_equal(events, expected)
    assert (version, names, markers) == ("3.1", list(data.pnn_labels), ["", "CD4", "", "", ""])
    assert said == []


def test_agrees_on_the_bundled_file(root):
    content = (root / "resources/cytof/cytofkit_130515_C2_stim_CD19-.fcs").read_bytes()
    expected, data = by_flowio(content)
    _, events, names, markers, said = parse(content, "x")
    np.testing.assert_array_equal(events, expected)
    assert names == [name.strip() for name in data.pnn_labels]
    assert markers == [marker.strip() for marker in data.pns_labels]
    assert said == []
