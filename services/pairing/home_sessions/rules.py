"""Sessions of the Children's Homes: staff on site, children there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from services.dates import require_not_future
from services.language import ChildId
from services.pairing.children.rules import ChildFacts, require_all_listed
from services.pairing.home_sessions import api
from services.pairing.home_sessions.events import HomeSessionHeld
from services.pairing.places.rules import PlaceFacts
from services.registry.events import PlaceKind
from shared import AlreadyExists, Bilingual, Command, Invalid, record_once

STAFF_ON_SITE = 2
"""Two teachers are on site at every session."""


class TooFewStaff(Invalid, title_zh="每次开放须有两名不同的人员在场"):
    """A session needs two different people on site."""

    field = "staff"
    way_out = Bilingual("请安排两名在场人员并填写姓名", "Have two people on site and name both")


class NotAChildrensHome(Invalid, title_zh="此项只能登记在儿童之家"):
    """Sessions are held in Children's Homes."""

    field = "place_id"
    way_out = Bilingual(
        "请选择儿童之家；其他场所请登记活动", "Choose a Children's Home, or record an activity"
    )


class PlaceHasClosed(Invalid, title_zh="场所已关闭，不能登记"):
    """A session cannot be held in a closed place."""

    field = "place_id"
    way_out = Bilingual("请核对场所与日期", "Check the place and the date")


class SessionRecordedBefore(AlreadyExists, title_zh="该次开放已登记"):
    """A session is recorded once."""


class HoldHomeSession(api.HoldHomeSession, Command):
    """A Children's Home was open. Several sessions a day are allowed."""

    session_id: UUID
    place: PlaceFacts
    known: Mapping[ChildId, ChildFacts]
    """The facts of those of `children` that exist."""
    today: date


def decide(command: HoldHomeSession) -> HomeSessionHeld:
    """The record, or the rule that it breaks."""
    require_not_future(command.on, command.today, "on")
    if command.place.kind is not PlaceKind.CHILDRENS_HOME:
        raise NotAChildrensHome(f"{command.place.kind}")
    if command.place.closed_on is not None and command.place.closed_on < command.on:
        raise PlaceHasClosed(f"closed on {command.place.closed_on}")
    if len(set(command.staff)) < STAFF_ON_SITE:
        raise TooFewStaff(f"{len(set(command.staff))} of {STAFF_ON_SITE}")
    require_all_listed(command.children, command.known, command.on)
    return HomeSessionHeld(**command.model_dump(exclude={"place", "known", "today"}))


HOME_SESSION_DECIDER = record_once("home_session", decide, again=SessionRecordedBefore)
