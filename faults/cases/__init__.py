"""Every fault there is, in the order in which they are run."""

from __future__ import annotations

from faults.cases import bus, data, disks, processes, syncing
from faults.trial import Case

CASES: tuple[Case, ...] = (*processes.CASES, *bus.CASES, *data.CASES, *disks.CASES, *syncing.CASES)
