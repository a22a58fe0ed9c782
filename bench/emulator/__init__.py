"""How much the emulator takes, and how quickly it answers."""
