"""The network as a table and as a diagram."""

from __future__ import annotations

import pytest

from seg.ui.inside import network_view
from tests.ui.inside.helpers import EN, visit


def test_the_table_has_every_layer_and_its_work():
    table = visit("network").dataframe[0].value
    assert len(table) == 30
    assert table[EN["parameters"]].sum() == 26_369_987
    assert table[EN["mmacs"]].sum() == pytest.approx(23_829, abs=30)


def test_the_diagram_shows_every_block_and_skip_with_its_work():
    drawn = network_view._diagram(network_view.layers())
    assert drawn.count("-. skip .->") == 3
    for words in ("14 × 14 × 512<br/>7,079,424 · 1.39 G", "7 × 7 × 512", "224 × 224 × 3<br/>3,459 · 0.04 G"):
        assert words in drawn
    assert "class b3,b4,b5,d0 tap" in drawn
