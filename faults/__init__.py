"""The system under fire: a workload with a known history, faults from a seed, and a checker of what must hold."""
