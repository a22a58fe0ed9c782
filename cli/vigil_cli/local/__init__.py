"""What a command runs on this machine: the emulator's process, a team's own processes, and the pipe between them.

`session` runs an emulator for as long as a command does, `service_run` puts `vigil serve` together, `pump` brings lines
of processes to the emulator, `receiver` and `mailbox` take its notifications. Nothing here outlives the command that
started it.
"""
