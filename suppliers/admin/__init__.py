"""Staff pages for suppliers: companies and what is set for them, what waits for a review, products, categories."""

from suppliers.admin import companies, products, reviewing

__all__ = ["companies", "products", "reviewing"]
