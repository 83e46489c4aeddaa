"""Visitors of a server: its owner, who uses its machine, and a stranger."""

from __future__ import annotations

from seg.serve.owner import Visitor

DIRECT = {"Host": "localhost:8501"}
OWNER = Visitor("localhost", None, "http://localhost:8501/", DIRECT)
STRANGER = Visitor(None, "203.0.113.7", "http://pets.example.org/", {"Host": "pets.example.org"})
