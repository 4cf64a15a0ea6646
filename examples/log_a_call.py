"""A school logs a call that failed, learns whom to call next, and looks at the trend.

Usage: python examples/log_a_call.py TOKEN [FILE_NUMBER_OR_NAME]
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime

from services.pairing.client import PairingClient
from services.pairing.contracts import LogContact
from services.pairing.events import ContactKind, ContactWith, FailureReason
from services.registry.client import RegistryClient
from shared.client import Positions, Refused


async def main(token: str, text: str | None) -> None:
    """Log a failed call to the guardian of the first child that fits."""
    positions = Positions()
    async with (
        RegistryClient("http://127.0.0.1:8101", token, positions=positions) as registry,
        PairingClient("http://127.0.0.1:8102", token, positions=positions) as pairing,
    ):
        child = (await registry.list_children(text=text, limit=1)).items[0]
        call = LogContact(
            child_id=child.id,
            kind=ContactKind.PHONE_CALL,
            with_whom=ContactWith.GUARDIAN,
            at=datetime.now(UTC),
            succeeded=False,
            failure=FailureReason.LANGUAGE_BARRIER,
            note="奶奶只会说方言 / The grandmother speaks only dialect",
        )
        try:
            receipt = await pairing.log_contact(call)
        except Refused as refusal:
            print(f"{refusal.problem.title}\n→ {refusal.way_out}")
            return
        print(f"已记录 / logged at {receipt.position}")
        if receipt.next_contact:
            print(f"下一位 / next: {receipt.next_contact.relation} {receipt.next_contact.phone}")
        trend = await pairing.get_contact_trend(child.id)
        print(f"趋势 / trend: {trend.direction}")
        for proposal in trend.proposals:
            print(f"建议 / proposal: {proposal.words}")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None))  # noqa: PLR2004 - argv
