"""The order of things: ports to the outside world and the use cases that need them."""
