"""``python -m jainam_prop``: the command."""

from jainam_prop.entrypoints.cli.main import main

if __name__ == "__main__":
    main()
