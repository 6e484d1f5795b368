"""Who is calling: tokens, their check and its cache, client addresses, the rule of giving."""
