"""NATS: the connection, what is published, how it is read, and who may do what there."""
