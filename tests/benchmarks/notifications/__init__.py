"""Ten thousand text messages through two workers, some of which are killed on the way: how fast, and each once."""
