"""REST endpoints of the simulated server."""
