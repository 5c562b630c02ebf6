"""The HTTP adapters, against recorded answers, real sockets and the simulator."""
