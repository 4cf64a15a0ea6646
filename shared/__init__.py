"""The kernel: what every service is built on. It knows no word of the domain.

This face holds the values that all rooms of a service speak in; none of them does I/O. Larger rooms have
faces of their own: `shared.projections` for read models, `shared.http` for routes.
"""

from shared.access import (
    ANYONE,
    OPERATOR,
    SERVICE,
    About,
    Caller,
    Open,
    Personal,
    PersonalParts,
    Plain,
    Scope,
    masked,
    may_read,
    may_write,
)
from shared.clock import FIRST, LAST, Clock, utc
from shared.decider import Decider, record_once
from shared.messages import Command, Event, EventTypes, Message, Recorded, Upcaster, is_entered
from shared.refusals import AlreadyExists, Conflict, Denied, Invalid, Refusal, Unknown
from shared.texts import Bilingual, StoredText, TextError

__all__ = [
    "ANYONE",
    "FIRST",
    "LAST",
    "OPERATOR",
    "SERVICE",
    "About",
    "AlreadyExists",
    "Bilingual",
    "Caller",
    "Clock",
    "Command",
    "Conflict",
    "Decider",
    "Denied",
    "Event",
    "EventTypes",
    "Invalid",
    "Message",
    "Open",
    "Personal",
    "PersonalParts",
    "Plain",
    "Recorded",
    "Refusal",
    "Scope",
    "StoredText",
    "TextError",
    "Unknown",
    "Upcaster",
    "is_entered",
    "masked",
    "may_read",
    "may_write",
    "record_once",
    "utc",
]
