"""What ``doctor`` says of a server that is started here: who reaches it, and who owns it."""

from __future__ import annotations

from typing import Any

import click

from seg.errors import SegError

OWNERS = {
    "token": "whoever enters SEG_OWNER_TOKEN",
    "sign_in": "whoever signs in as one of SEG_OWNERS",
    "machine": "whoever uses this machine",
    "nobody": "nobody: set SEG_OWNER_TOKEN to train, stop and delete runs and to download from the pages",
}


def server_facts(problems: list[str]) -> dict[str, Any]:
    """``listens_on`` (None: every address) and ``owner``; sentences on wrong settings are added to ``problems``."""
    from seg.serve import owner

    if owner.token_is_short():
        problems.append(str(SegError("owner_token_short", least=owner.LEAST_TOKEN)))
    address = owner.configured_address()
    return {"listens_on": address, "owner": list(owner.ways(address))}


def print_server(facts: dict[str, Any]) -> None:
    where = facts["listens_on"] or "every address of this machine"
    click.echo(f"server listens on {where}, unless `streamlit run` is given --server.address")
    click.echo(f"its owner: {', or '.join(OWNERS[way] for way in facts['owner'])}")
