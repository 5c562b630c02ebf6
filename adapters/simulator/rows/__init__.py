"""Rows and replies in XTS's spellings, as the simulated server writes them."""
