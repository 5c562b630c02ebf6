"""Rows and bodies in XTS's spelling: books, events and account."""
