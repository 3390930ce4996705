"""Dashboard and alerts with many orders beside few; a report of orders as a file."""
