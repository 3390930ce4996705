"""How dates and times are written here, where Django's own way is too long for a list."""
