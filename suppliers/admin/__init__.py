"""Staff pages for suppliers: companies and what is set for them, what waits for a review, reservations, categories."""

from suppliers.admin import companies, reviewing

__all__ = ["companies", "reviewing"]
