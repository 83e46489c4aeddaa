"""Answers that Streamlit owes a browser survive the beginning of the page's next run."""

from __future__ import annotations

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import app_session
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

# Where a file is to be sent; and where a file is to be fetched that is made when its button is pressed.
ANSWERS = ("file_urls_response", "backend_operation_response")


class AnsweringQueue(ForwardMsgQueue):
    """What a visit's browser is still to be sent.

    When the page runs anew, Streamlit (1.67) throws away what the last run has left here. A browser that has asked in
    that moment where a file is to be sent waits for ever: the file is lost, and nobody is told.
    """

    def clear(self, retain_lifecycle_msgs: bool = False, fragment_ids_this_run: list[str] | None = None) -> None:
        answers = [message for message in self._queue if retain_lifecycle_msgs and _is_answer(message)]
        super().clear(retain_lifecycle_msgs, fragment_ids_this_run)
        self._queue += [answer for answer in answers if answer not in self._queue]


def _is_answer(message: ForwardMsg) -> bool:
    return message.WhichOneof("type") in ANSWERS


def keep() -> None:
    """Have all visits that begin from now on keep them."""
    app_session.ForwardMsgQueue = AnsweringQueue  # type: ignore[misc]
