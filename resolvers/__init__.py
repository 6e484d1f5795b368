"""What clients may do: queries and mutations, each with its guard."""
