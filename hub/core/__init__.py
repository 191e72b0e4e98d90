"""What the hub decides, without doing it: no I/O, clock, randomness, logging or SQL in here."""
