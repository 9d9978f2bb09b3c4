"""session3's ShelveSessionStore: a dbm file, each session a pickle under its id."""
