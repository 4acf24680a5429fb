"""Pages of orders. Each view finds the order for the person, makes one call, and shows the answer."""
