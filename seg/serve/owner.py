"""Who owns the server, and so may train, stop, rename and delete runs, and download datasets.

Three settings say who that is. ``SEG_OWNER_TOKEN``: whoever enters it on the page. ``SEG_OWNERS``: whoever signs in by
Streamlit's OIDC with one of these e-mail addresses, separated by commas. Neither: whoever uses the server's machine,
as long as the server listens on that machine alone; a server that others reach then has no owner. ``SEG_PUBLIC=1``
says that others reach it although its address is local, through a proxy on the same machine.
"""

from __future__ import annotations

import hmac
import os
import time
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from seg.errors import SegError

LOOPBACK = ("localhost", "127.0.0.1", "::1")
PROXY_HEADERS = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via")
LEAST_TOKEN = 16  # characters; a shorter secret can be guessed and counts as none
SECONDS_AFTER_WRONG_TOKEN = 1.0
CONFIG = Path(__file__).resolve().parents[2] / ".streamlit" / "config.toml"

Way = Literal["token", "sign_in", "machine", "nobody"]


class NotOwnerError(SegError):
    """Something that the server's owner alone may do."""


@dataclass(frozen=True)
class Visitor:
    """Who asks. ``ip_address``, ``url`` and ``headers`` are those of Streamlit's ``st.context``.

    ``listens_on``: the address that the server listens on, None for every address of its machine. ``ip_address``: None
    for a visitor on the server's machine. ``has_token``: whether the visitor has entered the owner's token. ``email``:
    that of a visitor who has signed in.
    """

    listens_on: str | None = None
    ip_address: str | None = None
    url: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    has_token: bool = False
    email: str | None = None


def is_owner(visitor: Visitor) -> bool:
    """Whether a visitor may do what the owner alone may do."""
    if _token() and visitor.has_token:
        return True
    if visitor.email and visitor.email.casefold() in _owners():
        return True
    return ways(visitor.listens_on) == ("machine",) and _is_on_this_machine(visitor)


def require(visitor: Visitor) -> None:
    """Raises NotOwnerError, which says how the owner gets the right, for every other visitor."""
    if is_owner(visitor):
        return
    way = ways(visitor.listens_on)[0]
    if way == "token":
        raise NotOwnerError("owner_token")
    raise NotOwnerError("owner_sign_in") if way == "sign_in" else NotOwnerError("owner_none")


def ways(listens_on: str | None) -> tuple[Way, ...]:
    """How a visitor becomes the owner of a server that listens on this address: at least one way, or ``nobody``."""
    configured: list[Way] = []
    if _token():
        configured.append("token")
    if _owners():
        configured.append("sign_in")
    if configured:
        return tuple(configured)
    return ("machine",) if listens_on in LOOPBACK and os.environ.get("SEG_PUBLIC") != "1" else ("nobody",)


def is_token(given: str) -> bool:
    """Whether this is the owner's token; takes the same time however much of it is right, and a second if it is not."""
    token = _token()
    is_right = hmac.compare_digest(given.strip().encode(), token.encode()) and bool(token)
    if not is_right:
        time.sleep(SECONDS_AFTER_WRONG_TOKEN)
    return is_right


def token_is_short() -> bool:
    """Whether there is a token that counts as none, because it is too short."""
    return 0 < len(os.environ.get("SEG_OWNER_TOKEN", "").strip()) < LEAST_TOKEN


def configured_address() -> str | None:
    """The address that ``streamlit run`` listens on if its command names no other; None for every address.

    Of Streamlit's places for settings, those that this project uses: the environment and its configuration file.
    """
    named = os.environ.get("STREAMLIT_SERVER_ADDRESS")
    if named:
        return named
    try:
        return tomllib.loads(CONFIG.read_text(encoding="utf-8")).get("server", {}).get("address")
    except (OSError, ValueError):
        return None


def _token() -> str:
    """The owner's token; empty where there is none that counts."""
    token = os.environ.get("SEG_OWNER_TOKEN", "").strip()
    return token if len(token) >= LEAST_TOKEN else ""


def _owners() -> set[str]:
    """The owners' e-mail addresses."""
    return {email.strip().casefold() for email in os.environ.get("SEG_OWNERS", "").split(",") if email.strip()}


def _is_on_this_machine(visitor: Visitor) -> bool:
    # Behind a proxy on the same machine every address is a local one: then it is the proxy that is local. A page that a
    # browser loaded under another name, which leads to this machine, has that name in the header Host.
    if visitor.ip_address is not None or any(name in visitor.headers for name in PROXY_HEADERS):
        return False
    asked_for = (visitor.url, f"http://{visitor.headers.get('Host', '')}")
    return all(urlsplit(address or "").hostname in LOOPBACK for address in asked_for)
