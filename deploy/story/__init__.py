"""The story that the demo plays through the gateway."""
