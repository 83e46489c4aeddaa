"""The front door: page set-up, language, navigation; nothing else. ``streamlit run streamlit_app.py``.

The server imports this file for its routes; Streamlit then runs it as a script, once for every look at a page.
"""

import streamlit as st

PAGES = {
    "segment": ":material/content_cut:",
    "dataset": ":material/photo_library:",
    "train": ":material/model_training:",
    "results": ":material/analytics:",
    "inside": ":material/account_tree:",
}


def main() -> None:
    # Not at the top: the server imports this file before the runtime exists that the pages' caches need.
    from seg.ui.shared import parts, sidebar
    from seg.ui.shared.guard import guarded
    from seg.ui.shared.language import t

    # An emoji: for one of Streamlit's own icons every visitor's browser would ask Google.
    st.set_page_config(page_title="Pet segmentation", page_icon="🐾", layout="wide")
    st.html(parts.STYLE)
    sidebar.choose_language()
    st.html(parts.words_of_style())
    pages = [
        st.Page(f"seg/ui/{name}/page.py", title=t(f"{name}.title"), icon=icon, url_path=name, default=name == "segment")
        for name, icon in PAGES.items()
    ]
    page = st.navigation(pages)
    fill_in = None
    with guarded():
        fill_in = sidebar.show()
    with guarded():
        page.run()
    if fill_in:
        with guarded():
            fill_in()


if __name__ == "__main__":
    main()
else:
    from seg.serve.api import routes

    app = st.App(__file__, routes=routes())
