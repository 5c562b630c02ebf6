"""Jainam's XTS servers over HTTP: round trips under a deadline, and the ports made of them."""
