"""The command line, against a simulated broker."""
