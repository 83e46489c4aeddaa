"""One archive, from the first of its mirrors that has it: continued where it ends, requested again after a failure."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from urllib.parse import urlsplit

import requests
from urllib3 import Retry
from urllib3.exceptions import HTTPError, MaxRetryError, TimeoutError

from seg.data.archives import Archive, DownloadError
from seg.data.download_progress import REPORT_EVERY_S, Reporter
from seg.errors import SegError

# Bytes taken from the network at a time: even on a slow line a stop is then heard about once a second.
CHUNK = 64 * 1024
# A server that answers so is asked again; any other error means that it does not have the file.
PASSING_STATUSES = frozenset({408, 429, *range(500, 600)})


@dataclass(frozen=True)
class Patience:
    """How long to wait for a server, and how often to ask it again. All times in seconds.

    A mirror is given up after ``tries`` requests in a row that brought no more bytes. The second request follows the
    first at once, the third after twice ``backoff_s``; then the wait doubles each time.
    """

    connect_s: float = 10.0
    read_s: float = 30.0
    tries: int = 5
    backoff_s: float = 1.0
    sleep: Callable[[float], None] = time.sleep

    def retry(self) -> Retry:
        """The count of failed requests and the waits between them.

        Asked by hand, not mounted into the session: there a stop would not be heard during a wait, and a connection
        that is cut within the file would not count (urllib3 issue 2751).
        """
        return Retry(self.tries - 1, backoff_factor=self.backoff_s)


DEFAULT_PATIENCE = Patience()


class _PassingFailure(DownloadError):
    """A request failed in a way that the next one may not."""


class _MirrorFailure(DownloadError):
    """A mirror does not have the file."""


def size_of(file: Path) -> int:
    """Bytes of a file; 0 where there is none."""
    return file.stat().st_size if file.exists() else 0


def size_text(size: int) -> str:
    """Bytes for people: 791918971 -> "792 MB"."""
    if size < 1_000_000:
        return f"{-(-size // 1000)} kB"
    return f"{size / 1e6:.0f} MB" if size < 1_000_000_000 else f"{size / 1e9:.1f} GB"


def fetch(archive: Archive, folder: Path, session: requests.Session, patience: Patience, report: Reporter) -> Path:
    """An archive's file in ``folder``, complete and proved, from the first mirror that has it.

    Raises DownloadError when no mirror has it, DownloadCancelled, OSError.
    """
    file = folder / archive.name
    failures: list[SegError] = []
    for url in archive.urls:
        try:
            _Mirror(url, archive, file, session, patience, report).fetch()
            return file
        except _MirrorFailure as failure:
            failures.append(failure)
    reasons = reduce(lambda first, second: DownloadError("download_reasons", first=first, second=second), failures)
    if kept := size_of(file):
        raise DownloadError("download_failed_kept", archive=archive.name, reasons=reasons, kept=size_text(kept))
    raise DownloadError("download_failed", archive=archive.name, reasons=reasons)


@dataclass(frozen=True)
class _Mirror:
    """One place that an archive can be downloaded from, and the file that its bytes go into."""

    url: str
    archive: Archive
    file: Path
    session: requests.Session
    patience: Patience
    report: Reporter

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or self.url

    def fetch(self) -> None:
        """Send requests until the file is complete and proved. Raises _MirrorFailure, DownloadCancelled, OSError."""
        retry, furthest = self.patience.retry(), size_of(self.file)
        has_older_bytes = furthest > 0  # of an earlier start or another mirror
        while not self._is_right():
            if size_of(self.file) >= self.archive.size:
                self.file.unlink()
                if not has_older_bytes:
                    raise _MirrorFailure("mirror_other_bytes", host=self.host)
                retry, furthest, has_older_bytes = self.patience.retry(), 0, False
            try:
                self._request()
            except _PassingFailure as failure:
                if size_of(self.file) > furthest:  # a line that cuts often still brings the file
                    retry, furthest = self.patience.retry(), size_of(self.file)
                retry = self._wait(retry, failure)

    def _is_right(self) -> bool:
        if size_of(self.file) != self.archive.size:
            return False
        return self.archive.is_proved_by(
            self.file, lambda done: self.report("check", self.archive.name, done, self.archive.size)
        )

    def _request(self) -> None:
        """Make one request for the bytes that the file lacks.

        Raises _PassingFailure, _MirrorFailure, DownloadCancelled, OSError.
        """
        begin = size_of(self.file)
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={begin}-"} if begin else {})
        timeouts = (self.patience.connect_s, self.patience.read_s)
        try:
            with self.session.get(self.url, headers=headers, stream=True, timeout=timeouts) as response:
                mode = "ab" if self._continues(response, begin) else "wb"
                with self.file.open(mode) as output:
                    # Not decoded: some servers call a .tar.gz a tar with `Content-Encoding: gzip`, but the checksums
                    # and ranges are those of the file.
                    for chunk in response.raw.stream(CHUNK, decode_content=False):
                        if output.tell() + len(chunk) > self.archive.size:
                            output.truncate(0)
                            raise _MirrorFailure("mirror_more", host=self.host)
                        output.write(chunk)
                        self.report("download", self.archive.name, output.tell(), self.archive.size)
        except (requests.RequestException, HTTPError) as error:
            raise _PassingFailure(_code_of(error), host=self.host) from error
        if size_of(self.file) < self.archive.size:
            raise _PassingFailure("mirror_cut", host=self.host)

    def _continues(self, response: requests.Response, begin: int) -> bool:
        """Whether a response continues the file at the byte ``begin``; if not, it is the complete file.

        Raises _MirrorFailure, with the file untouched, if it can be neither; _PassingFailure if the file has to be
        requested from its beginning.
        """
        code, status = response.status_code, f"{response.status_code} {response.reason}"
        if code in PASSING_STATUSES:
            raise _PassingFailure("mirror_status", host=self.host, status=status)
        if code not in (200, 206, 416):
            raise _MirrorFailure("mirror_status", host=self.host, status=status)
        if code == 200 and response.headers.get("Content-Type", "").startswith("text/html"):
            raise _MirrorFailure("mirror_web_page", host=self.host)  # the log-in page of a hotel's network, for example
        content_range = response.headers.get("Content-Range", "")  # bytes 100-999/1000
        size = response.headers.get("Content-Length", "") if code == 200 else content_range.rpartition("/")[2]
        right = self.archive.size
        if size.isdecimal() and int(size) != right:
            raise _MirrorFailure("mirror_other_size", host=self.host, size=f"{int(size):,}", right=f"{right:,}")
        if code == 200:  # to the first request, or from a server that knows no ranges
            return False
        if not content_range.startswith(f"bytes {begin}-"):
            self.file.unlink()
            raise _PassingFailure("mirror_range", host=self.host)
        return True

    def _wait(self, retry: Retry, failure: _PassingFailure) -> Retry:
        """Count a failure and wait before the next request, in slices, so that a stop is heard during the wait.

        Raises _MirrorFailure when it was one failure too many, DownloadCancelled.
        """
        try:
            retry = retry.increment("GET", self.url, error=failure)
        except MaxRetryError:
            raise _MirrorFailure(failure.code, **failure.values) from failure
        seconds = retry.get_backoff_time()
        note = DownloadError("mirror_retry", reason=failure, seconds=f"{seconds:g}")
        for _ in range(max(1, round(seconds / REPORT_EVERY_S))):
            self.report("wait", self.archive.name, size_of(self.file), self.archive.size, note)
            self.patience.sleep(min(seconds, REPORT_EVERY_S))
        return retry


def _code_of(error: Exception) -> str:
    """Why a request failed, as the code of a sentence."""
    if isinstance(error, requests.Timeout | TimeoutError):
        return "mirror_timeout"
    if isinstance(error, requests.exceptions.SSLError):
        return "mirror_certificate"
    if isinstance(error, requests.RequestException):
        return "mirror_unreachable"
    return "mirror_cut"
