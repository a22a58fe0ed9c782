"""Vercel exports no metrics that Cloud Monitoring can scrape, so there are no constants here.

What there is: log and trace drains, whose lines become events and metrics made from logs. Source:
https://vercel.com/docs/drains (2026).
"""

from vigil_apimodel.metrics.model import Metric

METRICS: tuple[Metric, ...] = ()
