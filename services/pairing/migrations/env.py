"""Alembic's way into the migrations of the pairing service."""

from shared.migrations import run_environment

run_environment()
