"""How the app, the command line and Python use a dataset of the visitor's: its layout, and lines to copy."""

from __future__ import annotations

import streamlit as st

from seg.ui.shared.language import t

LAYOUT = """\
my-dataset/
    images/NAME.jpg
    annotations/trimaps/NAME.png
    annotations/trainval.txt
    annotations/validation.txt
    annotations/test.txt
    classes.json
"""
CLASSES = """\
[
  {"name": "leaf", "value": 255, "colour": [60, 160, 60], "role": "subject"},
  {"name": "background", "value": 0, "colour": [90, 90, 90], "role": "background"},
  {"name": "glare", "value": 128, "colour": [0, 0, 0], "role": "void"}
]
"""
COMMANDS = """\
.venv/bin/python -m seg masks my-photos -o my-dataset
.venv/bin/python -m seg stats my-dataset
SEG_DATA=my-dataset .venv/bin/streamlit run streamlit_app.py
.venv/bin/python -m seg train --data my-dataset
"""


def show() -> None:
    with st.expander(t("dataset.other_data"), icon=":material/folder_open:"):
        st.markdown(t("dataset.other_data_layout"))
        st.code(LAYOUT, language=None)
        st.markdown(t("dataset.other_data_classes"))
        st.code(CLASSES, language="json")
        st.markdown(t("dataset.other_data_use"))
        st.code(COMMANDS, language="bash")
