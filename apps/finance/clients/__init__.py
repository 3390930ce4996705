"""What comes from outside: bank files, payment providers. Without a database."""
