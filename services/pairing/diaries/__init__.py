"""The growth diary: what a carer writes of a child from month to month, and what the child itself writes."""
