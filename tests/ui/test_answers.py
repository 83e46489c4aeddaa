"""What a browser has asked of Streamlit is answered, though the page begins to run anew in that moment."""

from __future__ import annotations

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

from seg.ui.shared.answers import AnsweringQueue


def kept(queue: ForwardMsgQueue, fragments: list[str] | None = None) -> list[ForwardMsg]:
    """What is left of an answer and a picture when a run begins."""
    answer, picture = ForwardMsg(), ForwardMsg()
    answer.file_urls_response.response_id = "1"
    picture.delta.new_element.markdown.body = "of the run before"
    for message in (answer, picture):
        queue.enqueue(message)
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=fragments)
    left = queue.flush()
    assert queue.is_empty() and left.count(answer) <= 1
    return [message for message in left if message.HasField("file_urls_response")]


@pytest.mark.parametrize("fragments", [None, ["a fragment"]])
def test_an_answer_survives_the_beginning_of_a_run(fragments):
    assert len(kept(AnsweringQueue(), fragments)) == 1


def test_streamlit_itself_throws_it_away():
    assert not kept(ForwardMsgQueue()), "seg/ui/shared/answers.py is needed no more: this Streamlit keeps answers"
