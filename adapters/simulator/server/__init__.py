"""The simulated server as a whole, the replay of a transcript, and the simulator as a program."""
