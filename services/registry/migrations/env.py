"""Alembic's way into the migrations of the registry service."""

from shared.migrations import run_environment

run_environment()
