"""How a test opens a page."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash


def go_to(app: AppTest, page: str) -> AppTest:
    """The app with the page of this address chosen; ``run()`` then opens it.

    ``AppTest.switch_page`` knows which page a file is only after a first run, which would open the front page in vain.
    """
    app._page_hash = calc_hash(page)
    return app
