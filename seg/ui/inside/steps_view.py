"""What the article is, and its steps: what each does, where it is in this app, and what is different here."""

from __future__ import annotations

import streamlit as st

from seg.ui.shared import address, parts
from seg.ui.shared.language import t
from seg.ui.shared.page_files import page_file

# A link by the name of its label (see_...): the page, and what its address asks for.
LINKS: dict[str, tuple[str, dict[str, str]]] = {
    "segment": ("segment", {}),
    "pair": ("dataset", {"view": "pair"}),
    "statistics": ("dataset", {"view": "statistics"}),
    "gallery": ("dataset", {"view": "gallery"}),
    "recipe": ("train", {"recipe": "article"}),
    "training": ("train", {}),
    "results": ("results", {}),
    "network": ("inside", {"section": "network"}),
    "maps": ("inside", {"section": "maps"}),
    "skips": ("inside", {"section": "skips"}),
    "pixel": ("inside", {"section": "pixel"}),
    "scale": ("inside", {"section": "scale"}),
    "upsampling": ("inside", {"section": "upsampling"}),
    "mistakes": ("inside", {"section": "article"}),
}
# The article's steps in its order, and where each is.
STEPS: dict[str, tuple[str, ...]] = {
    "memory": (),
    "look": ("pair", "statistics"),
    "split": ("statistics", "mistakes"),
    "load": ("pair", "scale"),
    "batches": ("gallery", "recipe"),
    "vgg16": ("network", "scale"),
    "taps": ("maps", "skips"),
    "decoder": ("network", "upsampling"),
    "training": ("recipe", "mistakes"),
    "curves": ("training",),
    "triptychs": ("results", "segment"),
}


def show() -> None:
    st.markdown(t("inside.steps_text"))
    cell = parts.grid(320)
    for number, (step, links) in enumerate(STEPS.items(), 1):
        with cell(), st.container(border=True):
            st.markdown(f"**{number}. {t(f'inside.step_{step}')}**")
            st.markdown(t(f"inside.step_{step}_text"))
            st.markdown(t("inside.different", what=t(f"inside.step_{step}_here")))
            # style.css sets links to other pages and to this one alike.
            with st.container(horizontal=True, vertical_alignment="center", key=f"links-{step}"):
                for name in links:
                    link(f"step-{step}-{name}", name)


def link(key: str, name: str) -> None:
    """One of ``LINKS``, under a label that says what is there. ``key``: of its widget."""
    page, query = LINKS[name]
    label, icon = t(f"inside.see_{name}"), ":material/arrow_forward:"
    if page == "inside":
        # A link to the page that is open would leave the browser's address as it is.
        st.button(label, key=key, type="tertiary", icon=icon, on_click=address.choose, args=(query,))
    else:
        st.page_link(page_file(page), label=label, icon=icon, query_params=query)
