"""Figures beside peers, one package for each area; `table` makes a page of them."""
