"""Lets `python -m tollhouse` do what the command `tollhouse` does."""

from tollhouse import main

if __name__ == "__main__":
    main()
