"""How properties are searched: a change is judged by the change, not by the machine's speed or a draw.

Each run takes the same examples, and how long one takes decides nothing. ``--hypothesis-profile=search`` looks for new
ones, more of them where a test does not say how many; ``--hypothesis-seed`` then repeats a search.
"""

from hypothesis import HealthCheck, settings

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("same", UNHURRIED, derandomize=True)
settings.register_profile("search", UNHURRIED, max_examples=1000)
settings.load_profile("same")
