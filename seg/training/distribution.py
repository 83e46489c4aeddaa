"""How a step is shared out: to the GPUs of this machine, or to several machines, whose weights stay the same.

Each machine prepares the whole batch, which takes some hundredths of a step, and each replica (a GPU, or a machine
without one) trains on its part; gradients are summed over all before they are applied. A step is therefore that of one
machine with the same batch, whatever the number of replicas.

Machines are described by TensorFlow's ``TF_CONFIG`` and started with the same command. The first, the chief, alone
writes the run. Not Keras's ``model.fit``, which fails under this strategy in Keras 3.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from seg.training.errors import TrainingError


@dataclass(frozen=True)
class Cluster:
    """The machines of a training: their number, and which of them this is; the chief is 0."""

    machines: int = 1
    index: int = 0

    @property
    def is_chief(self) -> bool:
        return self.index == 0

    @classmethod
    def of_environment(cls) -> Cluster:
        """What ``TF_CONFIG`` says, by its workers (a ``chief`` comes first); one machine without it.

        Raises TrainingError for text that TensorFlow could not use.
        """
        text = os.environ.get("TF_CONFIG")
        if not text:
            return cls()
        try:
            config = json.loads(text)
            kinds = {kind: len(config["cluster"].get(kind, ())) for kind in ("chief", "worker")}
            task = config["task"]
            index = int(task["index"]) + (kinds["chief"] if task["type"] == "worker" else 0)
            cluster = cls(sum(kinds.values()), index)
            if task["type"] not in kinds or not 0 <= index < cluster.machines:
                raise ValueError("the task is not one of the cluster")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise TrainingError("training_tf_config", reason=f"{type(error).__name__}: {error}") from None
        return cluster


class Distribution:
    """The replicas of a training, as TensorFlow's strategy for them: one, the GPUs of a machine, or several machines.

    Made before TensorFlow computes anything: machines have to find each other first. Raises TrainingError.
    """

    def __init__(self, cluster: Cluster, gpus: int):
        import tensorflow as tf

        self.cluster = cluster
        if cluster.machines > 1:
            self.strategy = tf.distribute.MultiWorkerMirroredStrategy()
        elif gpus > 1:
            self.strategy = tf.distribute.MirroredStrategy()
        else:
            self.strategy = tf.distribute.get_strategy()

    @property
    def replicas(self) -> int:
        return self.strategy.num_replicas_in_sync

    @property
    def is_shared(self) -> bool:
        """Whether there is more than one replica."""
        return self.replicas > 1

    def scope(self) -> contextlib.AbstractContextManager[Any]:
        """Variables that are made within the block are the same in all replicas."""
        return self.strategy.scope() if self.is_shared else contextlib.nullcontext()

    def parts(self, inputs: Any, labels: Any) -> tuple[Any, Any]:
        """A batch, its images or its tuple of taps and its labels, as what ``run`` gives to each replica."""
        if not self.is_shared:
            return inputs, labels
        import tensorflow as tf

        count = len(labels)
        # As equal as can be; with fewer photos than replicas some have none.
        ends = [count * number // self.replicas for number in range(self.replicas + 1)]

        def part(context: Any) -> tuple[Any, Any]:
            own = slice(ends[context.replica_id_in_sync_group], ends[context.replica_id_in_sync_group + 1])
            return tf.nest.map_structure(lambda tensor: tensor[own], (inputs, labels))

        return self.strategy.experimental_distribute_values_from_function(part)

    def agree(self, flag: bool) -> bool:
        """Whether ``flag`` is set on any machine; each of them asks at the same step."""
        if self.cluster.machines == 1:
            return flag
        import tensorflow as tf

        mine = tf.constant(float(flag))
        return float(self.run(lambda: tf.identity(mine))) > 0

    def run(self, step: Callable[..., Any], *arguments: Any) -> Any:
        """Call ``step`` once in each replica, and sum what it returns over all of them."""
        import tensorflow as tf

        results = self.strategy.run(step, arguments)
        if not self.is_shared:
            return results
        return tf.nest.map_structure(
            lambda result: self.strategy.reduce(tf.distribute.ReduceOp.SUM, result, axis=None), results
        )


def sum_over_replicas(tensor: Any) -> Any:
    """The sum of a tensor over all replicas, within a step; its gradient is summed as well."""
    import tensorflow as tf

    context = tf.distribute.get_replica_context()
    return tensor if context.num_replicas_in_sync == 1 else context.all_reduce(tf.distribute.ReduceOp.SUM, tensor)


@contextmanager
def lost_machines_told(cluster: Cluster, run_id: str) -> Iterator[None]:
    """Within the block the end of another machine, which TensorFlow notices in a step, is an error for people."""
    if cluster.machines == 1:
        yield
        return
    import tensorflow as tf

    try:
        yield
    except (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.InternalError, tf.errors.CancelledError) as e:
        raise TrainingError("training_lost_machine", run=run_id) from e
