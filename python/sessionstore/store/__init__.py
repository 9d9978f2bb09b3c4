"""
Drop-in replacements for classes of session3.store, by the same names and arguments: safe to share among processes and
threads, and to clean at any time. They need nothing of session3.
"""
