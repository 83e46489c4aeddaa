"""A transposed convolution with numbers that one can change, stamp by stamp."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from seg.colours import BLUE, ORANGE, VERMILION
from seg.inference.inside import transposed_convolution
from seg.ui.shared import download_buttons, parts
from seg.ui.shared.charts import Spec, either, nominal, ordinal, quantitative
from seg.ui.shared.language import t

INPUT = np.array([[1.0, 2.0], [3.0, 4.0]])
KERNELS = {
    "smooth": np.array([[0.25, 0.5, 0.25], [0.5, 1.0, 0.5], [0.25, 0.5, 0.25]]),
    "ones": np.ones((3, 3)),
    "edge": np.array([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]]),
}
MOST = 99.0  # of a number, so that it fits its cell
ROUND = "inside-kernel-round"  # goes up to fill the kernel's table anew: a widget with another key is a new one
STAMPS_KEY = "inside-stamps"
CELL = 46  # pixels


def show() -> None:
    st.markdown(t("inside.upsampling_text"))
    cell = parts.grid(260)
    with cell():
        st.markdown(f"**{t('inside.input')}**")
        image = _numbers("inside-input", INPUT)
    with cell():
        st.markdown(f"**{t('inside.kernel')}**")
        kernel = _numbers(f"inside-kernel-{st.session_state.setdefault(ROUND, 0)}", KERNELS["smooth"], "inside-kernel")
        with st.container(horizontal=True, gap="small"):
            for name, values in KERNELS.items():
                st.button(
                    t(f"inside.kernel_{name}"),
                    key=f"inside-kernel-{name}",
                    on_click=_take,
                    args=(values,),
                    help=t(f"inside.kernel_{name}_help"),
                )
    output, stamps = transposed_convolution(image, kernel)
    number = st.slider(
        t("inside.stamp"), 1, len(stamps), 1, key=STAMPS_KEY, help=t("inside.stamp_help"), persist_state="session"
    )
    row, column = divmod(number - 1, image.shape[1])
    st.markdown(t("inside.stamp_of", value=_short(image[row, column]), row=row + 1, column=column + 1))
    # Where the newest stamp lies; "same" cuts what hangs over the end.
    stamped = np.zeros(output.shape, bool)
    stamped[2 * row : 2 * row + 3, 2 * column : 2 * column + 3] = True
    chosen = np.zeros(image.shape, bool)
    chosen[row, column] = True
    most = max(float(np.abs(output).max()), float(np.abs(image).max()), 1e-9)
    shown = {
        "input": (image, chosen),
        "stamps_so_far": (np.sum(stamps[:number], axis=0), stamped),
        "output": (output, np.zeros(output.shape, bool)),
    }
    cell = parts.grid(CELL * 4 + 24)
    for name, (values, marked) in shown.items():
        with cell():
            st.markdown(f"**{t(f'inside.{name}')}**")
            cells, spec = _picture(values, marked, most)
            st.vega_lite_chart(cells, spec, width="content", alt=_spoken(values), key=f"inside-up-{name}")
    table = pd.DataFrame(output)
    download_buttons.csv(lambda: table, "output.csv", header=False)
    st.markdown(t("inside.upsampling_note"))


def _numbers(key: str, start: np.ndarray, kept: str | None = None) -> np.ndarray:
    """A small table of numbers to change, float ``(h, w)`` in [-99, 99]; an emptied cell is zero.

    What it holds stays with the visitor under ``kept`` when the page is left, which the widget itself would forget.
    """
    kept = f"{kept or key}-kept"
    base = f"{key}-base"
    if key not in st.session_state:  # the table is shown again after another page
        st.session_state[base] = st.session_state.get(kept, start)
    names = [str(column + 1) for column in range(start.shape[1])]
    number = st.column_config.NumberColumn(min_value=-MOST, max_value=MOST, required=True, format="%.4g")
    edited = st.data_editor(
        pd.DataFrame(st.session_state[base], columns=names),
        key=key,
        hide_index=True,
        num_rows="fixed",
        column_config=dict.fromkeys(names, number),
    )
    values = np.nan_to_num(edited.to_numpy(float)).clip(-MOST, MOST)
    st.session_state[kept] = values
    return values


def _take(values: np.ndarray) -> None:
    """A button's callback: this kernel from now on."""
    st.session_state["inside-kernel-kept"] = values
    st.session_state[ROUND] += 1


def _picture(values: np.ndarray, marked: np.ndarray, most: float) -> tuple[pd.DataFrame, Spec]:
    """Numbers ``(h, w)`` in their cells, the stronger the larger they are (up to ``most``), some outlined."""
    height, width = values.shape
    rows, columns = np.indices(values.shape).reshape(2, -1)
    table = pd.DataFrame(
        {
            "row": rows,
            "column": columns,
            "text": [_short(value) for value in values.ravel()],
            "strength": np.abs(values).ravel() / most * 0.6,
            "below": values.ravel() < 0,
            "marked": marked.ravel(),
        }
    )
    # White cells lie below, so that the numbers can be read on every theme.
    paper = {"mark": {"type": "rect", "color": "#FFFFFF"}}
    cells = {
        "mark": "rect",
        "encoding": {
            "color": either("datum.below", VERMILION, BLUE),
            "opacity": quantitative("strength", scale=None, legend=None),
            "tooltip": [nominal("text")],
        },
    }
    frame = {
        "mark": {"type": "rect", "fillOpacity": 0},
        "encoding": {
            "stroke": either("datum.marked", ORANGE, "#8a939c"),
            "strokeWidth": either("datum.marked", 3, 0.5),
        },
    }
    numbers = {"mark": {"type": "text", "fontSize": 13, "color": "#1C2430"}, "encoding": {"text": nominal("text")}}
    return table, {
        "width": CELL * width,
        "height": CELL * height,
        "encoding": {"x": ordinal("column", axis=None), "y": ordinal("row", axis=None)},
        "layer": [paper, cells, frame, numbers],
    }


def _spoken(values: np.ndarray) -> str:
    """The numbers row by row, for screen readers."""
    return "; ".join(" ".join(_short(value) for value in row) for row in values)


def _short(value: float) -> str:
    """Two decimals at most, and no minus before a zero: 0.25, 3, -1.5."""
    return f"{round(float(value), 2) + 0.0:g}"
