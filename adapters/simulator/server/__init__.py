"""The simulated server: HTTP, sessions, routing and control."""
