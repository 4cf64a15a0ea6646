"""Processes that are killed, stopped, held still, or run twice."""

from __future__ import annotations

from faults.arena import SERVERS
from faults.trial import Case, Trial
from guanai.stack import SERVICES


async def nothing(trial: Trial) -> None:
    """No fault: the harness itself is judged."""
    await trial.pause(5, 6)


async def kill_services(trial: Trial) -> None:
    """Services die by kill -9 at random moments, again and again."""
    for _ in range(5 if trial.short else 16):
        await trial.pause(0.4, 2.0)
        victim = trial.rng.choice(list(SERVICES))
        trial.note(f"kill -9 {victim}")
        await trial.arena.kill(victim)
    await trial.pause(1, 2)


async def _kill_server(trial: Trial, name: str) -> None:
    for _ in range(2 if trial.short else 4):
        await trial.pause(1.0, 3.0)
        down = trial.rng.uniform(0.0, 2.0)
        trial.note(f"kill -9 {name}, down for {down:.1f} s")
        await trial.arena.kill(name)
        await trial.pause(down, down)
        await trial.arena.start(name)
    await trial.pause(1, 2)


async def kill_nats(trial: Trial) -> None:
    """The bus dies by kill -9; commands go on meanwhile."""
    await _kill_server(trial, "nats")


async def kill_postgres(trial: Trial) -> None:
    """PostgreSQL dies by kill -9; clients repeat meanwhile."""
    await _kill_server(trial, "postgres")


CASES = (
    Case("none", "no fault: the harness itself", nothing, short=True),
    Case("service-kill", "kill -9 of services at random moments", kill_services, short=True),
    Case("nats-kill", "kill -9 of nats-server", kill_nats, short=True),
    Case("postgres-kill", "kill -9 of PostgreSQL", kill_postgres, short=True),
)
__all__ = ["CASES", "SERVERS"]
