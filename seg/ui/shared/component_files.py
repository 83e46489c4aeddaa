"""The files beside a component's module of which a browser makes it, and the look of its buttons."""

from __future__ import annotations

from pathlib import Path

# A component stands in a shadow of its own, which no style of the page reaches: each takes this one along.
BUTTONS = Path(__file__).with_name("buttons.css").read_text(encoding="utf-8")


def component_files(module: str) -> tuple[str, str, str]:
    """HTML, CSS and JavaScript of the component whose module has this ``__file__``."""
    html, css, js = (
        Path(module).with_suffix(suffix).read_text(encoding="utf-8") for suffix in (".html", ".css", ".js")
    )
    return html, css, js
