"""Figures beside peers, one package for each area; `figures` has what they share, `table` makes a page of them."""
