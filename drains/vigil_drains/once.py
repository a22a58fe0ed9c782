"""What was seen before: deliveries are repeated when their answer is lost."""

from collections import OrderedDict
from collections.abc import Hashable
from hashlib import blake2b

SHORT = 64
"""Characters of an id that is remembered as it is. Of a longer one a digest is: a sender may put a megabyte there."""


class Once:
    """Remembers the latest `size` keys of this instance. Another instance may take a repetition for new."""

    def __init__(self, size: int = 100_000) -> None:
        self._size = size
        self._seen: OrderedDict[Hashable, None] = OrderedDict()

    def first(self, key: Hashable) -> bool:
        """Return whether the key is seen for the first time; it is remembered."""
        if isinstance(key, str | bytes) and len(key) > SHORT:
            text = key.encode("utf-8", "surrogatepass") if isinstance(key, str) else key
            key = blake2b(text, digest_size=16).digest()
        if key in self._seen:
            self._seen.move_to_end(key)
            return False
        self._seen[key] = None
        if len(self._seen) > self._size:
            self._seen.popitem(last=False)
        return True
