"""Instruments: contracts, symbol grammar, search and generations of the master."""
