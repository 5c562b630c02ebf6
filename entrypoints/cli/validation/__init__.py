"""``validate-live``: what a live server does, held against what this package takes it to do."""
