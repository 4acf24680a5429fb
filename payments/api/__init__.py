"""Money over REST: paying, what suppliers are paid, and the statements that finance's systems hand in."""
