"""Buttons that give the visitor a file; what takes time to make is made when the button is pressed."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from seg.pictures import encode_png
from seg.ui.shared.language import t

if TYPE_CHECKING:
    import pandas as pd


def file(
    label: str, data: bytes | Callable[[], bytes], file_name: str, key: str | None = None, **settings: Any
) -> None:
    """A file of any kind; ``settings`` are those of ``st.download_button``, such as ``type`` and ``width``."""
    st.download_button(
        label,
        data,
        file_name,
        mimetypes.guess_type(file_name)[0] or "application/octet-stream",
        key=key or f"download-{file_name}",
        # Nothing on the page changes: it need not run again.
        on_click="ignore",
        **{"icon": ":material/download:"} | settings,
    )


def csv(
    make: Callable[[], pd.DataFrame],
    file_name: str,
    label: str | None = None,
    index: bool = False,
    header: bool = True,
    **settings: Any,
) -> None:
    """A table as CSV, with or without its index and header; without a label the button says the file's name."""
    file(label or _label(file_name), lambda: csv_bytes(make(), index, header), file_name, **settings)


def csv_bytes(table: pd.DataFrame, index: bool = False, header: bool = True) -> bytes:
    """A table as CSV. Other letters than ASCII's get a byte-order mark: spreadsheets read them wrong without it."""
    text = table.to_csv(index=index, header=header)
    return text.encode("ascii" if text.isascii() else "utf-8-sig")


def png(make: Callable[[], np.ndarray], file_name: str, label: str | None = None, **settings: Any) -> None:
    """A picture as PNG, RGB or RGBA uint8; without a label the button says the file's name."""
    file(label or _label(file_name), lambda: encode_png(make()), file_name, **settings)


def _label(file_name: str) -> str:
    """What sets a button apart where a page has several; ``_`` is no mark of Markdown in it."""
    return t("common.download", what=file_name.replace("_", "\\_"))


def safe_stem(name: str) -> str:
    """A name as the beginning of a download's: letters, digits, ``-`` and ``_`` stay."""
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in name)[:80] or "file"
