"""Disputes over REST: the same actions as the pages of a case (docs/api.md)."""
