"""The inbox and webhooks over REST, by the same actions as their pages (docs/api.md)."""
