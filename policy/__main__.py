# ruff: noqa: INP001 - the engine runs this folder as a program, it is no package
"""Serves the policies to the Pulumi engine."""

from pack import NAME, policies
from pulumi_policy import PolicyPack

PolicyPack(NAME, policies())
