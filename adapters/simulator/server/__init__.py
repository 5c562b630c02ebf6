"""The simulated server as a whole, its admin endpoints, and the simulator as a program."""
