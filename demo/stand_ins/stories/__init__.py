"""Stories: what happens to the monitored system in a local run, from cause to received notification to recovery.

A story is a function over a `Stage`, which gives it the running system, awaits events with deadlines and writes down
what came about and when. `first_light` is the first; `make up` plays it.
"""

from demo.stand_ins.stories.first_light import FIRST_LIGHT
from demo.stand_ins.stories.stage import Milestone, Stage, Story

STORIES = {story.name: story for story in (FIRST_LIGHT,)}

__all__ = ["FIRST_LIGHT", "STORIES", "Milestone", "Stage", "Story"]
