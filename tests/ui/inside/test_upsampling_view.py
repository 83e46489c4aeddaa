"""A transposed convolution with numbers that a visitor changes."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from seg.ui.inside import upsampling_view
from tests.ui.inside.helpers import said, visit
from tests.ui.pages import go_to


def spoken(app: AppTest) -> list[str]:
    """What the three charts say to a screen reader: the input, the output so far, the complete output."""
    return [chart.proto.alt for chart in app.main.get("vega_lite_chart")]


def test_the_output_grows_stamp_by_stamp():
    app = visit("upsampling")
    complete = "0.25 0.5 0.75 1; 0.5 1 1.5 2; 1 2 2.5 3; 1.5 3 3.5 4"
    assert spoken(app) == ["1 2; 3 4", "0.25 0.5 0.25 0; 0.5 1 0.5 0; 0.25 0.5 0.25 0; 0 0 0 0", complete]
    app.slider(key=upsampling_view.STAMPS_KEY).set_value(4).run()
    assert "**4**, from row 2, column 2" in said(app)
    assert spoken(app)[1] == complete


def test_another_kernel_gives_another_output_and_is_kept():
    app = visit("upsampling")
    app.button(key="inside-kernel-ones").click().run()
    ones = "1 1 3 2; 1 1 3 2; 4 4 10 6; 3 3 7 4"
    assert spoken(app)[2] == ones
    go_to(app, "dataset").run()
    go_to(app, "inside").run()
    assert spoken(app)[2] == ones


def test_numbers_are_short_and_zero_has_no_sign():
    assert [upsampling_view._short(value) for value in (0.25, 3.0, -1.5, -0.0, -0.001)] == [
        "0.25",
        "3",
        "-1.5",
        "0",
        "0",
    ]
