"""Where to look: one page per stack, written from its render alone.

``page`` turns the document of a run into Markdown; ``outside`` knows the consoles of Supabase, Temporal and Vercel and
what they show that ours do not.
"""

from engine.looking.page import page

__all__ = ["page"]
