"""The system being monitored, as a user would write it: an orders service, and the traffic that it gets.

``python -m demo.api`` serves the API and writes its log as JSON lines to standard output; ``demo.traffic`` sends it
requests. `vigil up` runs both; events of its own are in ``demo.events``.
"""
