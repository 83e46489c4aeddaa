"""Photos on a cluster of two nodes, all of them on this machine: from folders and from a store that speaks S3."""

from __future__ import annotations

import csv
import os
import signal
import time
from collections import Counter
from pathlib import Path

import pytest
import requests

from seg.benchmark.pictures import random_photo
from seg.scale import on_ray
from seg.scale.on_ray import FAILURES, Job, Worker, find, segment
from seg.scale.places import Place

pytestmark = pytest.mark.slow

ray = pytest.importorskip("ray")
ROOT = Path(__file__).resolve().parents[2]
TRIMAPS = Job(parts=("trimap",), detail="fast")


@pytest.fixture(scope="module")
def store():
    """A server that speaks S3, with an empty bucket; its settings are in the environment of the cluster, too."""
    server_module = pytest.importorskip("moto.server")
    server = server_module.ThreadedMotoServer("127.0.0.1", 0)
    server.start()
    host, port = server.get_host_and_port()
    settings = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
        "AWS_REGION": "us-east-1",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, value)
        requests.put(f"http://{host}:{port}/pets", timeout=10).raise_for_status()
        yield Place("s3://pets")
    server.stop()


@pytest.fixture(scope="module")
def cluster(store):
    from ray.cluster_utils import Cluster

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
        cluster.add_node(num_cpus=1)
        patch.setenv("RAY_ADDRESS", cluster.address)
        yield cluster
        ray.shutdown()
        cluster.shutdown()


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    monkeypatch.setattr(on_ray, "BATCH", 3)


def give(place: Place, count: int) -> None:
    for number in range(count):
        place.write(f"cats/{number}.jpg", random_photo(number, (48, 64)))


def states(rows: list[on_ray.Row]) -> Counter[str]:
    assert len({(row.place, row.name) for row in rows}) == len(rows), "a photo has one row"
    return Counter(row.state for row in rows)


def test_a_folder_with_folders_is_segmented_once_and_what_fails_stands_in_the_table(cluster, tmp_path):
    source, target = Place(str(tmp_path / "in")), Place(str(tmp_path / "out"))
    give(source, 7)
    source.write("bad.jpg", b"no picture")
    source.write("readme.md", b"no picture, and not called one")
    rows = list(segment(find([source.address], target, TRIMAPS), target, TRIMAPS))
    assert states(rows) == {"done": 7, "failed": 1, "left_out": 1}
    assert target.written() == {f"cats/{number}.jpg.trimap.png" for number in range(7)} | {FAILURES}
    table = list(csv.DictReader(target.read(FAILURES).decode().splitlines()))
    assert [row["photo"] for row in table] == ["bad.jpg"] and "bad.jpg is not a picture" in table[0]["reason"]
    again = find([source.address], target, TRIMAPS)
    assert again.done_before == 7
    assert states(list(segment(again, target, TRIMAPS, workers=1))) == {"failed": 1, "left_out": 1}


def test_photos_come_from_and_results_go_to_an_object_store(cluster, store):
    give(Place("s3://pets/in"), 4)
    target = Place("s3://pets/out")
    rows = list(segment(find(["s3://pets/in"], target, TRIMAPS), target, TRIMAPS))
    assert states(rows) == {"done": 4}
    assert target.written() == {f"cats/{number}.jpg.trimap.png" for number in range(4)} | {FAILURES}
    assert target.read("cats/0.jpg.trimap.png").startswith(b"\x89PNG")


def test_a_worker_that_is_killed_loses_nothing_and_doubles_nothing(cluster, tmp_path):
    source, target = Place(str(tmp_path / "in")), Place(str(tmp_path / "out"))
    give(source, 9)
    mark = tmp_path / "killed"

    class KilledOnce(Worker):
        """Killed by the system after its first result, once."""

        def _rows(self, photos):
            for row in super()._rows(photos):
                if not mark.exists():
                    mark.touch()
                    os.kill(os.getpid(), signal.SIGKILL)
                yield row

    rows = list(segment(find([source.address], target, TRIMAPS), target, TRIMAPS, worker=KilledOnce))
    assert mark.exists()
    assert states(rows) == {"done": 9}
    assert target.written() == {f"cats/{number}.jpg.trimap.png" for number in range(9)} | {FAILURES}


def test_a_photo_that_kills_its_worker_each_time_costs_no_other_batch_its_results(cluster, tmp_path):
    source, target = Place(str(tmp_path / "in")), Place(str(tmp_path / "out"))
    give(source, 6)

    class Fragile(Worker):
        """Killed by one photo, as by a mistake in a decoder."""

        def _rows(self, photos):
            if any(name == "cats/4.jpg" for _, name in photos):
                os.kill(os.getpid(), signal.SIGKILL)
            return super()._rows(photos)

    rows = list(segment(find([source.address], target, TRIMAPS), target, TRIMAPS, worker=Fragile))
    assert states(rows) == {"done": 3, "failed": 3}
    assert all("worker died" in row.reason for row in rows if row.state == "failed")


def test_each_machine_has_a_worker_from_the_first_batch_on(cluster, tmp_path):
    source, target = Place(str(tmp_path / "in")), Place(str(tmp_path / "out"))
    give(source, 6)
    marks = tmp_path / "workers"
    marks.mkdir()

    class Waiting(Worker):
        """Begins its batch when another worker has one, too."""

        def _rows(self, photos):
            (marks / str(os.getpid())).touch()
            until = time.monotonic() + 60
            while len(list(marks.iterdir())) < 2 and time.monotonic() < until:
                time.sleep(0.1)
            return super()._rows(photos)

    assert states(list(segment(find([source.address], target, TRIMAPS), target, TRIMAPS, worker=Waiting))) == {
        "done": 6
    }
    assert len(list(marks.iterdir())) == 2
