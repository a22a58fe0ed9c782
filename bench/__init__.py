"""Figures beside peers, one package for each area.

`figures` and `processes` have what the areas share, `table` makes a page of their figures.
"""
