"""The stream and the order updates, where the host looks for them."""
