"""What those who run the system are shown while it is under fire."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass, field

import httpx2

from faults.cluster import Cluster
from shared.ops_contracts import Readiness

EVERY = 0.4
TOLD = ("relay_backlog", "projection_lag", "projection_parked", "foreign_messages")
"""The metrics that tell operators of a fault."""
_METRIC = re.compile(
    r"^guanai_(relay_backlog|relay_published|projection_lag|projection_parked|foreign_messages)"
    r"(?:\{[^}]*\})? ([0-9.e+]+)$",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Observation:
    """One look at one instance."""

    at: float
    """Seconds since the watch began."""
    name: str
    ready: bool | None
    """None: no answer."""
    wrong: dict[str, str] = field(default_factory=dict)
    """Failing checks of `/readyz` with their details."""
    metrics: dict[str, float] = field(default_factory=dict)
    """The greatest value of each metric."""


@dataclass
class Watch:
    """Looks at `/readyz` and `/metrics` of every instance, again and again."""

    cluster: Cluster
    sights: list[Observation] = field(default_factory=list)

    async def run(self) -> None:
        """Until cancelled."""
        began = time.monotonic()
        async with httpx2.AsyncClient(timeout=5) as http:
            while True:
                looks = (self._look(http, name, began) for name in self.cluster.services)
                self.sights += await asyncio.gather(*looks)
                await asyncio.sleep(EVERY)

    def saw(self, check: str, detail: str = "", *, name: str | None = None) -> bool:
        """Whether an instance's `/readyz` said that a check failed, with such a detail."""
        return any(
            detail in sight.wrong.get(check, "")
            for sight in self.sights
            if check in sight.wrong and name in {None, sight.name}
        )

    def greatest(self, metric: str, *, name: str | None = None) -> float:
        """The greatest value that a metric was seen at."""
        values = [sight.metrics.get(metric, 0.0) for sight in self.sights if name in {None, sight.name}]
        return max(values, default=0.0)

    def alarms(self) -> list[tuple[str, str]]:
        """Each failing check with what it said, once, in the order in which they were shown."""
        said = ((check, detail) for sight in self.sights for check, detail in sight.wrong.items())
        return list(dict.fromkeys(said))

    async def _look(self, http: httpx2.AsyncClient, name: str, began: float) -> Observation:
        url, at = self.cluster.url(name), time.monotonic() - began
        try:
            answer = await http.get(f"{url}/readyz")
            state = Readiness.model_validate_json(answer.content)
            told = (await http.get(f"{url}/metrics")).text
        except (httpx2.HTTPError, ValueError):
            return Observation(at, name, None)
        wrong = {check.name: str(check.detail or "") for check in state.checks if not check.ok}
        metrics: dict[str, float] = {}
        for metric, value in _METRIC.findall(told):
            metrics[metric] = max(metrics.get(metric, 0.0), float(value))
        return Observation(at, name, state.ready, wrong, metrics)
