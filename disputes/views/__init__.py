"""Pages of disputes. Each view finds the case for the person, makes one call, and shows the answer."""
