"""The accounts of the bus: one per service, for the embedded home and for deploy/nats.conf alike.

Each account holds its service's stream and, where it needs one, its tick. Nobody else enters it but the step
that prepares it. A service that follows another may ask the other's account three things, about the one
consumer that bears its name: how it is, the next messages, and to note how far it has come. It cannot make
that consumer: whoever chooses its settings could have it deliver into a stream of the account where it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from guanai.stack import FOLLOWS, SERVICES, TICKED, followers
from shared.bus.accounts import BusAccount, BusUser, Export, Import
from shared.bus.connection import (
    TICK_SCHEDULE,
    TICK_STREAM,
    inbox_of,
    poke_subject,
    stream_name,
    their_api,
)

DEPLOY = "deploy"
"""Whose password the users have that make and remove streams, one in each account."""


def deployer(service: str, passwords: Mapping[str, str]) -> dict[str, Any]:
    """Options of `nats.connect` for the user that may do everything in a service's account."""
    return {"user": f"{service}-{DEPLOY}", "password": passwords[DEPLOY]}


def bus_accounts(passwords: Mapping[str, str]) -> list[BusAccount]:
    """Who may do what on the bus; `passwords` are those of the services and of `deploy`."""
    return [_account(service, passwords) for service in SERVICES]


def _account(service: str, passwords: Mapping[str, str]) -> BusAccount:
    deploy = deployer(service, passwords)
    return BusAccount(
        name=service,
        users=(
            BusUser(
                service,
                passwords[service],
                publish=tuple(_may_publish(service)),
                # Answers, and the poke that wakes a standby relay; events come as answers, too.
                subscribe=(f"{inbox_of(service)}.>", poke_subject(service)),
            ),
            BusUser(deploy["user"], deploy["password"], publish=(">",), subscribe=(">",)),
        ),
        exports=tuple(
            Export(subject, follower, many=".MSG.NEXT." in subject)
            for follower in followers(service)
            for subject in _questions(service, follower)
        ),
        imports=tuple(
            Import(source, subject, _asked_at(source, subject))
            for source in FOLLOWS[service]
            for subject in _questions(source, service)
        ),
    )


def _questions(source: str, follower: str) -> tuple[str, ...]:
    """What a follower may ask of the account whose stream it follows."""
    consumer = f"{stream_name(source)}.{follower}"
    return (
        f"$JS.API.CONSUMER.INFO.{consumer}",
        f"$JS.API.CONSUMER.MSG.NEXT.{consumer}",
        f"$JS.ACK.{consumer}.>",
    )


def _asked_at(source: str, subject: str) -> str:
    # Messages name the subject of their acknowledgement themselves; it is the same on both sides.
    return subject.replace("$JS.API.", f"{their_api(source)}.")


def _may_publish(service: str) -> Iterator[str]:
    stream = stream_name(service)
    yield from (f"care.{service}.>", poke_subject(service), "$JS.API.INFO")
    yield from (f"$JS.API.STREAM.{verb}.{stream}" for verb in ("CREATE", "DELETE", "INFO", "MSG.GET"))
    yield from (f"$JS.API.DIRECT.GET.{stream}", f"$JS.API.DIRECT.GET.{stream}.>")
    yield from _may_ask_of_consumer(stream, service)
    if service in TICKED:
        yield from (TICK_SCHEDULE, *(f"$JS.API.STREAM.{verb}.{TICK_STREAM}" for verb in ("CREATE", "INFO")))
        yield from _may_ask_of_consumer(TICK_STREAM, service)
    for follower in followers(service):
        yield from (
            f"$JS.API.CONSUMER.{verb}.{stream}.{follower}"
            for verb in ("CREATE", "DURABLE.CREATE", "DELETE", "INFO")
        )
        yield f"$JS.API.CONSUMER.CREATE.{stream}.{follower}.>"
    for source in FOLLOWS[service]:
        yield from (_asked_at(source, subject) for subject in _questions(source, service))


def _may_ask_of_consumer(stream: str, name: str) -> Iterator[str]:
    consumer = f"{stream}.{name}"
    yield from (f"$JS.API.CONSUMER.{verb}.{consumer}" for verb in ("CREATE", "DURABLE.CREATE", "INFO"))
    yield from (f"$JS.API.CONSUMER.CREATE.{consumer}.>", f"$JS.API.CONSUMER.MSG.NEXT.{consumer}")
    yield f"$JS.ACK.{consumer}.>"
