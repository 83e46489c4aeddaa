"""Where a run stands, as ``status.json`` has it, with a message in every language."""

from __future__ import annotations

import math
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from seg.errors import SegError
from seg.texts import fill

ACTIVE = ("starting", "running", "stopping")  # the states of a run that a process trains


@dataclass(frozen=True)
class Status:
    """Where a run stands.

    ``state``: starting, running, stopping, stopped, finished, failed, or interrupted (its process died). A run that
    waits for its first process is stopped. ``code`` and ``values`` are the key ``section.name`` of the message's text
    and what fills its blanks; ``message`` is that text in English, the only one that runs of the first version have.
    ``epoch`` counts finished epochs over all phases, ``step`` steps within the current one; ``eta`` and ``seconds``
    are seconds to go and seconds trained; ``updated`` is a Unix time. ``notes``: the codes and values of what a person
    is to know of the run for good.

    >>> from seg.training.status import Status
    >>> status = Status(state="running", epoch=3, epochs=8, step=6, steps=12, phases=1)
    >>> status.progress
    0.4375
    >>> status.with_message("run.interrupted").sentence("zh"), status.note_sentences()
    ('训练进程被外部终止；已保存的内容还在，可以继续。', [])
    """

    state: str = "starting"
    message: str = ""
    code: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    phase: int = 1
    phases: int = 1
    epoch: int = 0
    epochs: int = 0
    step: int = 0
    steps: int = 0
    eta: float | None = None
    seconds: float = 0.0
    activity: str = ""
    loss: float | None = None
    photos_per_second: float | None = None
    best_mean_iou: float | None = None
    best_epoch: int | None = None
    updated: float = 0.0
    notes: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def read(cls, facts: Any) -> Status:
        """The status that ``as_dict`` made. Raises TypeError or OverflowError for anything else."""
        status = cls(**facts)
        texts = (status.state, status.message, status.code, status.activity)
        counts = (status.phase, status.phases, status.epoch, status.epochs, status.step, status.steps, status.seconds)
        others = (status.eta, status.loss, status.photos_per_second, status.best_mean_iou, status.best_epoch)
        if not (
            isinstance(status.values, dict)
            and all(isinstance(text, str) for text in texts)
            and all(_is_number(count) and math.isfinite(count) and count >= 0 for count in counts)
            and all(number is None or _is_number(number) for number in others)
            and (status.eta is None or math.isfinite(status.eta))
        ):
            raise TypeError("a status has a value of another kind")
        return status

    @property
    def progress(self) -> float:
        """Share of the epochs done, in [0, 1]."""
        if not self.epochs:
            return 0.0
        return min(1.0, (self.epoch + (self.step / self.steps if self.steps else 0)) / self.epochs)

    def sentence(self, language: str = "en") -> str:
        """The message in a language of the texts; in English where the status file names no text."""
        try:
            return _filled(language, self.code, self.values) if self.code else self.message
        except (KeyError, IndexError, ValueError, TypeError, AttributeError):
            # A text that this version does not have, or values that do not fill it.
            return self.message

    def with_message(self, code: str, **values: Any) -> Status:
        """The same status with the text ``code`` as its message; no time to go."""
        plain = {name: _as_json(value) for name, value in values.items()}
        return replace(self, code=code, values=plain, message=_filled("en", code, plain), eta=None)

    def with_note(self, code: str, **values: Any) -> Status:
        """The same status with one more text that stays."""
        return replace(self, notes=[*self.notes, {"code": code, "values": values}])

    def note_sentences(self, language: str = "en") -> list[str]:
        """The notes in a language of the texts, oldest first, without those that this version has no text for."""
        sentences = []
        for note in self.notes:
            with suppress(KeyError, IndexError, TypeError):
                sentences.append(_filled(language, **note))
        return sentences

    def failed(self, error: SegError) -> Status:
        """The status of a run that ended with an error."""
        return replace(self, state="failed").with_message(f"errors.{error.code}", **error.values)

    def as_dict(self) -> dict[str, Any]:
        """As ``status.json`` has it, ``updated`` now."""
        return asdict(replace(self, updated=time.time()))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _as_json(value: Any) -> Any:
    """A blank's value as JSON holds it; an error becomes the key and the values of its text."""
    if isinstance(value, SegError):
        return {
            "code": f"errors.{value.code}",
            "values": {name: _as_json(inner) for name, inner in value.values.items()},
        }
    return value if isinstance(value, str | int | float | list) else str(value)


def _filled(language: str, code: str, values: dict[str, Any]) -> str:
    blanks = {name: _filled(language, **value) if isinstance(value, dict) else value for name, value in values.items()}
    return fill(language, code, **blanks)
