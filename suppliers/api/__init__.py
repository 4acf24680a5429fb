"""Suppliers over REST: the directory for everybody with a key, and a company's own products and limit (docs/api.md)."""
