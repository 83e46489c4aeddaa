"""The colours of two weights in one chart."""

from __future__ import annotations

from collections.abc import Sequence

from seg.colours import GREEN, PURPLE
from seg.ui.results.metrics_view import Measured
from seg.ui.shared.charts import Spec, nominal

# Apart from the colours of the classes and from each other.
TWO_SERIES = (GREEN, PURPLE)


def series_colour(column: str, measured: Sequence[Measured]) -> Spec:
    """The colour by the weights in ``column``; a legend where there are two."""
    titles = [one.title for one in measured]
    legend = {"title": None, "orient": "top", "direction": "vertical", "labelLimit": 300} if len(titles) > 1 else None
    return nominal(column, scale={"domain": titles, "range": list(TWO_SERIES[: len(titles)])}, legend=legend)
