"""A pull request for OpenAlgo: the broker as one of its own."""
