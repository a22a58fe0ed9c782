"""User labels of Monitoring's resources."""

import re
from collections.abc import Mapping

from vigil_apimodel import limits
from vigil_emulator.errors import invalid_argument

_KEY = re.compile(r"[a-z][a-z0-9_\-]*")
_VALUE = re.compile(r"[a-z0-9_\-]*")


def check_user_labels(labels: Mapping[str, str], owner: str) -> None:
    """Raise ApiError for labels that Monitoring does not take (google/monitoring/v3/alert.proto, user_labels).

    At most 64; keys and values of at most 63 characters and 128 bytes, of lowercase letters, digits, `_` and `-`,
    keys beginning with a letter.
    """
    if len(labels) > limits.USER_LABELS:
        raise invalid_argument(
            f"Field {owner}.user_labels had {len(labels)} labels: at most {limits.USER_LABELS} are allowed."
        )
    for key, value in labels.items():
        if not _allowed(key, _KEY):
            raise invalid_argument(
                f'Field {owner}.user_labels had an invalid key of "{key}": keys must match {_KEY.pattern}',
            )
        if not _allowed(value, _VALUE):
            raise invalid_argument(
                f'Field {owner}.user_labels["{key}"] had an invalid value of "{value}": values must match'
                f" {_VALUE.pattern}",
            )


def _allowed(text: str, pattern: re.Pattern[str]) -> bool:
    # International letters are allowed; lower() says which of them are not.
    plain = "".join(character for character in text if character.isascii())
    return (
        len(text) <= limits.USER_LABEL_CHARS
        and len(text.encode()) <= limits.USER_LABEL_BYTES
        and text == text.lower()
        and bool(pattern.fullmatch(plain) or (plain == "" and pattern is not _KEY) or not text.isascii())
    )
