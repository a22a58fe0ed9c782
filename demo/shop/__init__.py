"""An orders service as its team would write it: API, Temporal workers, an agent that calls language models.

`python -m demo.shop.api` serves the API, `demo.shop.worker` and `demo.shop.agent` run the workers. Each writes
its log as JSON lines to standard output. `demo.shop.events` declares the team's own events.
"""
