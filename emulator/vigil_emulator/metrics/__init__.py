"""Time series: the store on numpy, alignment and reduction, `timeSeries.list` and `.create`.

`series` holds points as columns, `distribution` histograms, `persistence` their place in the database; `align`,
`reduce` and `legality` are Google's aligners and reducers; `filters` are monitoring filters; `descriptors` says
what a metric is. Whoever uses the emulator takes `vigil_emulator.dataplane`.
"""
