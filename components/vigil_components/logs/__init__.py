"""Log storage: where entries are kept, for how long, who may read them, and what is not kept.

A bucket keeps, a sink fills it, a view shows a part of it to an audience. Exclusions decide on purpose what the
project's `_Default` bucket still keeps; scopes and saved queries are for people who search.
"""

from vigil_components.logs.buckets import LogBucket, LogBucketArgs
from vigil_components.logs.projectwide import (
    DefaultExclusions,
    DefaultExclusionsArgs,
    SavedQueries,
    SavedQueriesArgs,
)
from vigil_components.logs.scopes import (
    DefaultScopes,
    DefaultScopesArgs,
    LogScope,
    LogScopeArgs,
    TraceScope,
    TraceScopeArgs,
)
from vigil_components.logs.sinks import (
    BucketDestination,
    DatasetDestination,
    Destination,
    Exclusion,
    Sinks,
    SinksArgs,
    SinkSpec,
    StorageDestination,
    TopicDestination,
)
from vigil_components.logs.views import LogView, LogViewArgs, view_filter

__all__ = [
    "BucketDestination",
    "DatasetDestination",
    "DefaultExclusions",
    "DefaultExclusionsArgs",
    "DefaultScopes",
    "DefaultScopesArgs",
    "Destination",
    "Exclusion",
    "LogBucket",
    "LogBucketArgs",
    "LogScope",
    "LogScopeArgs",
    "LogView",
    "LogViewArgs",
    "SavedQueries",
    "SavedQueriesArgs",
    "SinkSpec",
    "Sinks",
    "SinksArgs",
    "StorageDestination",
    "TopicDestination",
    "TraceScope",
    "TraceScopeArgs",
    "view_filter",
]
