"""What this machine can measure: needs nothing but Python, and says the rest."""
