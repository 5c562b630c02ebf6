"""Tests of the house itself: packaging, import contracts, repository hygiene."""
