"""Every change to a dispute. Each function locks the order's row, then the dispute's, and writes one event."""
