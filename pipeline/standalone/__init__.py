"""A sentence as it reads alone, filled in from its article; enter at `reading`."""
