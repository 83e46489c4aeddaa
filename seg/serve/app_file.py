"""Where the app's front door lies: beside the package in a clone, inside it when installed."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
NAME = "streamlit_app.py"


def app_file() -> Path:
    """``streamlit_app.py``, with ``.streamlit/config.toml`` beside it, which Streamlit reads wherever it is started."""
    installed = PACKAGE / "app" / NAME
    return installed if installed.is_file() else PACKAGE.parent / NAME
