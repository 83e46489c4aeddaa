"""What is wrong with an annotation."""

from __future__ import annotations

from seg.errors import SegError


class AnnotationError(SegError):
    """Annotations that cannot be read, or that describe no pixels of a photo."""
