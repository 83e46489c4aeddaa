"""Channels of charts in Vega-Lite's own words, for ``st.vega_lite_chart``.

Altair checks every part of a chart against Vega-Lite's schema whenever it is drawn: nine tenths of the time that a page
of charts took.
"""

from __future__ import annotations

from typing import Any

Spec = dict[str, Any]  # of a chart, or of a part of it: https://vega.github.io/vega-lite/docs


def quantitative(column: str, **more: Any) -> Spec:
    """A channel of numbers."""
    return {"field": column, "type": "quantitative", **more}


def nominal(column: str, **more: Any) -> Spec:
    """A channel of names."""
    return {"field": column, "type": "nominal", **more}


def ordinal(column: str, **more: Any) -> Spec:
    """A channel of numbers that are places in an order."""
    return {"field": column, "type": "ordinal", **more}


def either(test: str, value: Any, otherwise: Any) -> Spec:
    """One of two values, as an expression about a row says."""
    return {"condition": {"test": test, "value": value}, "value": otherwise}
