"""`python -m pipeline.cli`: the command where no `claimwire` is on the PATH."""

from pipeline.cli import main

main()
