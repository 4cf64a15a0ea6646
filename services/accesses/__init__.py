"""Who read which child: the same operations in every service, each over its own records."""
