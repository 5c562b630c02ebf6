"""HTTP of the simulated server: messages, connections, sessions and dispatch."""
