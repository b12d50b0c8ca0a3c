"""The figures of a sentence, parsed; enter at `quantities`."""
