"""Where to look: one page per stack, written from its render alone.

`page` turns the document of a run into Markdown; `vendor_consoles` knows the consoles of Supabase, Temporal and Vercel
and what they show that ours do not.
"""

from vigil_runner.where_to_look.page import page

__all__ = ["page"]
