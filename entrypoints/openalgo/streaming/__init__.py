"""Live prices for OpenAlgo's message bus."""
