"""Claimwire: check-worthy claims out of a stream of news articles."""

from importlib.metadata import version

__version__ = version("claimwire")
