"""Small programs with a bug each, for the explorer."""
