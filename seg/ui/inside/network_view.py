"""The network as a diagram and as a table: shapes, parameters and multiply-accumulates, all by arithmetic."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from seg.classes import PETS
from seg.network.architecture import INPUT_SIZE, TAPS, Layer, layers
from seg.ui.shared import choices, download_buttons, parts
from seg.ui.shared.language import t

BLOCKS, STEPS = 5, 4  # of the encoder, of the decoder
ROW_HEIGHT = 35  # pixels of a row of Streamlit's tables
# Of the diagram and the table: at 1280 px the table just fits, and the diagram's letters are as large as they can be.
WIDTHS = (7, 9)


def show() -> None:
    info = choices.weights_info()
    rows = layers(INPUT_SIZE, len(info.classes if info else PETS))
    parameters, macs = _work(rows)
    st.markdown(t("inside.network_text", parameters=parameters, gmacs=macs / 1e9))
    _totals(rows)
    left, right = st.columns(WIDTHS, gap="medium")
    with left:
        st.header(t("inside.diagram"), anchor=False)
        st.mermaid_chart(_diagram(rows), alt=t("inside.network_alt"))
        st.caption(t("inside.diagram_text"))
    with right:
        st.header(t("inside.layers"), anchor=False)
        _table(rows)
        st.caption(t("inside.layers_text"))


def _work(rows: Sequence[Layer]) -> tuple[int, int]:
    """Parameters and multiply-accumulates of some layers."""
    return sum(row.parameters for row in rows), sum(row.macs for row in rows)


def _totals(rows: Sequence[Layer]) -> None:
    cell = parts.grid(150)
    for part in ("encoder", "decoder"):
        parameters, macs = _work([row for row in rows if row.name.startswith("block") == (part == "encoder")])
        cell().metric(
            t(f"inside.{part}_parameters"), f"{parameters / 1e6:.2f} M", help=t(f"inside.{part}_help", exact=parameters)
        )
        cell().metric(t(f"inside.{part}_macs"), f"{macs / 1e9:.1f} G", help=t("inside.macs_help"))


def _table(rows: Sequence[Layer]) -> None:
    layer, work, shape, parameters = (t(f"inside.{name}") for name in ("layer", "mmacs", "shape", "parameters"))
    table = pd.DataFrame(
        {
            layer: [row.name for row in rows],
            work: [row.macs / 1e6 for row in rows],
            shape: [_shape(row).replace(" ", "") for row in rows],  # a phone has no room for spaces
            parameters: [row.parameters for row in rows],
        }
    )
    bar = st.column_config.ProgressColumn(
        format="localized", width=84, min_value=0, max_value=float(table[work].max()), color="primary"
    )
    st.dataframe(
        table.round({work: 0}),
        hide_index=True,
        height=ROW_HEIGHT * (len(table) + 1) + 3,
        column_config={
            layer: st.column_config.TextColumn(width=100),
            work: bar,
            shape: st.column_config.TextColumn(width=94),
            parameters: st.column_config.NumberColumn(format="localized", width=78),
        },
    )
    download_buttons.csv(lambda: table, "layers.csv")


def _diagram(rows: Sequence[Layer]) -> str:
    """The network as Mermaid draws it, top to bottom: a box a block, a dotted arrow a skip."""
    shapes = {row.name: _shape(row) for row in rows}
    lines = [
        '%%{init: {"flowchart": {"rankSpacing": 26, "nodeSpacing": 24, "padding": 8}}}%%',
        "flowchart TB",
        f'b0(["{t("common.photo")}<br/>{INPUT_SIZE} × {INPUT_SIZE} × 3"])',
    ]
    for block in range(1, BLOCKS + 1):
        members = [row for row in rows if row.name.startswith(f"block{block}_")]
        last_convolution = members[-2]  # the pool comes after it
        lines.append(_box(f"b{block}", t("inside.block", number=block), _shape(last_convolution), members))
        lines.append(f"b{block - 1} --> b{block}")
    lines.append(f'd0["{t("inside.last_pool")}<br/>{shapes["block5_pool"]}"]')
    lines.append("b5 --> d0")
    for step in range(1, STEPS + 1):
        members = [row for row in rows if row.name.startswith(f"decoder{step}_")]
        lines.append(_box(f"d{step}", t("inside.step", number=step), shapes[f"decoder{step}_conv"], members))
        lines.append(f"d{step - 1} --> d{step}")
        following = rows[rows.index(members[-1]) + 1]
        if following.kind == "skip":
            tapped = following.name.removeprefix("skip_block")[0]
            lines.append(f"b{tapped} -. {t('inside.kind_skip')} .-> d{step}")
    lines.append(_box("out", t("inside.logits"), shapes["classifier"], rows[-1:], round_ends=True))
    lines.append(f"d{STEPS} --> out")
    taps = ",".join([f"b{block}" for block in range(1, BLOCKS + 1) if f"block{block}_conv3" in TAPS] + ["d0"])
    lines += ["classDef tap stroke-width:3px", f"class {taps} tap"]
    return "\n".join(lines)


def _box(name: str, words: str, shape: str, rows: Sequence[Layer], round_ends: bool = False) -> str:
    parameters, macs = _work(rows)
    work = f"{parameters:,} · {macs / 1e9:.2f} G"
    inner = f'"{words}<br/>{shape}<br/>{work}"'
    return f"{name}([{inner}])" if round_ends else f"{name}[{inner}]"


def _shape(row: Layer) -> str:
    return " × ".join(map(str, row.shape))
