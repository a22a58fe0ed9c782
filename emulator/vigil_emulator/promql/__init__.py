"""PromQL over the series store, evaluated for all steps at once."""
