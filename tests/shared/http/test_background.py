"""Tasks beside the requests are started again, shown while they fail, and stopped with the service."""

from __future__ import annotations

import asyncio

import pytest

from shared.background import BackgroundTasks
from shared.messages import Message
from shared.telemetry import Metrics
from shared.testing.waiting import PATIENCE


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second start need not wait here."""
    monkeypatch.setattr("shared.background.FIRST_PAUSE", 0.001)
    monkeypatch.setattr("shared.background.SETTLED_SECONDS", 0.05)


async def test_a_failed_task_is_started_again_and_shown() -> None:
    """An error does not end a task for good; it is shown until the task has run well for a while."""
    runs = 0
    done = asyncio.Event()

    async def letters() -> None:
        nonlocal runs
        runs += 1
        if runs < 3:
            raise OSError("away")
        await done.wait()

    metrics = Metrics("registry")
    tasks = BackgroundTasks(metrics)
    tasks.start("letters", letters)
    async with asyncio.timeout(PATIENCE):
        while runs < 3:  # noqa: ASYNC110 (counts turns of the loop)
            await asyncio.sleep(0)
        assert "OSError" in tasks.failing["letters"]
        while tasks.failing:  # noqa: ASYNC110 (time is the point)
            await asyncio.sleep(0.01)
    assert b'guanai_task_failures_total{task="letters"} 2.0' in metrics.text()
    await tasks.stop()


async def test_a_task_that_says_so_is_healthy_at_once() -> None:
    """The first success after an outage ends the alarm, and the next failure is retried soon."""
    away = True
    worked, done = asyncio.Event(), asyncio.Event()

    async def letters() -> None:
        if away:
            raise OSError("away")
        tasks.succeeded()
        worked.set()
        await done.wait()

    tasks = BackgroundTasks(Metrics("registry"))
    tasks.start("letters", letters)
    async with asyncio.timeout(PATIENCE):
        while not tasks.failing:  # noqa: ASYNC110 (counts turns of the loop)
            await asyncio.sleep(0)
        away = False
        await worked.wait()
    assert tasks.failing == {}
    await tasks.stop()


async def test_a_failed_task_shows_no_value() -> None:
    """Of a value that is not as it must be the field is named; what stood in it may be personal."""

    class Letter(Message):
        name: int

    async def letters() -> None:
        Letter.model_validate({"name": "王小明"})

    tasks = BackgroundTasks(Metrics("registry"))
    tasks.start("letters", letters)
    async with asyncio.timeout(PATIENCE):
        while not tasks.failing:  # noqa: ASYNC110 (counts turns of the loop)
            await asyncio.sleep(0)
    assert "name" in tasks.failing["letters"]
    assert "王" not in tasks.failing["letters"]
    await tasks.stop()


async def test_stopping_ends_the_tasks() -> None:
    """After `stop` nothing runs any longer."""
    ended: list[str] = []

    async def forever(name: str) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(name)

    tasks = BackgroundTasks(Metrics("registry"))
    for name in ("relay", "letters"):
        tasks.start(name, lambda name=name: forever(name))  # type: ignore[misc]
    await asyncio.sleep(0)
    await tasks.stop()
    assert ended == ["letters", "relay"]
