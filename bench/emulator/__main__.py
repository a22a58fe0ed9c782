"""`python -m bench.emulator`."""

from bench.emulator.dataplane import main

main()
