"""Alembic's way into the migrations of the reporting service."""

from shared.migrations import run_environment

run_environment()
