"""HTTP of the simulated server: messages, connections, sessions, rate limits and dispatch."""
