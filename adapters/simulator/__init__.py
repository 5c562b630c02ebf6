"""An in-memory exchange, as port implementations and as a loopback XTS server."""
