"""The subcommands of `guanai`, one file per group."""
