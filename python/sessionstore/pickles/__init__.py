"""Reads and edits pickles without ever running one."""
