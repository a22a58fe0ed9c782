"""What an alert would have done to recorded log entries: incidents, their durations, notifications a day.

`backtest.run` plays entries, from a file or from a project, through the stack's own metrics and the alert's policy in
an emulator, as the stack is now and, for comparison, as a changed configuration would make it.
"""

from vigil_proofs.backtest.run import Backtest, BacktestError, Occurrence, from_project, run

__all__ = ["Backtest", "BacktestError", "Occurrence", "from_project", "run"]
