"""Figures for Claimwire, each against something a user would pick instead; see README.md here."""
