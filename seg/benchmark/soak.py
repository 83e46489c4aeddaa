"""A soak: photos of mixed sizes from clients that come and go, over pages and API; what the server holds after it."""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent import futures
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from typing import Any

import requests

from seg.benchmark.browser import browsing, errors, give, has_browser, open_page, wait
from seg.benchmark.child import BenchmarkError
from seg.benchmark.pictures import random_photo
from seg.benchmark.server import Held, Server, serving

ALLOWED = 0.10  # growth of memory, as a share of what it was after a tenth of the photos
# Threads of asyncio's pool in the server, which starts one whenever all it has are at work, and keeps them.
POOL = min(32, (os.cpu_count() or 1) + 4)
SIZES = ((96, 128), (375, 500), (500, 375), (1080, 1920), (1200, 1600), (3024, 4032), (64, 2000))
FORMATS = ("JPEG", "JPEG", "JPEG", "PNG", "WEBP")
ANSWERS = ("cutout", "trimap", "overlay", "shares")
ONE_IN = 20  # photos is no picture, and so is one in as many a photo that has been sent before
PHOTOS_OF_A_VISIT = 5
ON_PAGES = 4  # one client in so many is a visitor of the pages
# Streamlit forgets the session of a visitor who has gone after 120 s, the server unused results after 180 s.
SECONDS_OF_REST = 240
SECONDS_TO_ANSWER = 600
MOST_TOLD = 20  # errors in the result


@dataclass(frozen=True)
class Photo:
    """What a client sends: ``data`` under a name. What is no picture (``is_picture``) is to be refused."""

    name: str
    data: bytes
    format: str
    is_picture: bool


@dataclass
class Work:
    """The photos that are still to be sent, for all clients, and the errors so far."""

    photos: int
    seed: int
    begun: int = 0
    errors: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, most: int) -> list[Photo]:
        """The next photos, as many as one visit brings; none when all have been taken."""
        with self.lock:
            numbers = range(self.begun, min(self.begun + most, self.photos))
            self.begun += len(numbers)
        return [photo_of(number, self.seed) for number in numbers]

    def fail(self, error: str) -> None:
        with self.lock:
            self.errors.append(error)


def soak(
    photos: int = 2000,
    clients: int = 20,
    rest: float = SECONDS_OF_REST,
    seed: int = 0,
    report: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Send so many photos from so many clients, and compare what the server holds after a tenth of them and at the end.

    A visit has one to ``PHOTOS_OF_A_VISIT`` photos; then the client goes and comes back as another. One client in
    ``ON_PAGES`` visits the pages with a browser, where this machine has one; ``pages`` of the result says so. Both
    looks at the server come after ``rest`` seconds in which nobody asks it. ``errors``: wrong answers, error messages
    of pages, and tracebacks in the server's log. ``passed``: no error, memory at most ``ALLOWED`` above, no open or
    temporary file more than after the tenth, and no thread beyond those of ``POOL``. Raises BenchmarkError where no
    server starts.
    """
    report = report or (lambda what: None)
    pages = has_browser()
    with serving() as server, ExitStack() as stack:
        browser = stack.enter_context(browsing()) if pages else None
        looks: list[Held] = []
        failures: list[str] = []
        for part, (begin, end) in enumerate(((0, photos // 10), (photos // 10, photos))):
            work = Work(end, seed, begun=begin)
            on_pages = max(1, clients // ON_PAGES) if browser else 0
            with ThreadPoolExecutor(max(1, clients - on_pages)) as pool:
                visits = [
                    pool.submit(_visit_the_api, server, work, random.Random(f"{seed}-{part}-{client}"))
                    for client in range(clients - on_pages)
                ]
                if browser:  # a browser belongs to one thread: this one
                    _visit_the_pages(browser, server, work, on_pages, report)
                while futures.wait(visits, timeout=1).not_done:
                    report(f"photo {work.begun} of {photos}")
            for visit in visits:
                visit.result()
            failures += work.errors
            report(f"{end} of {photos} photos, resting")
            time.sleep(rest)
            # AnyIO's pool ends threads that nobody has needed for ten seconds, but only when it is asked for one.
            requests.get(f"{server.address}/api/health", timeout=SECONDS_TO_ANSWER)
            server.wait_until_alone()
            looks.append(server.held())
        tracebacks = server.log.count("Traceback (most recent call last)")
    first, last = looks
    failures += [f"{tracebacks} tracebacks in the server's log"] if tracebacks else []
    return {
        "photos": photos,
        "clients": clients,
        "pages": pages,
        "errors": failures[:MOST_TOLD],
        "error_count": len(failures),
        "after_a_tenth": asdict(first),
        "at_the_end": asdict(last),
        "passed": not failures and holds_no_more(first, last),
    }


def holds_no_more(before: Held, after: Held) -> bool:
    """Whether a server holds at most a tenth more memory than before, no file more, and no thread but of its pool."""
    allowed = {"threads": POOL, "open_files": 0, "uploads": 0, "temporary_files": 0}
    return after.memory_mb <= before.memory_mb * (1 + ALLOWED) and all(
        getattr(after, name) <= getattr(before, name) + more for name, more in allowed.items()
    )


def photo_of(number: int, seed: int) -> Photo:
    """The photo of this number: the same in every soak with this seed."""
    chance = random.Random(f"{seed}-{number}")
    if chance.randrange(ONE_IN) == 0:
        return Photo(f"notes-{number}.jpg", chance.randbytes(2000), "JPEG", is_picture=False)
    if number and chance.randrange(ONE_IN) == 0:
        return photo_of(chance.randrange(number), seed)  # somebody has sent it already
    format = chance.choice(FORMATS)
    data = random_photo(seed * 1_000_003 + number, chance.choice(SIZES), format)
    return Photo(f"photo-{number}.{format.lower()}", data, format, is_picture=True)


def _visit_the_api(server: Server, work: Work, chance: random.Random) -> None:
    """A client of the API that comes and goes until no photo is left."""
    while photos := work.take(chance.randint(1, PHOTOS_OF_A_VISIT)):
        with requests.Session() as session:
            for photo in photos:
                error = _ask(session, server.address, photo, chance.choice(ANSWERS))
                if error:
                    work.fail(error)


def _ask(session: requests.Session, address: str, photo: Photo, kind: str) -> str | None:
    """What is wrong with the answer to a photo, or None."""
    url = f"{address}/api/segment?as={kind}&empty=ok"
    try:
        answer = session.post(url, files={"photo": (photo.name, photo.data)}, timeout=SECONDS_TO_ANSWER)
    except requests.RequestException as error:
        return f"{photo.name}: {type(error).__name__}"
    right = 200 if photo.is_picture else 400
    return None if answer.status_code == right else f"{photo.name}: {answer.status_code} {answer.text[:200]}"


def _visit_the_pages(browser: Any, server: Server, work: Work, tabs: int, report: Callable[[str], None]) -> None:
    """Visitors of the pages who come and go until no photo is left: each tab is closed once its photos are shown."""
    chance = random.Random(f"{work.seed}-{work.begun}-pages")
    while work.begun < work.photos:
        report(f"photo {work.begun} of {work.photos}")
        visits = [(open_page(browser, server.address), photos) for photos in _visits(work, tabs, chance)]
        for look in (_give_by_format, _read):  # all give their photos before the first is waited for
            for page, photos in visits:
                error = look(page, photos)
                if error:
                    work.fail(f"a page with {', '.join(photo.name for photo in photos)} {error}")
        for page, _ in visits:
            page.context.close()


def _give_by_format(page: Any, photos: Sequence[Photo]) -> str | None:
    """Give photos to a page, one format after the other; what went wrong, or None."""
    for format in sorted({photo.format for photo in photos}):
        try:
            give(page, [(photo.name, photo.data) for photo in photos if photo.format == format])
        except BenchmarkError:
            return f"did not take those in {format}"
    return None


def _read(page: Any, photos: Sequence[Photo]) -> str | None:
    """Wait for a page that has photos; what it shows wrong, or None."""
    wait(page)
    shown = errors(page)
    return None if len(shown) == sum(not photo.is_picture for photo in photos) else f"shows {shown}"


def _visits(work: Work, tabs: int, chance: random.Random) -> Iterator[list[Photo]]:
    for _ in range(tabs):
        photos = work.take(chance.randint(1, PHOTOS_OF_A_VISIT))
        if photos:
            yield photos
