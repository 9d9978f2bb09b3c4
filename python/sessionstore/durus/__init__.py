"""session3's DurusSessionStore without its classes: records are read and edited as pickles, never executed."""
