"""The page "inside": the network as a diagram, feature maps, skips, arithmetic, and the article's mistakes."""

from __future__ import annotations

import streamlit as st

from seg.ui import address, inside_article, inside_maps, inside_network, inside_skips
from seg.ui.texts import t

SECTION_KEY, FIRST = "section", "network"


# The charts' library takes half a second to import: the other sections do without.


def _scale() -> None:
    from seg.ui import inside_scale

    inside_scale.show()


def _upsampling() -> None:
    from seg.ui import inside_upsampling

    inside_upsampling.show()


# Only the chosen one is computed; the first needs no network, so that the page paints before TensorFlow is loaded.
SECTIONS = {
    "network": inside_network.show,
    "maps": inside_maps.show,
    "skips": inside_skips.show,
    "scale": _scale,
    "upsampling": _upsampling,
    "article": inside_article.show,
}


def page() -> None:
    st.title(t("inside.title"))
    st.markdown(t("inside.purpose"))
    address.recall(SECTION_KEY, SECTIONS, FIRST)
    chosen = st.pills(
        t("inside.section"), list(SECTIONS), format_func=lambda own: t(f"inside.{own}"), key=SECTION_KEY, required=True,
        label_visibility="collapsed", persist_state="session",
    )  # fmt: skip
    address.note(SECTION_KEY, FIRST)
    SECTIONS[chosen or FIRST]()


if __name__ == "__main__":
    page()
