"""The instruments of the simulated exchange, as XTS master rows."""
