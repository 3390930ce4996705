"""The back office's pages of figures: read alone, each with its rows behind it."""
