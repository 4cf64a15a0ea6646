"""What the rows are measured beside: each the plain way to do the same work with a known library."""
