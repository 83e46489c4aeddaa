"""The layers by arithmetic are the layers of the network."""

import pytest

from seg.network.architecture import layers


@pytest.mark.parametrize("size", [224, 96])
def test_shapes_parameters_and_multiply_accumulates_are_those_of_the_network(size):
    from seg.network.fcn import build_fcn, summarize

    built = {row.name: row for row in summarize(build_fcn(), size)}
    for layer in layers(size):
        own = built.pop(layer.name)
        assert (layer.shape, layer.parameters, layer.macs) == (own.shape, own.parameters, own.macs), layer.name
    assert set(built) == {"image", "preprocessing", "logits"}


def test_the_totals_are_the_articles():
    assert sum(layer.parameters for layer in layers()) == 26_369_987
    decoder = [layer for layer in layers() if not layer.name.startswith("block")]
    assert sum(layer.parameters for layer in decoder) == 11_655_299
