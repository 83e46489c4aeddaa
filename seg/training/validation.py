"""The metrics of the network on the validation photos."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from seg import metrics
from seg.classes import IGNORED, Classes
from seg.data.batches import batches
from seg.data.dataset import Sample
from seg.data.examples import Examples
from seg.training.features import EncodedExamples
from seg.training.model import Model
from seg.training.step import cross_entropy

BATCH = 8


class ValidationStopped(Exception):
    """The validation was asked to stop between two batches."""


class Validation:
    """The validation photos at one size, and the model that is measured on them."""

    def __init__(self, model: Model, samples: Sequence[Sample], size: int, classes: Classes):
        import tensorflow as tf

        self.size, self.classes = size, classes
        self.examples = Examples(samples, size, classes)

        has_void = bool(classes.void)

        @tf.function(reduce_retracing=True)
        def predict(inputs, labels):
            logits = model.logits(inputs)
            losses = tf.reduce_mean(cross_entropy(labels, logits, has_void), [1, 2])
            if has_void:  # of each photo the mean over what is labelled
                losses = tf.math.divide_no_nan(losses, tf.reduce_mean(tf.cast(labels != IGNORED, tf.float32), [1, 2]))
            return tf.reduce_sum(losses), tf.argmax(logits, axis=-1, output_type=tf.int32)

        self._predict = predict

    def __len__(self) -> int:
        return len(self.examples)

    def measure(
        self, encoded: EncodedExamples | None = None, is_stopped: Callable[[], bool] = lambda: False
    ) -> dict[str, float]:
        """Loss, pixel accuracy and IoU over all photos; empty where there are none.

        ``encoded``: the same photos as a frozen encoder sees them, which is quicker. ``is_stopped`` is asked between
        two batches. Raises PhotoError, ValidationStopped.
        """
        import tensorflow as tf

        if not len(self):
            return {}
        source = encoded.batches(np.arange(len(self)), BATCH) if encoded else batches(self.examples, BATCH)
        loss, confusion = 0.0, np.zeros((len(self.classes), len(self.classes)), np.int64)
        try:
            for number, (inputs, labels) in enumerate(source):
                if number and is_stopped():
                    raise ValidationStopped
                batch_loss, predicted = self._predict(inputs, tf.cast(labels, tf.int32))
                loss += float(batch_loss)
                confusion += metrics.confusion_matrix(np.asarray(labels), np.asarray(predicted), len(self.classes))
        except tf.errors.OpError as error:
            raise self.examples.failure or error from None
        return metrics.as_row(loss / len(self), confusion, self.classes)
