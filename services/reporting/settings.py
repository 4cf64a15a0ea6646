"""Settings of reporting: the kernel's, and nothing besides."""

from __future__ import annotations

from shared.settings import KernelSettings


class ReportingSettings(KernelSettings):
    """From the environment, `GUANAI_<NAME>`."""

    port: int = 8104
