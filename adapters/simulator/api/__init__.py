"""REST endpoints of both applications."""
