"""Backups: four databases at positions that fit together, in one file; the secrets apart and encrypted."""
