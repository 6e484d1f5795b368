"""What clients see: types and inputs, and the only ways to make a field."""
