"""The feeds' fixtures: reactions run behind them."""

from tests.shared.projections.conftest import bus, engine, log, start_feeds, world

__all__ = ["bus", "engine", "log", "start_feeds", "world"]
