"""The demo's commands: `up`, `serve` and `traffic`, a module each."""
