"""How long a test waits for what is promised within a second.

Benchmarks measure the promise. A test tells it from what would come of itself, such as an entry of
the cache that ends after ten seconds, however slow the machine is.
"""

SOON_SECONDS = 5
