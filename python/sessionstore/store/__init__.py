"""
Drop-in replacements for classes of session3.store, with the same names and arguments: safe to share among processes and
threads, and to clean at any time. They do not need session3.
"""
