"""How long a check of 500 policies takes, and the derivation of their tests."""
