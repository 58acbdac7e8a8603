"""What a write needs, does and answers, on tables that were there already."""
