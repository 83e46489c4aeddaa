"""How the fuzz tests run: some fixed examples in the suite; for longer, on new ones, where SEG_FUZZ_SECONDS says so.

``SEG_FUZZ_SECONDS=600 python -m pytest tests/fuzz`` takes ten minutes, shared by all of them. What they find becomes a
test beside the others of that code.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

SECONDS = float(os.environ.get("SEG_FUZZ_SECONDS", "0"))
TESTS = 9  # that share the seconds
EXAMPLES = 200 if SECONDS else 25
SETTINGS = settings(
    max_examples=EXAMPLES,
    deadline=None,
    # The suite is the same every day; a long search is another one each time.
    derandomize=not SECONDS,
    database=None,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)


def fuzz(**strategies: st.SearchStrategy) -> Callable[[Callable[..., None]], Callable[[], None]]:
    """Run a test on examples of these strategies, by name."""

    def decorate(test: Callable[..., None]) -> Callable[[], None]:
        examples = SETTINGS(given(**strategies)(test))

        def run() -> None:
            until = time.monotonic() + SECONDS / TESTS
            examples()
            while time.monotonic() < until:
                examples()

        run.__name__, run.__doc__ = test.__name__, test.__doc__
        return run

    return decorate


@st.composite
def damaged(draw: st.DrawFn, seeds: list[bytes]) -> bytes:
    """One of some files, with some of its bytes changed, taken out, doubled or cut off; sometimes as it is."""
    data = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(0, 6))):
        place = draw(st.integers(0, max(0, len(data) - 1)))
        # Most of what a decoder believes stands at the beginning.
        place = place % 80 if draw(st.booleans()) else place
        how = draw(st.sampled_from(("byte", "bytes", "out", "double", "cut")))
        length = draw(st.integers(1, 16))
        if how == "byte":
            data[place : place + 1] = bytes(
                [draw(st.sampled_from((0, 1, 0x7F, 0x80, 0xFE, 0xFF)) | st.integers(0, 255))]
            )
        elif how == "bytes":
            data[place : place + length] = draw(st.binary(min_size=length, max_size=length))
        elif how == "out":
            del data[place : place + length]
        elif how == "double":
            data[place:place] = data[place : place + length]
        else:
            del data[place:]
    return bytes(data)


# Anything that JSON can hold, with numbers that programs trip over.
SCALARS: st.SearchStrategy[Any] = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["", "run.waiting", "running", "finished", "{x}", "1e999", "\ud800", -1, 0, 1])
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@st.composite
def changed(draw: st.DrawFn, settings_: dict[str, Any]) -> dict[str, Any]:
    """Settings as JSON has them, some of whose values, at any depth, are others, missing or new."""
    result = dict(settings_)
    for _ in range(draw(st.integers(1, 3))):
        name = draw(st.sampled_from([*settings_, "new"]))
        value = result.get(name)
        if isinstance(value, dict) and value and draw(st.booleans()):
            result[name] = draw(changed(value))
        elif isinstance(value, list) and value and isinstance(value[0], dict) and draw(st.booleans()):
            result[name] = [draw(changed(value[0])), *value[1:]]
        elif draw(st.integers(0, 4)) == 0:
            result.pop(name, None)
        else:
            result[name] = draw(JSON)
    return result
