"""Putting the plug-in into an OpenAlgo checkout, checking it there, and taking it out again byte for byte."""
