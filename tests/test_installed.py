"""What ``pip install .`` installs works away from the project's folder: the program ``seg``, its weights, the app."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
PIP = (sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-compile")
PAGES = """\
from seg.serve.app_file import app_file
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

app = AppTest.from_file(str(app_file()), default_timeout=60)
app.query_params["section"] = "steps"
for page in ("dataset", "train", "inside"):
    app._page_hash = calc_hash(page)
    app.run()
    assert not app.exception, app.exception
    print(app_file(), app.title[0].value, len(app.get("page_link")))
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the package was installed into."""
    folder = tmp_path_factory.mktemp("installed")
    tree = folder / "project"  # setuptools builds in the folder that it is given
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("seg", "weights", ".streamlit"):
        shutil.copytree(ROOT / name, tree / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE", "requirements.txt", "streamlit_app.py"):
        shutil.copy(ROOT / name, tree / name)
    subprocess.run([*PIP, "--target", str(folder / "site"), str(tree)], check=True, timeout=300, cwd=folder)
    shutil.rmtree(tree)
    return folder / "site"


@pytest.fixture
def elsewhere(site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Another folder than the project's, in which programs find the installed package alone."""
    monkeypatch.setenv("PYTHONPATH", str(site))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_program_segments_a_photo_with_the_weights_that_came_with_it(site: Path, elsewhere: Path):
    program = str(site / "bin" / "seg")
    assert run(program, "--help").startswith("Usage: seg [OPTIONS] VERB")
    photo = site / "seg" / "ui" / "segment" / "samples" / "chelsea.jpg"
    assert "pet 7" in run(program, "predict", str(photo), "-o", "out")
    assert (elsewhere / "out" / "chelsea.cutout.png").is_file()


def test_every_page_is_found_and_so_are_those_that_it_links_to(site: Path, elsewhere: Path):
    lines = run(sys.executable, "-c", PAGES).splitlines()
    assert len(set(lines)) == 3 and all(line.startswith(str(site / "seg" / "app")) for line in lines)
    assert int(lines[-1].split()[-1]) > 5, "the article's steps lead to other pages"


@pytest.mark.skipif(os.name != "posix", reason="elsewhere the program is an .exe that starts another process")
def test_the_app_starts_with_the_projects_settings_and_ends_when_it_is_told_to(site: Path, elsewhere: Path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(site / "bin" / "seg"), "app", "--port", str(port), "--server.headless", "true"]
    log = elsewhere / "log"
    with log.open("w") as file:
        app = subprocess.Popen(command, stdout=file, stderr=file)
    try:
        health = None
        while health is None and app.poll() is None:
            try:
                health = urllib.request.urlopen(f"http://localhost:{port}/api/health", timeout=2).read()
            except OSError:
                time.sleep(0.2)
        assert health and b'"status":"ok"' in health, log.read_text()
        with socket.socket() as other, pytest.raises(OSError):
            other.settimeout(2)
            other.connect((_address_of_this_machine(), port))  # config.toml: this machine alone
        assert (elsewhere / "log").read_text().count(f"http://localhost:{port}") == 1
    finally:
        app.terminate()
        assert app.wait(20) in (0, -15), "the server itself has got the signal"


def _address_of_this_machine() -> str:
    """One that is not that of the loopback, or one that nobody has."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing
            address = probe.getsockname()[0]
        except OSError:
            return "192.0.2.1"
    return address if not address.startswith("127.") else "192.0.2.1"
