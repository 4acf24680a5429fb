"""Fraud checks on payments: named rules with weights, and a score that explains itself (product.md §4)."""
