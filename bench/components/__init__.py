"""What a component costs beside the same resources registered bare through the SDK."""
