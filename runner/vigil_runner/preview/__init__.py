"""What a change does to a stack: two renders compared, reported in words.

`compare` makes a `Report` of two documents of `vigil render --json`; `markdown`, `page` (HTML)
and `document` (JSON) write it.
`revision` checks another revision of a project out and renders it with its own code.
"""

from vigil_runner.preview._alerts import AlertChange, AlertView, same_alert
from vigil_runner.preview._changes import Change, FieldChange, Kind
from vigil_runner.preview._dashboards import DashboardChange, TileChange
from vigil_runner.preview._document import document
from vigil_runner.preview._html import Pictures, page
from vigil_runner.preview._markdown import LIMIT, markdown
from vigil_runner.preview._objectives import ObjectiveChange
from vigil_runner.preview._plan import Plan, PlanError, plan
from vigil_runner.preview._report import Findings, PlayedProof, Report, compare
from vigil_runner.preview._revisions import Rendering, Revision, RevisionError, default_base, revision
from vigil_runner.preview._sentences import sentences, summary
from vigil_runner.preview._settings import SettingChange, setting_changes
from vigil_runner.preview._weight import Weight, weight

__all__ = [
    "LIMIT",
    "AlertChange",
    "AlertView",
    "Change",
    "DashboardChange",
    "FieldChange",
    "Findings",
    "Kind",
    "ObjectiveChange",
    "Pictures",
    "Plan",
    "PlanError",
    "PlayedProof",
    "Rendering",
    "Report",
    "Revision",
    "RevisionError",
    "SettingChange",
    "TileChange",
    "Weight",
    "compare",
    "default_base",
    "document",
    "markdown",
    "page",
    "plan",
    "revision",
    "same_alert",
    "sentences",
    "setting_changes",
    "summary",
    "weight",
]
