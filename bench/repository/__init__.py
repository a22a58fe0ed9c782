"""How long the tests and the demo of this repository take in a fresh clone."""
