"""What Streamlit leaves to the browser: its own words are still those that the texts have."""

from __future__ import annotations

from pathlib import Path

import pytest
import streamlit

from seg.texts import texts

FRONT_END = Path(streamlit.__file__).parent / "static" / "static" / "js"


@pytest.fixture(scope="module")
def front_end() -> str:
    return "".join(path.read_text(encoding="utf-8") for path in FRONT_END.glob("*.js"))


@pytest.mark.parametrize("key", texts("en")["streamlit"])
def test_streamlit_still_says_what_is_translated(front_end, key):
    words = texts("en")["streamlit"][key]
    # "Press Enter to apply" is put together.
    assert words.removesuffix("apply").replace("{name}", "") in front_end
