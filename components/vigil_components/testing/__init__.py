"""Testing programs and components without a cloud: a monitor that behaves like the real engine.

`record(program)` runs a program in isolation and returns what it registered (URNs, inputs, options, secrets,
exports) with assertions on it; `RecordingMonitor` is the same monitor for `pulumi.runtime.set_mocks`;
`SyntheticMocks` stands for providers where computed values do not matter.
"""

from vigil_components.testing.monitor import (
    Diagnostics,
    Invocation,
    RecordingArgs,
    RecordingMonitor,
    RegistrationError,
)
from vigil_components.testing.recorded import MISSING, Recorded, differences
from vigil_components.testing.registration import AliasSpec, Options, Registration, Timeouts
from vigil_components.testing.run import ConfigValue, Program, record, run_program
from vigil_components.testing.synthetic import SyntheticMocks, synthesise
from vigil_components.testing.values import UNKNOWN, Properties, PropertyValue, Unknown

__all__ = [
    "MISSING",
    "UNKNOWN",
    "AliasSpec",
    "ConfigValue",
    "Diagnostics",
    "Invocation",
    "Options",
    "Program",
    "Properties",
    "PropertyValue",
    "Recorded",
    "RecordingArgs",
    "RecordingMonitor",
    "Registration",
    "RegistrationError",
    "SyntheticMocks",
    "Timeouts",
    "Unknown",
    "differences",
    "record",
    "run_program",
    "synthesise",
]
