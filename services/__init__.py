"""The four services; each is a mirror of the others."""
