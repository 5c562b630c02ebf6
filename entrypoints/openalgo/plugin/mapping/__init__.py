"""Rows of the books and transforms of orders, where the host looks for them."""
