"""The kernel: what every service is built on. It knows no word of the domain."""
