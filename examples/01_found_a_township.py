"""The operator founds a county, a township, a village and a school: what every other party stands on.

Usage: python examples/01_found_a_township.py OPERATOR_TOKEN

What was done goes to standard error; the school's id alone to standard output, for a shell variable.
"""

from __future__ import annotations

import sys
from uuid import UUID

from system import REGISTRY, arguments, key, run

from services.language import PartyKind
from services.registry.client import FoundOrganisation, RegistryClient

TREE = (
    (PartyKind.COUNTY, "示例县 / Example County", "339902", None),
    (PartyKind.TOWNSHIP, "示例镇人民政府 / Example Township", "339902101", PartyKind.COUNTY),
    (PartyKind.VILLAGE, "示例村 / Example Village", "339902101201", PartyKind.TOWNSHIP),
    (PartyKind.SCHOOL, "示例小学 / Example School", "339902101", PartyKind.TOWNSHIP),
)
"""Kind, name, division code (no real one begins with 3399), who is above."""


async def main(token: str) -> None:
    """From the county down."""
    ids: dict[PartyKind, UUID] = {}
    async with RegistryClient(REGISTRY, token) as registry:
        for kind, name, division, parent in TREE:
            body = FoundOrganisation(
                kind=kind, name=name, division=division, parent_id=ids[parent] if parent else None
            )
            ids[kind] = (await registry.found_organisation(body, key=key("found", division, kind))).id
            print(f"已登记 / founded: {name} ({division})", file=sys.stderr)
    print(ids[PartyKind.SCHOOL])


if __name__ == "__main__":
    run(main(*arguments("OPERATOR_TOKEN", hint="guanai token issue operator")))
