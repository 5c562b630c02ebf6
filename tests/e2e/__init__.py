"""The whole: OpenAlgo's functions, real sockets, a real database, the simulated exchange."""
