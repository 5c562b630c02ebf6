"""What a trader can do, one verb a file."""
