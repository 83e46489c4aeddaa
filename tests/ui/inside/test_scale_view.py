"""The scale of the encoder's activations."""

from __future__ import annotations

from tests.ui.inside.helpers import EN, visit


def test_the_scale_of_the_photo_stands_beside_the_two_that_were_measured(look):
    table = visit("scale").dataframe[0].value.set_index(EN["layer"])
    assert table.loc["block3_conv2", EN["scale_of_vgg"]] == 308
    assert table.loc["block5_conv3", EN["scale_of_folded"]] == 1
    assert table[EN["scale_here"]].notna().all() and len(table) == 14


def test_the_first_loss_is_shown_with_either_scale():
    metrics = {metric.label: metric.value for metric in visit("scale").metric}
    assert metrics[EN["first_loss_as_is"]] == "26" and metrics[EN["first_loss_folded"]] == "1.3"
