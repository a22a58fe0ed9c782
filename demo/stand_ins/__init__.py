"""What surrounds the shop on one machine: vendors, customers, fault switches, and the local run of it all.

`dependencies`, `llm`, `supabase` and `visitors` stand in for vendors, `traffic` for customers. `switches`
break them, `stories` say what then happens, `local_run` starts and stops the processes.
"""
