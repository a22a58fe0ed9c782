"""The Pulumi program: typed stack settings, and the system put together from components.

`__main__` is what Pulumi runs; `settings` alone reads configuration; `system` says what is monitored and how.
"""
