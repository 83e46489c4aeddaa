"""The scale of the encoder's activations, as VGG16 has it and folded, and what either does to the first epochs."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from seg.article.measured import first_losses, mean_iou_by_epoch
from seg.colours import BLUE, GREEN, ORANGE
from seg.network.architecture import TAPS
from seg.network.vgg16 import MEAN_ACTIVATION
from seg.ui.inside import photo_view
from seg.ui.shared import download_buttons, parts
from seg.ui.shared.charts import Spec, nominal, quantitative
from seg.ui.shared.language import t

TICKS = [1, 3, 10, 30, 100, 300]
# The name of each line, and the training whose curve it is: pairs that differ in the scale alone (tuned), or in the
# article's [-1, 1] against ImageNet's preprocessing, folded (frozen).
CURVES = {
    "tuned": {"as_is": "small_as_is", "folded": "small_folded"},
    "frozen": {"signed": "meant", "folded": "folded"},
}


def show() -> None:
    st.markdown(t("inside.scale_text"))
    st.vega_lite_chart(*_bars(), alt=t("inside.scale_alt"), key="inside-scale-bars")
    st.markdown(t("inside.scale_fold"))
    st.header(t("inside.scale_first"), anchor=False)
    cell = parts.grid(170)
    for name, value in first_losses().items():
        cell().metric(t(f"inside.first_loss_{name}"), f"{value:g}", help=t(f"inside.first_loss_{name}_help"))
    st.markdown(t("inside.scale_effect", folded=mean_iou_by_epoch("folded")[1], meant=mean_iou_by_epoch("meant")[5]))
    cell = parts.grid(300)
    for kind, trainings in CURVES.items():
        with cell():
            st.markdown(f"**{t(f'inside.epochs_{kind}')}**")
            st.vega_lite_chart(
                *_curves({name: mean_iou_by_epoch(training) for name, training in trainings.items()}),
                alt=t(f"inside.epochs_{kind}_alt"),
                key=f"inside-epochs-{kind}",
            )
    st.caption(t("inside.measured_where"))
    st.header(t("inside.scale_photo"), anchor=False)
    _of_the_photo()


def _bars() -> tuple[pd.DataFrame, Spec]:
    """Mean activation by convolution, as VGG16 has it, the taps marked, and the line that folding brings all to."""
    layer, mean, tap = t("inside.layer"), t("inside.scale_vgg"), t("inside.scale_tap")
    yes, no = t("inside.yes"), t("inside.no")
    table = pd.DataFrame(
        {layer: name, mean: value, tap: yes if name in TAPS else no} for name, value in MEAN_ACTIVATION.items()
    )
    colours = {"domain": [yes, no], "range": [ORANGE, BLUE]}
    bars = {
        "x": nominal(layer, sort=list(MEAN_ACTIVATION), title=None, axis={"labelAngle": -50}),
        # A logarithmic axis has no zero: the bars stand on the line that folding brings all of them to.
        "y": quantitative(mean, scale={"type": "log", "domain": [0.8, 400]}, axis={"values": TICKS}),
        "y2": {"datum": 1},
        "color": nominal(tap, scale=colours, legend={"orient": "top"}),
        "tooltip": [nominal(layer), quantitative(mean), nominal(tap)],
    }
    rule = {
        "data": {"values": [{mean: 1.0}]},
        "mark": {"type": "rule", "strokeDash": [5, 4], "strokeWidth": 2, "color": GREEN},
        "encoding": {"y": quantitative(mean)},
    }
    return table, {"height": 360, "layer": [{"mark": "bar", "encoding": bars}, rule]}


def _curves(lines: dict[str, dict[int, float]]) -> tuple[pd.DataFrame, Spec]:
    epoch, iou, scaling = t("inside.epoch"), t("common.mean_iou"), t("inside.preprocessing")
    titles = {name: t(f"inside.line_{name}") for name in lines}
    rows = [
        {scaling: titles[name], epoch: number, iou: value}
        for name, curve in lines.items()
        for number, value in curve.items()
    ]
    names = list(titles.values())
    legend = {"orient": "top", "title": None, "labelLimit": 300, "symbolType": "stroke", "symbolSize": 300}
    encoding = {
        "x": quantitative(epoch, axis={"tickMinStep": 1, "format": "d"}, scale={"domain": [1, 5]}),
        "y": quantitative(iou, scale={"domain": [0.45, 0.8]}, axis={"format": "%", "tickCount": 8}),
        "color": nominal(scaling, scale={"domain": names, "range": [ORANGE, BLUE]}, legend=legend),
        # Not by colour alone.
        "strokeDash": nominal(scaling, scale={"domain": names, "range": [[6, 4], [1, 0]]}, legend=None),
        "tooltip": [nominal(scaling), quantitative(epoch), quantitative(iou, format=".1%")],
    }
    mark = {"type": "line", "point": {"size": 60}, "strokeWidth": 2.5}
    return pd.DataFrame(rows), {"height": 280, "mark": mark, "encoding": encoding}


def _of_the_photo() -> None:
    """The taps of the photo in use with the weights in use, beside the two scales."""
    st.markdown(t("inside.scale_photo_text"))
    subject = photo_view.choose()
    if subject is None:
        return
    means = photo_view.scales(subject)
    # The pool takes each square's largest value, so that its mean lies above that of what it pools; the factor is one.
    here, vgg, folded = (t(f"inside.{name}") for name in ("scale_here", "scale_of_vgg", "scale_of_folded"))
    rows = [
        {
            t("inside.layer"): name,
            here: value,
            vgg: MEAN_ACTIVATION.get(name),
            folded: 1.0 if name in MEAN_ACTIVATION else None,
        }
        for name, value in means.items()
    ]
    table = pd.DataFrame(rows)
    st.dataframe(
        table,
        hide_index=True,
        height=35 * (len(table) + 1) + 3,
        placeholder="–",
        column_config={
            t("inside.layer"): st.column_config.TextColumn(width=110),
            here: st.column_config.NumberColumn(format="%.2f", width=85),
            vgg: st.column_config.NumberColumn(format="%.1f", width=70),
            folded: st.column_config.NumberColumn(format="%.0f", width=70),
        },
    )
    download_buttons.csv(lambda: table, "scale.csv")
    st.caption(t("inside.scale_pool"))
