"""Runs the steps of the Dockerfile without Docker: in a clean Debian root, and the app as its unprivileged user.

    sudo .venv/bin/python deploy/clean_root.py FOLDER [--target training]

FOLDER becomes the image's root file system, made by debootstrap; Debian's Python 3.11 stands for that of the base
image.
Then the app starts in it as the Dockerfile says, the root mounted read-only but for /data and /tmp, and segments a
photo. How large the root is, is said in megabytes. Linux alone, as root, with the packages debootstrap and util-linux.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
PHOTO = PROJECT / "seg" / "ui" / "segment" / "samples" / "chelsea.jpg"
SECONDS_TO_START = 120


def instructions(dockerfile: str, target: str) -> list[tuple[str, str]]:
    """The instructions of a stage and of those it is built from, as ``(name, rest)``, lines joined."""
    text = re.sub(r"\\\n", " ", "\n".join(line for line in dockerfile.splitlines() if not line.startswith("#")))
    stages: dict[str, list[tuple[str, str]]] = {}
    current: list[tuple[str, str]] = []
    for line in filter(str.strip, text.splitlines()):
        name, rest = line.split(maxsplit=1)
        if name == "FROM":
            image, _, stage = rest.split()
            current = stages[stage] = list(stages.get(image, ()))
        else:
            current.append((name, rest.strip()))
    return stages[target]


def context_files(ignore: str) -> list[str]:
    """What of the project goes into the image: the lines of the ignore file that take back its ``*``."""
    return [line[1:] for line in ignore.splitlines() if line.startswith("!")]


class CleanRoot:
    """A root file system, and the environment and folder that the instructions have set so far."""

    def __init__(self, root: Path):
        self.root, self.workdir, self.user = root, "/", "0"
        self.environment = {"PATH": "/venv/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"}

    def make(self) -> None:
        """The base: Debian with its Python; a virtual environment stands for the Python of the image."""
        packages = "python3,python3-venv,ca-certificates"
        command = ["debootstrap", "--variant=minbase", f"--include={packages}", "bookworm", str(self.root)]
        subprocess.run([*command, "http://deb.debian.org/debian"], check=True, stdout=subprocess.DEVNULL)
        self.shell("rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb")  # as images are
        for name in ("etc/resolv.conf", "etc/ssl/certs/ca-certificates.crt"):  # what this machine's network needs
            shutil.copy(f"/{name}", self.root / name)
        self.shell("python3 -m venv /venv")

    def megabytes(self) -> float:
        """What lies on disk below the root, in MB of 10**6 bytes."""
        listed = subprocess.run(["du", "-sxB1", str(self.root)], check=True, capture_output=True, text=True)
        return int(listed.stdout.split()[0]) / 1e6

    def shell(self, line: str) -> None:
        """Run a line in the root as its superuser. The host's index of packages is the one that pip asks."""
        pip = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
        command = ["chroot", str(self.root), "/bin/sh", "-c", f"cd {shlex.quote(self.workdir)} && {line}"]
        subprocess.run(command, check=True, env=self.environment | pip)

    def follow(self, name: str, rest: str) -> None:
        """Do what an instruction of the Dockerfile says."""
        if name == "WORKDIR":
            self.workdir = rest
            (self.root / rest.lstrip("/")).mkdir(parents=True, exist_ok=True)
        elif name == "ENV":
            self.environment |= dict(pair.split("=", 1) for pair in shlex.split(rest))
        elif name == "USER":
            self.user = rest
        elif name == "RUN":
            self.shell(rest)
        elif name == "COPY":
            self._copy(*rest.split())
        elif name not in ("EXPOSE", "VOLUME", "HEALTHCHECK", "CMD"):
            sys.exit(f"{name} is not understood here")

    def _copy(self, source: str, _: str) -> None:
        ignore = (PROJECT / "deploy" / "Dockerfile.dockerignore").read_text()
        names = context_files(ignore) if source == "." else [source]
        target = self.root / self.workdir.lstrip("/")
        tar = subprocess.Popen(["tar", "-c", "--exclude=__pycache__", *names], cwd=PROJECT, stdout=subprocess.PIPE)
        subprocess.run(["tar", "-x", "--no-same-owner"], cwd=target, stdin=tar.stdout, check=True)
        if tar.wait():
            sys.exit("the project's files could not be copied")

    def start(self, command: list[str]) -> subprocess.Popen:
        """The command as the image's user, without privileges, in a root that is read-only but for /data and /tmp."""
        root = shlex.quote(str(self.root))
        mounts = [
            f"mount --bind {root} {root}",
            f"mount -t tmpfs -o mode=1777 none {root}/tmp",
            f"mount --bind {root}/data {root}/data",
            f"mount -t proc proc {root}/proc",
            f"mount --rbind /dev {root}/dev",
            f"mount -o remount,bind,ro {root}",
        ]
        inside = f"cd {self.workdir} && exec {shlex.join(command)}"
        drop = f"--reuid {self.user} --regid {self.user} --clear-groups --bounding-set=-all --no-new-privs"
        # Entered before the user changes: who has no privileges may not.
        run = f"exec chroot {root} setpriv {drop} /bin/sh -c {shlex.quote(inside)}"
        script = " && ".join([*mounts, run])
        return subprocess.Popen(["unshare", "--mount", "/bin/sh", "-c", script], env=self.environment)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--target", default="serving", choices=("serving", "training"))
    options = parser.parse_args()
    steps = instructions((PROJECT / "deploy" / "Dockerfile").read_text(), options.target)
    root = CleanRoot(options.folder.resolve())
    if not root.root.exists():
        root.make()
    base = root.megabytes()
    for name, rest in steps:
        print(name, rest, flush=True)
        root.follow(name, rest)
    print(f"{root.megabytes():.0f} MB, of which the base has {base:.0f}", flush=True)
    (command,) = (json.loads(rest) for name, rest in steps if name == "CMD")
    (check,) = (json.loads(rest[rest.index("[") :]) for name, rest in steps if name == "HEALTHCHECK")
    server = root.start(command)
    try:
        _wait_until_healthy(root, check)
        segment = "http://127.0.0.1:8501/api/segment?as=shares"
        with urllib.request.urlopen(urllib.request.Request(segment, PHOTO.read_bytes()), timeout=120) as answer:
            print(f"healthy, and segments a photo: {answer.read().decode()}")
    finally:
        server.terminate()
        server.wait(30)


def _wait_until_healthy(root: CleanRoot, check: list[str]) -> None:
    """Ask as the HEALTHCHECK does, within the root, until it says yes."""
    until = time.monotonic() + SECONDS_TO_START
    command = ["chroot", str(root.root), *check]
    while subprocess.run(command, env=root.environment, stderr=subprocess.DEVNULL).returncode:
        if time.monotonic() > until:
            sys.exit("the app did not become healthy")
        time.sleep(1)


if __name__ == "__main__":
    main()
