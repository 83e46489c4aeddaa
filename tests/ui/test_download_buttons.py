"""What the download buttons give."""

from __future__ import annotations

import io

import pandas as pd
import pytest

from seg.ui.shared.download_buttons import csv_bytes


@pytest.mark.parametrize(
    ("name", "begins"), [("mean_iou", b"mean_iou"), ("平均 IoU", "\ufeff平均 IoU".encode())], ids=["ASCII", "Chinese"]
)
def test_a_table_with_other_letters_than_ascii_is_marked_as_utf_8(name, begins):
    data = csv_bytes(pd.DataFrame({name: [0.5]}))
    assert data.startswith(begins)
    assert list(pd.read_csv(io.BytesIO(data))) == [name]


def test_index_and_header_are_written_on_request():
    table = pd.DataFrame({"photos": [3]}, index=["pug"])
    assert csv_bytes(table).decode() == "photos\n3\n"
    assert csv_bytes(table, index=True).decode() == ",photos\npug,3\n"
    assert csv_bytes(table, header=False).decode() == "3\n"
