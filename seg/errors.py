"""Every error that a user can cause: a code and the facts that its sentence names. The sentences stand in the texts."""

from __future__ import annotations

from typing import Any

from seg.texts import fill


class SegError(Exception):
    """Bad input, told in one sentence: what is wrong, with which file, what to do.

    ``code`` names the sentence ``errors.CODE`` of the texts, ``values`` fill its blanks; a value may be a list, which
    is written with commas, or another SegError, whose sentence then stands there. ``str`` gives the sentence in
    English, ``sentence`` in any language. An error that is no SegError is a mistake in the program.

    >>> from seg import Segmenter
    >>> from seg.errors import SegError
    >>> try:
    ...     Segmenter.load("mine.safetensors")
    ... except SegError as error:
    ...     print(error.code, "|", error)
    ...     print(error.sentence("zh"))
    weights_missing | There are no weights at mine.safetensors: check the path, or leave it out for those that ship.
    在 mine.safetensors 找不到权重：请检查路径，或省略它以使用自带的权重。
    """

    def __init__(self, code: str, **values: Any):
        super().__init__(code)
        self.code, self.values = code, values

    def sentence(self, language: str = "en") -> str:
        """The sentence in a language of the texts. Raises KeyError for a code that has none."""
        values = {
            name: value.sentence(language) if isinstance(value, SegError) else value
            for name, value in self.values.items()
        }
        return fill(language, f"errors.{self.code}", **values)

    def __str__(self) -> str:
        return self.sentence()

    def __reduce__(self) -> tuple[Any, ...]:
        # Worker processes send exceptions by pickle, which would call the class with the code alone.
        return _restored, (type(self), self.code, self.values)


def _restored(kind: type[SegError], code: str, values: dict[str, Any]) -> SegError:
    return kind(code, **values)
