"""The system under fire: a workload with a known history, faults from a seed, a checker of what must hold."""
