"""How many records a second a receiver of drains takes on one core."""
