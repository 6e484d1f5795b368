"""What leaves the house: webhooks and mail, their queue, and the guard of addresses."""
