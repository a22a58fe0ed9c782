"""Alert policies: conditions, incidents, notifications."""
