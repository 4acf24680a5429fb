"""Orders over REST: everything that their parties do on pages, by the same actions."""
