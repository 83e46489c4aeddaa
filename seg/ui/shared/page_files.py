"""The pages' files: Streamlit looks for them from the front door on, which lies elsewhere when the app is installed."""

from __future__ import annotations

from pathlib import Path

UI = Path(__file__).resolve().parents[1]
MISSING = UI / "shared" / "missing_page.py"


def page_file(name: str) -> Path:
    """The file of the page with this address, such as ``segment``."""
    return UI / name / "page.py"
