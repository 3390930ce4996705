"""Documents as bytes: from plain values, without a database."""
