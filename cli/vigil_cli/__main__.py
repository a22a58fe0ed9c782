"""`python -m vigil_cli` is `vigil`."""

from vigil_cli import main

if __name__ == "__main__":
    main()
