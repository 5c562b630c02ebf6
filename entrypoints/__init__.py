"""What the outside calls: OpenAlgo functions, the command line, settings and the container."""
