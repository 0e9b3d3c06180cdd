"""The explorer's results, told to people: what lab/explore prints as numbers."""
