"""Worlds to look at: a small believable one made by the real actions, one order's life as a tale, and bulk."""
