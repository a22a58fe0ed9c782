"""The running system of one machine: state folder, processes, ports, and the pipe from the demo to the emulator.

``system.local_system`` puts it together: emulator, deployed stack, webhook receiver, demo API. What is played on it is
in ``demo.stand_ins.stories``. Nothing here outlives the command that started it.
"""
