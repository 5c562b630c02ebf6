"""Sessions: tokens, accounts, lifetimes and claims."""
