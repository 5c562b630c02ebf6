"""Rows and bodies in XTS's spelling: books, events, account and instruments."""
