"""Symphony XTS: wire formats, HTTP, streaming, the vendor SDK and broker profiles."""
