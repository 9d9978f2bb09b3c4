"""The session stores whose own software is Python: shelve and Durus."""
