"""Log entries: from a container's line over sinks and exclusions to buckets, and the metrics made of them."""
