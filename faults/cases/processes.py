"""Processes that are killed, stopped, held still, or run twice."""

from __future__ import annotations

import asyncio
from functools import partial

from faults.trial import Case, Trial
from guanai.stack import SERVICES
from shared.failpoints import ACCESS_COMMITTED, COMMITTED, PROJECTED, PUBLISHED


async def nothing(trial: Trial) -> None:
    """No fault: the harness itself is judged."""
    await trial.pause(4, 5)


async def kill_services(trial: Trial) -> None:
    """Services die by kill -9 at random moments, again and again."""
    for _ in range(5 if trial.short else 14):
        await trial.pause(0.4, 2.0)
        victim = trial.rng.choice(list(SERVICES))
        trial.note(f"kill -9 {victim}")
        await trial.cluster.kill(victim)
    await trial.pause(1, 2)


async def die_at(trial: Trial, *, point: str) -> None:
    """Each service dies at a named point, by its own hand, a few times."""
    able = [
        name for name in SERVICES if name != "reporting" or point in {PROJECTED, ACCESS_COMMITTED}
    ]  # it has few events of its own
    for victim in trial.rng.sample(able, 2 if trial.short else len(able)):
        nth = trial.rng.randint(1, 6)
        trial.note(f"{victim} dies at the {nth}. '{point}'")
        async with trial.armed(victim, point, nth):
            pass  # the workload brings it there
    await trial.pause(1, 2)


async def kill_server(trial: Trial, *, name: str) -> None:
    """A server dies by kill -9 and comes back a little later, again and again."""
    for _ in range(2 if trial.short else 4):
        await trial.pause(1.0, 3.0)
        down = trial.rng.uniform(0.0, 2.0)
        trial.note(f"kill -9 {name}, down for {down:.1f} s")
        await trial.cluster.kill(name)
        await trial.pause(down, down)
        await trial.cluster.start(name)
    await trial.pause(1, 2)


async def stop_server(trial: Trial, *, name: str) -> None:
    """A server is down for half a minute."""
    await trial.pause(1, 2)
    down = trial.seconds(30, 6)
    trial.note(f"{name} stopped for {down:.0f} s")
    await trial.cluster.stop(name)
    await asyncio.sleep(down)
    watch = trial.watch
    if name == "nats":
        await trial.expect_soon(lambda: watch.saw("bus"), "/readyz says that the bus is away")
        told = partial(watch.saw, "relay", "NATS cannot be reached")
        await trial.expect_soon(told, "/readyz says why events wait")
        await trial.expect_soon(lambda: watch.greatest("relay_backlog") > 0, "the backlog is measured")
    else:
        await trial.expect_soon(lambda: watch.saw("database"), "/readyz says that the database is away")
    await trial.cluster.start(name)
    await trial.pause(1, 2)


async def hold_still(trial: Trial, *, names: tuple[str, ...]) -> None:
    """SIGSTOP and, twenty seconds later, SIGCONT."""
    for name in names:
        await trial.pause(0.5, 2)
        still = trial.seconds(20, 5)
        trial.note(f"SIGSTOP {name} for {still:.0f} s")
        trial.cluster.pause(name)
        await asyncio.sleep(still)
        trial.cluster.resume(name)
    await trial.pause(1, 2)


async def run_twice(trial: Trial) -> None:
    """Two instances of every service: two writers, two relays, two projectors; some of them die."""
    cluster = trial.cluster
    twins = {name: cluster.second(name) for name in SERVICES}
    trial.people.doors = lambda service: cluster.url(trial.rng.choice((service, twins[service])))
    trial.note("a second instance of every service")
    await trial.pause(8, 9)
    for _ in range(1 if trial.short else 6):
        victim = trial.rng.choice([*twins, *twins.values()])
        trial.note(f"kill -9 {victim}")
        await cluster.kill(victim)
        await trial.pause(1, 3)


CASES = (
    Case("none", "no fault: the harness itself", nothing),
    Case("service-kill", "kill -9 of services at random moments", kill_services),
    Case(
        "kill-committed",
        "each service dies after a commit, before the answer",
        partial(die_at, point=COMMITTED),
        short=True,
    ),
    Case(
        "kill-published",
        "each service dies after publishing, before the cursor moves",
        partial(die_at, point=PUBLISHED),
    ),
    Case(
        "kill-projected",
        "each service dies after projecting, before the acknowledgement",
        partial(die_at, point=PROJECTED),
        short=True,
    ),
    Case(
        "kill-recorded",
        "each service dies after its records of accesses are committed, before it knows",
        partial(die_at, point=ACCESS_COMMITTED),
        short=True,
    ),
    Case("nats-kill", "kill -9 of nats-server", partial(kill_server, name="nats")),
    Case("postgres-kill", "kill -9 of PostgreSQL", partial(kill_server, name="postgres"), short=True),
    Case("nats-stopped", "nats-server down for 30 s", partial(stop_server, name="nats")),
    Case("postgres-stopped", "PostgreSQL down for 30 s", partial(stop_server, name="postgres")),
    Case("services-still", "SIGSTOP of each service for 20 s", partial(hold_still, names=tuple(SERVICES))),
    Case("nats-still", "SIGSTOP of nats-server for 20 s", partial(hold_still, names=("nats",))),
    Case("postgres-still", "SIGSTOP of PostgreSQL for 20 s", partial(hold_still, names=("postgres",))),
    Case(
        "two-of-each",
        "two instances of every service: two writers, relays, projectors; some killed",
        run_twice,
    ),
)
