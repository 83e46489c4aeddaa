"""What all pages share: the menu on a phone, the tab's title, the language, addresses that do not exist."""

from __future__ import annotations

import pytest

from seg.texts.en import TEXTS as EN
from seg.texts.zh import TEXTS as ZH
from tests.e2e.test_app import heading, settled


@pytest.fixture
def phone(page):
    page.set_viewport_size({"width": 390, "height": 844})
    return page


def sidebar_is_open(page) -> bool:
    return page.get_by_test_id("stSidebar").get_attribute("data-collapsed") == "false"


def open_sidebar(page) -> None:
    page.get_by_test_id("stExpandSidebarButton").click()
    page.wait_for_selector("[data-testid=stSidebar][data-collapsed=false]")


def test_on_a_phone_the_sidebar_closes_when_a_page_is_chosen_and_when_it_is_reloaded(app, phone):
    phone.goto(app)
    heading(phone, "segment")
    settled(phone)
    assert not sidebar_is_open(phone)
    open_sidebar(phone)
    phone.get_by_test_id("stSidebarNav").get_by_text(EN["train"]["title"], exact=True).click()
    heading(phone, "train")
    settled(phone)
    assert not sidebar_is_open(phone)
    open_sidebar(phone)
    phone.reload()
    heading(phone, "train")
    settled(phone)
    assert not sidebar_is_open(phone)


def largest_first(texts) -> str:
    return texts["dataset"]["sort_largest"].format(name=texts["common"]["pet"])


def test_the_tab_the_document_and_the_select_boxes_follow_the_language(app, page):
    page.goto(f"{app}/dataset?view=gallery")
    heading(page, "dataset")
    page.get_by_role("combobox", name=EN["dataset"]["sort"]).click()
    page.get_by_role("option", name=largest_first(EN), exact=True).click()
    settled(page)
    page.get_by_text("中文", exact=True).click()
    heading(page, "dataset", ZH)
    settled(page)
    assert page.title() == f"{ZH['dataset']['title']} · {ZH['common']['product']}"
    assert page.evaluate("document.documentElement.lang") == "zh-Hans"
    shown = [box.input_value() for box in page.locator("[data-testid=stSelectbox] input").all()]
    assert {ZH["sidebar"]["weights_shipped"], largest_first(ZH)} <= set(shown)
    page.get_by_text("English", exact=True).click()
    heading(page, "dataset")
    settled(page)
    shown = [box.input_value() for box in page.locator("[data-testid=stSelectbox] input").all()]
    assert {EN["sidebar"]["weights_shipped"], largest_first(EN)} <= set(shown)
    assert page.evaluate("document.documentElement.lang") == "en"


def test_an_address_that_does_not_exist_says_so_and_leads_home(app, page):
    page.goto(f"{app}/nowhere?lang=zh")
    page.get_by_text(ZH["common"]["missing_text"]).wait_for()
    settled(page)
    assert page.get_by_role("dialog").count() == 0
    page.get_by_test_id("stMain").get_by_text(ZH["common"]["missing_home"]).click()
    heading(page, "segment", ZH)


def streamlits_words_on(page, texts) -> set[str]:
    """Which of Streamlit's own words name something on the page, in one language."""
    labels = page.locator("[aria-label]").evaluate_all("all => all.map((one) => one.getAttribute('aria-label'))")
    return {text for text in texts["streamlit"].values() if text in labels}


def test_streamlits_own_words_follow_the_language(app, page):
    page.goto(f"{app}/results?lang=zh")
    heading(page, "results", ZH)
    settled(page)
    for texts, other in ((ZH, EN), (EN, ZH)):
        widget, of_heading = (
            texts["streamlit"]["help_for"].format(name=texts[section][key])
            for section, key in (("sidebar", "weights"), ("results", "confusion"))
        )
        for label in (widget, of_heading):
            page.get_by_role("button", name=label, exact=True).wait_for()
        # In English they are not translated, and what was translated before goes back.
        assert not streamlits_words_on(page, other) - set(texts["streamlit"].values())
        page.get_by_text("English", exact=True).click()
        heading(page, "results")
        settled(page)


def test_back_undoes_a_turn_to_another_page_at_once_whatever_the_address_says_besides(app, page):
    page.goto(f"{app}/?lang=zh")
    heading(page, "segment", ZH)
    settled(page)
    addresses = []
    for name in ("dataset", "train"):
        addresses.append((page.url, page.evaluate("history.length")))
        page.get_by_test_id("stSidebarNav").get_by_text(ZH[name]["title"], exact=True).click()
        heading(page, name, ZH)
        settled(page)
    assert "lang=zh" in page.url and page.evaluate("history.length") == addresses[0][1] + 2
    for name, (address, _) in zip(("dataset", "segment"), reversed(addresses), strict=True):
        page.go_back()
        heading(page, name, ZH)
        settled(page)
        assert page.url == address
