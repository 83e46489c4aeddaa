"""The front door: page set-up, language, navigation; nothing else. ``streamlit run streamlit_app.py``.

The server imports this file for its routes; Streamlit then runs it as a script, once for every look at a page.
"""

from urllib.parse import urlsplit

import streamlit as st

PAGES = {
    "segment": ":material/content_cut:",
    "dataset": ":material/photo_library:",
    "train": ":material/model_training:",
    "results": ":material/analytics:",
    "inside": ":material/account_tree:",
}
FRONT = "segment"


def main() -> None:
    # Not at the top: the server imports this file before the runtime exists that the pages' caches need.
    from seg.ui.shared import browser, choices, parts, sidebar, visits
    from seg.ui.shared.guard import guarded
    from seg.ui.shared.language import t

    visits.note()
    # Before the navigation: else the page's icon is the tab's, and every visitor's browser asks Google for it.
    st.set_page_config(page_icon="🐾", layout="wide")
    st.html(parts.STYLE)
    sidebar.choose_language()
    with st.sidebar:
        browser.settle()
    st.html(parts.words_of_style())
    page = st.navigation(pages())
    st.set_page_config(page_title=f"{page.title} · {t('common.product')}")
    st.logo(parts.logo(), size="large")
    fill_in = None
    with guarded():
        # A pet's owner needs none of it beside the cut-out, unless there are no weights yet.
        fill_in = sidebar.show(is_folded=page.url_path == "" and choices.weights_info() is not None)
    with guarded():
        page.run()
    if fill_in:
        with guarded():
            fill_in()


def pages() -> list[st.Page]:
    """The pages of the menu, and one that is in no menu for an address that none of them has."""
    from seg.ui.shared import address
    from seg.ui.shared.language import t
    from seg.ui.shared.page_files import MISSING, page_file

    known = [
        st.Page(page_file(name), title=t(f"{name}.title"), icon=icon, url_path=name, default=name == FRONT)
        for name, icon in PAGES.items()
    ]
    path = urlsplit(st.context.url or "").path.removeprefix(address.base_path())
    asked = path.strip("/").rpartition("/")[2]
    if asked and asked not in PAGES:
        known.append(st.Page(MISSING, title=t("common.missing_title"), url_path=asked, visibility="hidden"))
    return known


if __name__ == "__main__":
    main()
else:
    from seg import memory

    memory.use_few_arenas()  # before what is imported next starts threads

    from starlette.middleware import Middleware

    from seg.serve.api import routes
    from seg.serve.first_document import NameLanguage
    from seg.serve.origins import ExplainRefusals
    from seg.ui.shared import answers
    from seg.ui.shared.serving import serving

    answers.keep()
    app = st.App(
        __file__,
        routes=routes(
            st.get_option("server.baseUrlPath"),
            st.get_option("server.corsAllowedOrigins"),
            st.get_option("server.address"),
        ),
        middleware=[Middleware(ExplainRefusals), Middleware(NameLanguage)],
        lifespan=serving,
    )
