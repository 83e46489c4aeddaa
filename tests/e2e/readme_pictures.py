"""Makes the README's pictures from the app itself: ``python -m tests.e2e.readme_pictures [RUNS]``.

They show Chelsea and photos of the sample that ships, under CC BY-SA 4.0: the README cites Oxford-IIIT Pet. RUNS: a
folder of runs on the sample, for the picture of a training.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page, sync_playwright

from tests.e2e.conftest import CHROMIUM_FLAGS, ROOT, serving

DOCS = ROOT / "docs"


def picture(page: Page, name: str, height: int, down: int = 0) -> None:
    """The page once it stands still, ``height`` pixels of it, from ``down`` pixels below its top."""
    page.set_viewport_size({"width": 1280, "height": height})
    page.wait_for_timeout(1500)
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    page.mouse.move(800, 400)
    page.mouse.wheel(0, down)
    page.mouse.move(300, 5)
    page.wait_for_timeout(2500)
    page.screenshot(path=DOCS / f"{name}.jpg", type="jpeg", quality=82)


def main(runs: str | None) -> None:
    DOCS.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        environment = {"SEG_RUNS": str(Path(runs).resolve())} if runs else {}
        with serving(Path(folder), **environment) as app:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM_FLAGS)
            page = browser.new_page(viewport={"width": 1280, "height": 900}, locale="en-US")
            page.set_default_timeout(120_000)
            page.goto(app)
            page.locator(".frame img.after").wait_for()
            picture(page, "segment", 1000)
            page.goto(f"{app}/dataset?view=gallery")
            page.locator("img").nth(8).wait_for()
            picture(page, "dataset", 1000)
            page.goto(f"{app}/results")
            page.get_by_test_id("stImage").first.wait_for()
            picture(page, "results", 1000)
            page.goto(f"{app}/inside")
            page.get_by_role("heading", level=1).wait_for()
            picture(page, "inside", 1000)
            if runs:
                page.goto(f"{app}/train")
                page.locator("img, canvas").first.wait_for()
                picture(page, "train", 1300, down=850)
            browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
