"""Alembic's way into the migrations of the notify service."""

from shared.migrations import run_environment

run_environment()
