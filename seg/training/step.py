"""One step of the optimizer: losses, gradients, new weights, their moving average, the confusion matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from seg.classes import IGNORED
from seg.training.distribution import Cluster, Distribution, sum_over_replicas
from seg.training.model import Model
from seg.training.recipe import Phase, Recipe

if TYPE_CHECKING:
    import keras

WARM_UP = 100  # steps at most, and a tenth of the phase at most
LOWEST_RATE = 0.01  # share of the learning rate with which the warm-up begins and the cosine ends


class TrainingStep:
    """The step of a recipe on a model; ``begin_phase`` makes its optimizer before the first call.

    ``distribution``: the replicas that share each batch; made in its scope, so that the weights are the same in all;
    without one there is a single replica.
    Encoder and decoder each have an optimizer, and so a learning rate. With float16 the loss is scaled, and a step
    whose gradients are not finite changes no weights. I. Loshchilov, F. Hutter, "Decoupled Weight Decay Regularization"
    (AdamW), ICLR 2019, and "SGDR" (the cosine schedule), ICLR 2017.
    """

    def __init__(self, model: Model, recipe: Recipe, distribution: Distribution | None = None):
        self.model, self.recipe = model, recipe
        self.distribution = distribution or Distribution(Cluster(), gpus=0)
        self.average = MovingAverage(model.network, recipe.ema_decay)

    def begin_phase(self, phase: Phase, steps: int, precision: str) -> None:
        """Make the optimizer of a phase of ``steps`` steps, for the layers that are not frozen now.

        ``precision``: the network's Keras dtype policy.
        """
        import keras
        import tensorflow as tf

        model, average, jaccard = self.model, self.average, self.recipe.jaccard
        has_void = bool(model.classes.void)
        variables = model.network.trainable_variables
        self.optimizers = [self._adamw(phase, phase.decoder_learning_rate, steps)]
        by_name = {}
        if phase.frozen_blocks < 5:
            self.optimizers.append(self._adamw(phase, phase.encoder_learning_rate, steps))
            by_name[r"block\d_.*"] = self.optimizers[1]
        optimizer = keras.optimizers.MultiOptimizer(keras.optimizers.OptimizerMap(self.optimizers[0], by_name))
        if precision == "mixed_float16":
            optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
        optimizer.build(variables)
        self.optimizer = optimizer

        replicas = self.distribution.replicas

        def replica_step(inputs, labels, pixels):
            """The step of one replica on its part of a batch of ``pixels`` pixels that count; what it returns is
            summed."""
            with tf.GradientTape() as tape:
                logits = model.logits(inputs, training=True)
                losses = cross_entropy(labels, logits, has_void)
                loss = tf.reduce_sum(losses) / pixels
                # Every replica has the Jaccard loss of the whole batch, and a share of it in the sum.
                total = loss + jaccard * soft_jaccard_loss(labels, logits, has_void) / replicas if jaccard else loss
                scaled = optimizer.scale_loss(total)
            optimizer.apply(tape.gradient(scaled, variables), variables)
            classes = logits.shape[-1]
            predicted = tf.argmax(logits, axis=-1, output_type=tf.int32)
            # Not tf.math.confusion_matrix: it takes 32 bytes a pixel in the middle of a step.
            cells = labels * classes + predicted
            if has_void:  # counted in a cell of their own, which is left out
                cells = tf.minimum(cells, classes**2)
            pairs = tf.math.bincount(tf.reshape(cells, [-1]), minlength=classes**2)
            return loss, tf.reshape(pairs[: classes**2], [classes, classes])

        @tf.function(reduce_retracing=True)
        def step(inputs, labels, pixels, decay):
            loss, confusion = self.distribution.run(replica_step, inputs, labels, pixels)
            average.update(decay)
            return loss, confusion

        self._step = step

    def _adamw(self, phase: Phase, rate: float, steps: int) -> keras.optimizers.Optimizer:
        import keras

        if phase.schedule == "constant":
            return keras.optimizers.AdamW(rate, weight_decay=self.recipe.weight_decay)
        warm_up = min(WARM_UP, steps // 10)
        schedule = keras.optimizers.schedules.CosineDecay(
            rate * LOWEST_RATE if warm_up else rate,
            max(1, steps - warm_up),
            alpha=LOWEST_RATE,
            warmup_target=rate if warm_up else None,
            warmup_steps=warm_up,
        )
        return keras.optimizers.AdamW(schedule, weight_decay=self.recipe.weight_decay)

    def __call__(self, inputs: Any, labels: Any) -> tuple[float, np.ndarray]:
        """Train on one batch: images or stored taps, and labels ``(N, S, S)``.

        Returns the cross-entropy before the step, and pixels by true (row) and predicted (column) label, int64
        ``(C, C)``. Pixels that are not labelled count in neither: a batch of nothing else teaches nothing.
        """
        import tensorflow as tf

        labels = tf.cast(labels, tf.int32)
        pixels = tf.constant(float(np.prod(labels.shape)))
        if self.model.classes.void:
            pixels = tf.maximum(1.0, tf.reduce_sum(tf.cast(labels != IGNORED, tf.float32)))
        decay = tf.constant(self.average.next_decay())
        loss, confusion = self._step(*self.distribution.parts(inputs, labels), pixels, decay)
        return float(loss), np.asarray(confusion, np.int64)

    def optimizer_variables(self) -> dict[str, Any]:
        """The variables of the optimizers by the names that a state file has."""
        import keras

        named = {
            f"optimizer/{group}/{index}": variable
            for group, optimizer in enumerate(self.optimizers)
            for index, variable in enumerate(optimizer.variables)
        }
        if isinstance(self.optimizer, keras.optimizers.LossScaleOptimizer):
            named["optimizer/loss_scale"] = self.optimizer.dynamic_scale
        return named


class MovingAverage:
    """The exponential moving average of a network's weights; ``decay`` 0 leaves it out.

    B. Polyak and A. Juditsky, "Acceleration of Stochastic Approximation by Averaging", SIAM J. Control Optim. 1992.
    Keras's optimizers can average, too (``use_ema``), but an optimizer is made anew for each phase, which would begin
    the average anew, and its decay is fixed.
    """

    def __init__(self, network: keras.Model, decay: float):
        import tensorflow as tf

        self.decay = decay
        self.steps = 0
        self._weights = network.weights if decay else []
        self.means = [tf.Variable(weight) for weight in self._weights]
        self._kept: list[np.ndarray] = []

    def next_decay(self) -> np.float32:
        """The decay of the step that comes now: 2/11, 3/12, 4/13, ..., at most ``decay``.

        A fixed decay near one would keep the weights of the first step in the mean for hundreds of steps.
        """
        self.steps += 1
        return np.float32(min(self.decay, (1 + self.steps) / (10 + self.steps)))

    def update(self, decay: Any) -> None:
        for mean, weight in zip(self.means, self._weights, strict=True):
            mean.assign(decay * mean + (1 - decay) * weight)

    def __enter__(self) -> None:
        """Within the block the network has its averaged weights, where the recipe asks for an average."""
        self._kept = [np.asarray(weight) for weight in self._weights]
        for weight, mean in zip(self._weights, self.means, strict=True):
            weight.assign(mean)

    def __exit__(self, *_: object) -> None:
        for weight, value in zip(self._weights, self._kept, strict=True):
            weight.assign(value)
        self._kept = []


def cross_entropy(labels: Any, logits: Any, has_void: bool) -> Any:
    """The cross-entropy of each pixel, float32 ``(N, H, W)``; 0 where ``labels``, int32 ``(N, H, W)``, are 255.

    ``has_void``: whether they can be. ``logits``: float32 ``(N, H, W, C)``.
    """
    import tensorflow as tf

    if not has_void:
        return tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
    is_labelled = labels != IGNORED
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(tf.where(is_labelled, labels, 0), logits)
    return tf.where(is_labelled, losses, 0.0)


def soft_jaccard_loss(labels: Any, logits: Any, has_void: bool = False) -> Any:
    """One less the mean IoU of a batch with every pixel counted by its probability: mean IoU as a smooth loss.

    ``labels``: int32 ``(N, H, W)``, 255 where a pixel does not count; ``logits``: float32 ``(N, H, W, C)``; of a batch
    that replicas share, a part. ``has_void``: whether labels can be 255. Returns a scalar in [0, 1], that of the whole
    batch.
    M. A. Rahman and Y. Wang, "Optimizing Intersection-Over-Union in Deep Neural Networks for Image Segmentation",
    ISVC 2016.

    >>> import tensorflow as tf
    >>> from seg.training.step import soft_jaccard_loss
    >>> labels = tf.constant([[[0, 0, 1], [2, 1, 2]]])
    >>> sure = 20 * tf.one_hot(labels, 3)  # right; 0 * sure is undecided, -sure wrong
    >>> [round(float(soft_jaccard_loss(labels, logits)), 2) for logits in (sure, 0 * sure, -sure)]
    [0.0, 0.62, 0.8]
    """
    import tensorflow as tf

    predicted = tf.nn.softmax(logits)
    if has_void:
        predicted *= tf.cast(labels != IGNORED, predicted.dtype)[..., tf.newaxis]
    true = tf.one_hot(labels, logits.shape[-1])  # zeros for 255
    intersection = sum_over_replicas(tf.reduce_sum(predicted * true, [0, 1, 2]))
    union = sum_over_replicas(tf.reduce_sum(predicted + true, [0, 1, 2])) - intersection
    # The ones keep the loss at zero for a class that is neither in the batch nor predicted.
    return 1 - tf.reduce_mean((intersection + 1) / (union + 1))
