"""Every fault there is, in the order in which they are run."""

from __future__ import annotations

from faults.cases import processes
from faults.trial import Case

CASES: tuple[Case, ...] = (*processes.CASES,)
