"""Reads and edits pickles without executing them."""
