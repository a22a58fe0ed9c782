"""The subcommands of `vigil`, one a module; `options` has what several of them take, `outcome` how they end.

Each is thin: it reads its options, calls what does the work, and prints the result.
"""
