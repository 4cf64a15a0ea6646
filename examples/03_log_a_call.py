"""A school logs a call that failed, learns whom to call next, and looks at the trend.

Usage: python examples/03_log_a_call.py SCHOOL_TOKEN [FILE_NUMBER_OR_NAME]
"""

from __future__ import annotations

import sys

from system import PAIRING, REGISTRY, REPORTING, arguments, key, run

from services.pairing.client import LogContact, PairingClient
from services.pairing.events import ContactKind, ContactWith, FailureReason
from services.registry.client import RegistryClient
from services.reporting.client import ReportingClient
from shared.client import Positions


async def main(token: str, text: str | None = None) -> None:
    """Log a failed call to the guardian of the first child that fits."""
    positions = Positions()
    async with (
        RegistryClient(REGISTRY, token, positions=positions) as registry,
        PairingClient(PAIRING, token, positions=positions) as pairing,
        ReportingClient(REPORTING, token, positions=positions) as reporting,
    ):
        children = (await registry.list_children(text=text, limit=1)).items
        if not children:
            sys.exit("没有这样的档案 / No such child file\n→ python examples/02_open_a_file.py")
        child = children[0]
        # The system's own present moment: the demo's clock stands in another year.
        # To the hour, so that a call logged twice within it happens once.
        at = (await reporting.get_view()).as_of.replace(minute=0, second=0, microsecond=0)
        call = LogContact(
            child_id=child.id,
            kind=ContactKind.PHONE_CALL,
            with_whom=ContactWith.GUARDIAN,
            at=at,
            succeeded=False,
            failure=FailureReason.LANGUAGE_BARRIER,
            note="奶奶只会说方言 / The grandmother speaks only dialect",
        )
        receipt = await pairing.log_contact(call, key=key("call", child.id, at))
        print(f"已记录 / logged: {child.file_number} {at:%Y-%m-%d %H:%M}, {receipt.position}")
        if receipt.next_contact:
            print(f"下一位 / call next: {receipt.next_contact.relation} {receipt.next_contact.phone}")
        trend = await pairing.get_contact_trend(child.id)
        print(f"趋势 / trend: {trend.direction}")
        for proposal in trend.proposals:
            print(f"建议 / proposal: {proposal.words}")


if __name__ == "__main__":
    run(main(*arguments("SCHOOL_TOKEN", "[FILE_NUMBER_OR_NAME]", hint="examples/README.md")))
