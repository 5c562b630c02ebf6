"""The broker's books: shared reads, and reconciling them into positions that may be traded upon."""
