"""What is offered to other projects."""
