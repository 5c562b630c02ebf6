"""Market-data messages of the simulated server."""
