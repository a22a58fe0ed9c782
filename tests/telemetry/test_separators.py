"""Commands whose arguments are divided in the ways that programs, logs and encodings divide them."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Callable

import pytest

from tests.telemetry.test_commands import SECRET, SECRETS
from vigil_telemetry.redaction import redact_text

DIVIDED: dict[str, Callable[[list[str]], str]] = {
    "one on a line": "\n".join,
    "one on a line, of Windows": "\r\n".join,
    "one on a line, indented": "\n    ".join,
    "one on a line, in JSON": lambda words: json.dumps({"cmd": "\n".join(words)}),
    "one on a line, in repr": lambda words: repr("\n".join(words)),
    "a continued line": " \\\n  ".join,
    "tabs": "\t".join,
    "NUL": "\0".join,
    "NUL, escaped": "\\x00".join,
    "NUL, in JSON": lambda words: json.dumps("\0".join(words)),
    "numbered": lambda words: "\n".join(f"argv[{place}]: {word}" for place, word in enumerate(words)),
    "numbered, quoted": lambda words: "\n".join(f"argv[{place}] = {word!r}" for place, word in enumerate(words)),
    "of the audit log": lambda words: " ".join(f'a{place}="{word}"' for place, word in enumerate(words)),
    "a list of YAML": lambda words: "args:\n" + "\n".join(f"- {word}" for word in words),
    "a list of YAML, quoted": lambda words: "args:\n" + "\n".join(f'  - "{word}"' for word in words),
    "a list of YAML in one line": lambda words: f"[{', '.join(words)}]",
    "a slice of Go": lambda words: f"[{' '.join(words)}]",
    "elements of XML": lambda words: "".join(f"<arg>{word}</arg>" for word in words),
    "elements of a property list": lambda words: "\n".join(f"  <string>{word}</string>" for word in words),
    "quotes of HTML": "&quot;, &quot;".join,
    "code spans": lambda words: " ".join(f"`{word}`" for word in words),
    "bytes": lambda words: repr([word.encode() for word in words]),
    "encoded for an address": "%20".join,
}


@pytest.mark.parametrize("form", DIVIDED)
def test_a_command_keeps_its_secrets_back_however_its_arguments_are_divided(form: str) -> None:
    for words in SECRETS:
        assert SECRET not in redact_text(f"ran {DIVIDED[form](words)}"), words


def test_options_joined_by_commas_or_encoded_as_a_form_too() -> None:
    for words in SECRETS:
        if any(word.startswith("-") for word in words) and not {"htpasswd", "net", "vault", "aws"} & set(words):
            assert SECRET not in redact_text(",".join(words)), words
        if "-p" in words:
            assert SECRET not in redact_text(f"cmd={urllib.parse.quote_plus(' '.join(words))}"), words


@pytest.mark.parametrize(
    "text",
    [
        "options:\n-p port\n-v verbose\n--token name of the token\n",
        "usage:\n  --password\n  --token\n  --help\n",
        "C:\\new\\tools\\run-p\\x00 -v",
        "first\nsecond\nthird-part\n",
        "<b>-p</b> sets the port, <i>-k</i> the key",
        "- password\n- token\n- key\n",
    ],
)
def test_lists_of_options_alone_stay(text: str) -> None:
    assert redact_text(text) == text


NEIGHBOURS = [
    "client_secret {}", "export API_TOKEN {}", "webhook secret {}", "shared secret '{}'", 'refresh token "{}"', "requirepass {}", "masterauth {}", "PASS {}",
    'set_password("{}")', "password,{}", "|password|{}|", "token\t{}", "IDENTIFIED BY {}", "password <- '{}'", "password ← {}", "密码\uff1a{}", "şifre: {}", "jelszó: {}",
    "adgangskode: {}", "-Dtoken={}", "%TOKEN%={}", "const secret: string = '{}'", "become_pass={}", "recovery key: {}", "Field 'password' with value '{}'",
    "pulumi config set --secret db {}", "crypt $6$salt${}", "password\u00a0{}", "ssh ann:{}@bastion", "HTTPBasicAuth('ann', '{}')", 'smtp.login("ann", "{}")', "argon: $argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ${}",
]  # fmt: skip


def test_a_word_that_is_none_goes_behind_a_name_whatever_stands_between() -> None:
    for form in NEIGHBOURS:
        assert "Zq7hunterPw9x" not in redact_text(form.format("Zq7hunterPw9x")), form


def test_words_behind_a_name_stay() -> None:
    for text in [
        "token refresh scheduled", "secret default-token-x7k2p mounted", "token AuthV2Client created", "credentials loadedFromFile",
        "secret (immutable) updated", "token, expired", "pass ThroughHandler2", "password EncoderFactory", "pwd /srv/app1", "secret v1.Secret listed",
    ]:  # fmt: skip
        assert redact_text(text) == text
