"""Log signals proposed from recorded entries: what `vigil signal from-entry` writes.

`read_entries` reads what `gcloud logging read --format=json` prints, `propose` groups the entries by what they say and
describes each group as a `LogLines`, and `module` writes the proposals as Python. A proposal is checked before it is
returned: its filter matches its entries and none of its near misses.
"""

from vigil_proofs.log_signals._file import EntriesFileError, read_entries
from vigil_proofs.log_signals._module import module
from vigil_proofs.log_signals._proposal import Proposal, Proposals, propose

__all__ = ["EntriesFileError", "Proposal", "Proposals", "module", "propose", "read_entries"]
