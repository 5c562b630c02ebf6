"""Instruments, where the host looks for them."""
