"""Synchronising and finding instruments."""
