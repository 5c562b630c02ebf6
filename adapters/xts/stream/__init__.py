"""Live events of XTS over Socket.IO: frames, connections, prices and orders."""
