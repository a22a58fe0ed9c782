"""Time series: descriptors, the store on numpy, alignment and reduction, ``timeSeries.list`` and ``.create``."""
