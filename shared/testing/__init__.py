"""Testing helpers that services use: given/when/then, the event-log contract, real servers."""
