"""Websocket connections of the simulated server."""
