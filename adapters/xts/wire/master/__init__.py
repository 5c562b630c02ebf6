"""Rows of the instrument master."""
