"""A provider of language models on one machine: speaks as OpenAI, Anthropic and Google do, without a model.

`behaviour` says how it answers (latency, tokens, errors), `openai`, `anthropic` and `google` render answers and streams
as those providers send them, `app` serves them. `python -m demo.stand_ins.llm --port 8100` runs it; `PUT
/_demo/behaviour` changes how it answers.
"""

from demo.stand_ins.llm.app import Provider, build
from demo.stand_ins.llm.behaviour import Behaviour, Trouble

__all__ = ["Behaviour", "Provider", "Trouble", "build"]
