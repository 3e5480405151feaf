"""What `bench/run` does: measures Upline and its peers in turns, and tells the ratios."""
