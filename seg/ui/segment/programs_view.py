"""How a program has photos segmented: lines to copy for the HTTP API, the command line and Python."""

from __future__ import annotations

from urllib.parse import urlsplit

import streamlit as st

from seg.ui.shared import address
from seg.ui.shared.guard import guarded
from seg.ui.shared.language import language, t

KEY = "segment-programs"  # of the box, whose state says whether it is open
LOCAL_SERVER = "http://localhost:8501"  # where Streamlit serves if nothing else is asked for

HTTP = """\
curl -F photo=@photo.jpg "{server}/api/segment" -o cutout.png
curl -F photo=@photo.jpg "{server}/api/segment?as=trimap" -o trimap.png
curl -F photo=@photo.jpg "{server}/api/segment?as=shares"
curl -F photo=@photo.jpg -F photo=@other.jpg "{server}/api/segment" -o segmented.zip
"""
COMMAND_LINE = """\
.venv/bin/python -m seg predict photos/ -o segmented
.venv/bin/python -m seg --help
"""
PYTHON = """\
from PIL import Image
from seg import Segmenter

segmenter = Segmenter.load()
result = segmenter("photo.jpg")
print(result.has_subject, result.shares)
Image.fromarray(result.cutout()).save("cutout.png")
Image.fromarray(result.trimap).save("trimap.png")
"""


@st.fragment
def show() -> None:
    box = st.expander(t("segment.programs"), icon=":material/terminal:", key=KEY, on_change="rerun")
    # For lines of code a browser loads 1.5 MB of scripts, a fifth of all that it does before the cut-out is seen.
    if not box.open:
        return
    with box, guarded():
        server = _server()
        docs = f"{server}/api/docs?lang={language()}"
        st.markdown(t("segment.programs_http", docs=docs))
        st.code(HTTP.format(server=server), language="bash")
        st.markdown(t("segment.programs_command_line"))
        st.code(COMMAND_LINE, language="bash")
        st.markdown(t("segment.programs_python"))
        st.code(PYTHON, language="python")


def _server() -> str:
    """The address at which this visitor has reached the server."""
    url = urlsplit(st.context.url or "")
    return (f"{url.scheme}://{url.netloc}" if url.netloc else LOCAL_SERVER) + address.base_path()
