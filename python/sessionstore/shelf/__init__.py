"""session3's ShelveSessionStore: a dbm file with each session as a pickle under its id."""
