"""The page "inside": the network as a diagram, feature maps, skips, arithmetic, the article and its mistakes."""

from __future__ import annotations

import streamlit as st

from seg.ui.inside import article_view, lessons_view, maps_view, network_view, skips_view, steps_view
from seg.ui.shared import parts
from seg.ui.shared.language import t
from seg.ui.shared.one_of import one_of

SECTION_KEY, FIRST = "section", "network"


# The charts' library takes half a second to import: the other sections do without.


def _scale() -> None:
    from seg.ui.inside import scale_view

    scale_view.show()


def _pixel() -> None:
    from seg.ui.inside import pixel_view

    pixel_view.show()


def _upsampling() -> None:
    from seg.ui.inside import upsampling_view

    upsampling_view.show()


# Only the chosen one is computed; the first needs no network, so that the page paints at once.
SECTIONS = {
    "network": network_view.show,
    "lessons": lessons_view.show,
    "maps": maps_view.show,
    "skips": skips_view.show,
    "pixel": _pixel,
    "scale": _scale,
    "upsampling": _upsampling,
    "steps": steps_view.show,
    "article": article_view.show,
}


def page() -> None:
    st.title(t("inside.title"), anchor=False)
    st.markdown(t("inside.purpose"))
    chosen = one_of(
        SECTION_KEY,
        SECTIONS,
        FIRST,
        t("inside.section"),
        lambda section: t(f"inside.{section}"),
        "pills",
        label_visibility="collapsed",
    )
    with parts.place("inside", chosen):
        SECTIONS[chosen]()


if __name__ == "__main__":
    page()
