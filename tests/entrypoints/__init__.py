"""Entrypoints as the outside calls them."""
