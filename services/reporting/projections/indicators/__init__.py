"""The catalogue of figures: each is defined once, and counted and listed by the same query."""
