"""Implementations of the ports; they do not know each other."""
