"""The simulated exchange: orders, matching, positions and risk, in memory."""
