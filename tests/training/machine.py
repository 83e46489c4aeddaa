"""A machine of a training of the narrow network, as a process: ``machine.py RUNS PETS [RUN]``; TF_CONFIG says which.

``TWO_REPLICAS``: the machine has two, its processor twice, as it would have two GPUs.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from seg.training.runs import Run
from seg.training.train import train
from tests.narrow import EVERYTHING, narrow_network, tiny_phase, tiny_recipe

# Batches of four of six photos: the second step has two. Every kind of phase, and every part of the loss.
RECIPE = tiny_recipe(
    tiny_phase(epochs=1, batch=4), tiny_phase(epochs=2, batch=4, **EVERYTHING), ema_decay=0.9, jaccard=0.25
)


def use_two_replicas() -> None:
    """Every training of this process has two replicas, on one processor."""
    import tensorflow as tf

    from seg.training import distribution, loop

    (processor,) = tf.config.list_physical_devices("CPU")
    tf.config.set_logical_device_configuration(processor, [tf.config.LogicalDeviceConfiguration()] * 2)
    mirrored = tf.distribute.MirroredStrategy
    tf.distribute.MirroredStrategy = lambda: mirrored(["CPU:0", "CPU:1"])
    loop.Distribution = lambda cluster, gpus: distribution.Distribution(cluster, gpus=2)


def main() -> None:
    runs, pets, *run = map(Path, sys.argv[1:])
    dies_after = int(os.environ.get("DIES_AFTER_EPOCH", "0"))

    def report(status) -> None:
        if dies_after and status.epoch == dies_after and status.activity == "training" and status.step:
            os.kill(os.getpid(), signal.SIGKILL)

    from seg.training import loop

    loop.REPORT_EVERY = 0.0
    if os.environ.get("TWO_REPLICAS"):
        use_two_replicas()
    with narrow_network():
        trained = train(RECIPE, pets, runs=runs, run=Run(run[0]) if run else None, report=report)
    print(trained.folder)


if __name__ == "__main__":
    main()
