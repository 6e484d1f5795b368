"""What is true: tables with their rules, every SQL statement, migrations, the embedded server."""
