"""The doors: one protocol per thing outside, one file per way through it, the memory ones included."""
