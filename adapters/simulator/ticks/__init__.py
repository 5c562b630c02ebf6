"""Market data of the simulated server: snapshots, tick messages in every format, and historical bars."""
