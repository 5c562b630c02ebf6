"""The instruments of the simulated exchange."""
