"""Disks that are full for a while."""

from __future__ import annotations

from functools import partial

from faults.trial import Case, Trial


async def full_bus(trial: Trial) -> None:
    """The bus's disk is full, then there is room again."""
    await trial.pause(2, 3)
    trial.note("NATS's disk is full")
    trial.cluster.mounted["nats"].fill()
    watch = trial.watch
    await trial.expect_soon(lambda: watch.saw("relay"), "/readyz says that the relay is stuck")
    told = partial(watch.saw, "relay", "disk")
    await trial.expect_soon(told, "/readyz names the disk of NATS and the way out")
    await trial.pause(trial.seconds(6, 2), trial.seconds(8, 3))
    await trial.expect_soon(lambda: watch.greatest("relay_backlog") > 0, "the backlog is measured")
    trial.note("room again")
    trial.cluster.mounted["nats"].free()
    if not await trial.until(lambda: _quiet(trial), 25):
        trial.expect(trial.watch.saw("relay", "restart"), "/readyz says that NATS must be restarted")
        trial.note("the operator follows the way out: nats-server restarted")
        await trial.cluster.stop("nats")
        await trial.cluster.start("nats")
    await trial.pause(3, 4)


def _quiet(trial: Trial) -> bool:
    last = {sight.name: sight for sight in trial.watch.sights}
    return all("relay" not in sight.wrong and sight.ready is not None for sight in last.values())


async def full_database(trial: Trial) -> None:
    """PostgreSQL's disk is full: commands are refused with 503 and repeated; then there is room again."""
    await trial.pause(2, 3)
    trial.note("PostgreSQL's disk is full")
    trial.cluster.mounted["postgres"].fill()
    told = partial(trial.watch.saw, "log")
    await trial.expect_soon(told, "/readyz says that no command can be written")
    await trial.pause(trial.seconds(15, 5), trial.seconds(18, 6))
    trial.note("room again")
    trial.cluster.mounted["postgres"].free()
    if not trial.cluster.postgres.running:
        trial.note("PostgreSQL had ended: started again")
        await trial.cluster.start("postgres")
    await trial.pause(3, 4)


CASES = (
    Case("nats-full", "NATS's disk full, then room again", full_bus, disks={"nats": 24}),
    Case("postgres-full", "PostgreSQL's disk full, then room again", full_database, disks={"postgres": 400}),
)
