"""Each row of work beside its peer, on the same servers with the same durability, in one run."""
