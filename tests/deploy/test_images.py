"""The descriptions of images, of Compose and of Kubernetes: linted, and true to what the app needs."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from seg.serve import limits

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
SCRIPTS = Path(sys.executable).parent  # where the linters are installed

spec = importlib.util.spec_from_file_location("clean_root", DEPLOY / "clean_root.py")
clean_root = importlib.util.module_from_spec(spec)
sys.modules[spec.name] = clean_root
spec.loader.exec_module(clean_root)


@pytest.mark.parametrize(
    "command",
    [
        ["hadolint", "Dockerfile"],
        ["check-jsonschema", "--builtin-schema", "vendor.compose-spec", "compose.yaml", "compose.gpu.yaml"],
        ["kubernetes-validate", "kubernetes.yaml"],
    ],
    ids=lambda command: command[0],
)
def test_linters_find_nothing(command):
    result = subprocess.run([SCRIPTS / command[0], *command[1:]], cwd=DEPLOY, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


def test_an_image_holds_what_the_app_needs_and_no_more():
    names = clean_root.context_files((DEPLOY / "Dockerfile.dockerignore").read_text())
    assert all((ROOT / name).exists() for name in names)
    assert {"seg", "weights", "streamlit_app.py", ".streamlit/config.toml"} <= set(names)
    assert not {"tests", ".git", "runs", ".streamlit/secrets.toml", ".streamlit"} & set(names)


@pytest.mark.parametrize("target", ["serving", "training"])
def test_both_images_run_as_somebody_without_privileges(target):
    steps = clean_root.instructions((DEPLOY / "Dockerfile").read_text(), target)
    users = [rest for name, rest in steps if name == "USER"]
    assert users == ["10001"]
    assert [name for name, _ in steps].index("USER") > [name for name, _ in steps].index("RUN")


def test_the_serving_image_leaves_out_what_trains_and_nothing_else():
    ((_, run),) = [
        step
        for step in clean_root.instructions((DEPLOY / "Dockerfile").read_text(), "serving")
        if "serving.txt" in step[1]
    ]
    (pattern,) = re.findall(r"'(\^.*?)'", run)
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    left_out = [re.split(r"[><=]", line)[0] for line in lines if re.search(pattern, line)]
    assert left_out == ["tensorflow", "keras", "tensorboard"]


def test_the_proxy_lets_every_photo_through_that_the_app_takes():
    (most,) = re.findall(r"client_max_body_size (\d+)m;", (DEPLOY / "nginx.conf").read_text())
    assert int(most) > limits.SENT_MEGABYTES
    assert f"proxy-body-size: {most}m" in (DEPLOY / "kubernetes.yaml").read_text()
