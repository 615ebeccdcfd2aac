"""The way in over HTTP: what is taken, what is refused and why, and that the same again makes nothing new."""
