"""Websockets of the simulated server: handshake, connections, Engine.IO packets and publishers."""
