"""The shop's own components: nothing to do with Vigil's, whose import name is vigil_components."""

TEAM = "shop"
