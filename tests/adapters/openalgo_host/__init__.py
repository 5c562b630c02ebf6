"""The bridges to an OpenAlgo host."""
