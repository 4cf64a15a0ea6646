"""Who read what about whom: one record for each answer that held personal data, kept apart from the log."""
