"""Many visits of the page Segment at once, without a browser: what a browser sends to Streamlit, and what comes back.

A visit is a WebSocket on which the server sends what is to be drawn, as messages of Streamlit's protocol; a photo is
put to an address that the server has named before. Both, and the downloads, have to reach the same server.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import requests

from seg.benchmark.child import BenchmarkError, spread
from seg.benchmark.pictures import random_photo

SECONDS_TO_ANSWER = 600.0
PHOTOS_UPLOADER = "segment-photos"  # part of the identity of the widget that takes photos
SIZE = (375, 500)


class Visit:
    """A visit of the front page at ``address``, open until ``close``. Raises BenchmarkError where the page fails."""

    def __init__(self, address: str):
        from websockets.sync.client import connect

        self.address, self.uploader, self.session = address, "", ""
        self._http = requests.Session()
        self._http.get(f"{address}/", timeout=SECONDS_TO_ANSWER).raise_for_status()
        self._http.get(f"{address}/_stcore/health", timeout=SECONDS_TO_ANSWER).raise_for_status()  # brings the token
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self._http.cookies)
        self._socket = connect(
            address.replace("http", "ws", 1) + "/_stcore/stream",
            subprotocols=["streamlit"],  # type: ignore[list-item]
            additional_headers={"Cookie": cookies},
            open_timeout=SECONDS_TO_ANSWER,
            max_size=None,
        )

    def close(self) -> None:
        """Leave the page."""
        self._socket.close()
        self._http.close()

    def open(self) -> float:
        """Seconds until the page was drawn."""
        started = time.perf_counter()
        self._run()
        self._read_until_drawn()
        return time.perf_counter() - started

    def give(self, name: str, photo: bytes) -> float:
        """Seconds until a photo was on the page, segmented."""
        from streamlit.proto.BackMsg_pb2 import BackMsg

        started = time.perf_counter()
        message = BackMsg()
        message.file_urls_request.request_id = uuid.uuid4().hex
        message.file_urls_request.session_id = self.session
        message.file_urls_request.file_names.append(name)
        self._socket.send(message.SerializeToString())
        (urls,) = next(
            message.file_urls_response.file_urls
            for message in self._messages()
            if message.WhichOneof("type") == "file_urls_response"
        )
        answer = self._http.put(
            self.address + urls.upload_url,
            files={"file": (name, photo, "image/jpeg")},
            headers={"X-Xsrftoken": self._http.cookies.get("_streamlit_xsrf") or ""},
            timeout=SECONDS_TO_ANSWER,
        )
        if not answer.ok:
            raise BenchmarkError("benchmark_refused", answer=answer.text[:200])
        self._run((urls, name, len(photo)))
        # Each photo that the page keeps has a button that removes it; those of a run are drawn before the run ends.
        while not any(name in label.replace("\\", "") for label in self._read_until_drawn()):
            pass
        return time.perf_counter() - started

    def _run(self, uploaded: tuple[Any, str, int] | None = None) -> None:
        """Ask the server to run the page, with a file that has been uploaded or without one."""
        from streamlit.proto.BackMsg_pb2 import BackMsg

        message = BackMsg()
        message.rerun_script.context_info.url = f"{self.address}/"
        if uploaded:
            urls, name, size = uploaded
            widget = message.rerun_script.widget_states.widgets.add(id=self.uploader)
            widget.file_uploader_state_value.uploaded_file_info.add(
                name=name, size=size, file_id=urls.file_id, file_urls=urls
            )
        self._socket.send(message.SerializeToString())

    def _read_until_drawn(self) -> list[str]:
        """What the page's buttons say, once a run of it has ended. Raises BenchmarkError for an error on the page."""
        labels: list[str] = []
        for message in self._messages():
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self.session = message.new_session.initialize.session_id
            elif kind == "script_finished":
                return labels
            elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
                element = message.delta.new_element
                if element.WhichOneof("type") == "exception":
                    raise BenchmarkError("benchmark_refused", answer=element.exception.message[:200])
                if element.WhichOneof("type") == "file_uploader" and PHOTOS_UPLOADER in element.file_uploader.id:
                    self.uploader = element.file_uploader.id
                if element.WhichOneof("type") == "button":
                    labels.append(element.button.label)
        raise BenchmarkError("benchmark_refused", answer="the connection has ended")

    def _messages(self) -> Iterator[Any]:
        """What the server sends, message by message. Raises BenchmarkError where it says nothing for minutes."""
        from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

        while True:
            try:
                yield ForwardMsg.FromString(self._socket.recv(timeout=SECONDS_TO_ANSWER))
            except TimeoutError:
                raise BenchmarkError("benchmark_refused", answer="silence") from None


@contextmanager
def visiting(address: str) -> Iterator[Visit]:
    """A visit that ends with the block."""
    visit = Visit(address)
    try:
        yield visit
    finally:
        visit.close()


def many_visits(
    address: str, visitors: int, photos_each: int = 3, while_open: Callable[[], Any] | None = None
) -> dict[str, Any]:
    """So many visits at once: each opens the page and gives photos one after another, none of them seen before.

    ``while_open`` is called when all pages are drawn and no photo has been given; its result is ``seen``. Returns
    ``visitors``, ``photos``, ``page`` and ``photo`` (seconds until the one is drawn and until the other is on the page,
    as ``spread`` has them) and ``photos_per_second``. Raises BenchmarkError where the page fails.
    """
    visits = []
    try:
        with ThreadPoolExecutor(visitors) as pool:
            visits = list(pool.map(Visit, [address] * visitors))
            opened = list(pool.map(Visit.open, visits))
            seen = while_open() if while_open else None
            photos = [
                [random_photo(1_000_000 + visitor * photos_each + number, SIZE) for number in range(photos_each)]
                for visitor in range(visitors)
            ]
            started = time.perf_counter()
            waits = [wait for waits in pool.map(_give_all, visits, photos) for wait in waits]
            total = time.perf_counter() - started
    finally:
        for visit in visits:
            visit.close()
    return {
        "visitors": visitors,
        "photos": len(waits),
        "page": spread(opened),
        "photo": spread(waits),
        "photos_per_second": len(waits) / total,
        "seen": seen,
    }


def _give_all(visit: Visit, photos: Sequence[bytes]) -> list[float]:
    """The wait for each photo."""
    return [visit.give(f"photo-{uuid.uuid4().hex[:8]}.jpg", photo) for photo in photos]
