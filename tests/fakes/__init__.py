"""Stand-ins for the ports, with memory."""
