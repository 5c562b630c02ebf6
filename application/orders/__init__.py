"""Placing, modifying and cancelling orders, linked orders included."""
