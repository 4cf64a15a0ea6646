"""Publicity: the work is made known on radio, television, in newspapers, on the web, in meetings."""
