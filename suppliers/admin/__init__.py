"""Staff pages for suppliers: companies and what is set for them, verifications, reviews, reservations, categories."""

from suppliers.admin import companies

__all__ = ["companies"]
