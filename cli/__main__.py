"""``python -m cli`` is ``vigil``."""

from cli import main

if __name__ == "__main__":
    main()
