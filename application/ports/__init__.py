"""What the use cases ask of the outside world, one role a file; a docstring here is the contract of every adapter."""
