"""A township's year, played through the typed clients: synthetic people, the figures of the source."""
