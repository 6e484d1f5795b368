"""How an operation runs: its plan, its execution, the HTTP view."""
