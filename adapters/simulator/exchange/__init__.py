"""The simulated exchange: matching, orders, positions and risk."""
