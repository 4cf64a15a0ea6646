"""The streams that hold resident IDs and file numbers; a stream's id tells nobody whose number it is.

Up to release 0.1 it was a hash of the number: whoever saw the envelopes of events could try numbers until one
gave it. What was written there then still holds: it is looked at with each step, and the first event about a
number carries it over into its present stream.
"""

from __future__ import annotations

from typing import TypeVar

from services.language import ChildId
from services.registry.numbers import file_numbers as file_number
from services.registry.numbers import rules as reservation
from services.registry.numbers.rules import Held
from shared.commands import Decision
from shared.http import Commands
from shared.keyed_ids import KeyedIds

C = TypeVar("C", bound=reservation.ReservationCommand)


async def about_resident_id(commands: Commands, ids: KeyedIds, number: str, command: C) -> Decision:
    """The step that carries out a command about a resident ID."""
    before = await commands.state(reservation.RESIDENT_ID_DECIDER, reservation.former_id(number))
    bearers = (before.child_id, *before.disputed_by) if isinstance(before, Held) else ()
    known = command.model_copy(update={"bearers": bearers})
    return Decision(reservation.RESIDENT_ID_DECIDER, await ids.of("resident_id", number), known)


async def reserve_file_number(commands: Commands, ids: KeyedIds, number: str, child_id: ChildId) -> Decision:
    """The step that holds a file number for a child's file."""
    taken = await commands.is_written(file_number.former_id(number))
    stream_id = await ids.of("file_number", number)
    commands.makes(stream_id)
    return Decision(
        file_number.FILE_NUMBER_DECIDER,
        stream_id,
        file_number.ReserveFileNumber(child_id=child_id, taken_before=taken),
    )
