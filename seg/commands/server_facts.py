"""What ``doctor`` says of a server that is started here: who reaches it, who owns it, and its limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from seg.errors import SegError

if TYPE_CHECKING:
    from seg.serve.limits import Limit

OWNERS = {
    "token": "whoever enters SEG_OWNER_TOKEN",
    "sign_in": "whoever signs in as one of SEG_OWNERS",
    "machine": "whoever uses this machine",
    "nobody": "nobody: set SEG_OWNER_TOKEN to train, stop and delete runs and to download from the pages",
}


def server_facts(problems: list[str]) -> dict[str, Any]:
    """``listens_on`` (None: every address), ``owner``, and ``limits`` by the variable that sets each.

    Sentences on wrong settings are added to ``problems``.
    """
    from seg.serve import limits, owner

    problems += [str(_wrong(limit)) for limit in limits.LIMITS if limit.wrong is not None]
    if owner.token_is_short():
        problems.append(str(SegError("owner_token_short", least=owner.LEAST_TOKEN)))
    address = owner.configured_address()
    values = {limit.variable: {"value": limit.value, "unit": limit.unit, "what": limit.what} for limit in limits.LIMITS}
    return {"listens_on": address, "owner": list(owner.ways(address)), "limits": values}


def _wrong(limit: Limit) -> SegError:
    if limit.most is None:
        return SegError("limit_wrong_number", variable=limit.variable, value=limit.wrong)
    return SegError("limit_wrong", variable=limit.variable, value=limit.wrong, most=limit.most)


def print_server(facts: dict[str, Any]) -> None:
    where = facts["listens_on"] or "every address of this machine"
    click.echo(f"server listens on {where}, unless `streamlit run` is given --server.address")
    click.echo(f"its owner: {', or '.join(OWNERS[way] for way in facts['owner'])}")
    click.echo("its limits, each with the variable that sets it:")
    for variable, limit in facts["limits"].items():
        click.echo(f"  {variable:<22} {limit['value']:>5} {limit['unit']:<15} {limit['what']}")
