"""Secrets among the arguments of commands: as a shell takes them, and as lists that a program starts others with."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Callable
from typing import cast

import pytest

from vigil_telemetry.redaction import redact, redact_text
from vigil_telemetry.redaction.budget import Steps, TooDenseError
from vigil_telemetry.redaction.commands import scan_commands

SECRET = "hunter2pw"
SECRETS = [
    ["app", "-p", SECRET], ["app", "-P", SECRET], ["app", "--key", SECRET], ["app", "-u", f"ann:{SECRET}"], ["app", "--password", SECRET], ["app", "-pw", SECRET],
    ["app", f"--password={SECRET}"], ["app", "--auth", f"ann:{SECRET}"], ["/opt/bin/app", "--db-password", SECRET], ["app", "-token", SECRET],
    ["mysql", "-uroot", f"-p{SECRET}", "shop"], ["exec", f"-p{SECRET}", "mysql"], ["docker", "login", "-u", "ann", "-p", SECRET, "ghcr.io"], ["mongosh", "-u", "root", "-p", SECRET],
    ["curl", "-u", f"ann:{SECRET}", "https://x"], ["curl", f"-uann:{SECRET}"], ["curl", f"--user=ann:{SECRET}"], ["curl", "-b", f"sid={SECRET}"], ["curl", "-H", f"X-Api-Key: {SECRET}"],
    ["http", "-a", f"ann:{SECRET}"], ["sshpass", "-p", SECRET, "ssh", "h"], ["sshpass", f"-p{SECRET}", "ssh"], ["redis-cli", "-a", SECRET], ["7z", "x", f"-p{SECRET}"],
    ["unzip", "-P", SECRET, "a.zip"], ["sqlcmd", "-U", "sa", "-P", SECRET], ["ldapsearch", "-x", "-w", SECRET], ["smbclient", "-U", f"ann%{SECRET}"], ["snmpget", "-v2c", "-c", SECRET],
    ["xfreerdp", "/u:ann", f"/p:{SECRET}"], ["net", "use", "x", "/user:ann", SECRET], ["htpasswd", "-b", "file", "ann", SECRET], ["vault", "login", SECRET],
    ["aws", "configure", "set", "aws_secret_access_key", SECRET], ["keytool", "-storepass", SECRET], ["java", f"-Dspring.datasource.password={SECRET}"],
    ["env", f"DB_PASSWORD={SECRET}", "app"], ["docker", "run", "-e", f"API_KEY={SECRET}", "x"], ["kubectl", "create", "secret", "generic", "x", f"--from-literal=password={SECRET}"],
    ["gh", "secret", "set", "DEPLOY_TOKEN", "--body", SECRET],
]  # fmt: skip
CLEAN = [
    "pytest -p no:cacheprovider -q tests", "uv venv -p 3.12 .venv", "virtualenv -p pypy3.10 env", "cargo test -p vigil_core2 --lib", "ssh -p 2222 deploy@host", "docker run -u 1000:1000 -p 8080:80 image",
    "docker run -u www-data:www-data app", "grep -w word2vec file", "mkdir -p build/out2/lib3", "iptables -A INPUT -p tcp", "nmap -p 1-65535 host", "git log -p HEAD~3..HEAD", "sort -u -k 2,3 file",
    "set -euo pipefail", "set token_budget 4000", "curl -k https://localhost:8443/healthz", "curl -b cookies.txt -c cookies.txt x", "redis-cli -h cache -p 6379 ping", "psql -h db -U app2 -d shop -p 5432",
    "mysql -u root -p shop", "docker run -p3306:3306 mysql:8", "docker run -p8080:80 mysql", "gcc -pthread mysql.c", "ssh -p22 mysql", "cc -platform-x86-64-v2 | mysql", "vault login -method=oidc role=dev", "vault login required before continuing", "gunicorn -w 4 -k uvicorn.workers.UvicornWorker app:app", "celery -A shop worker -P gevent",
    "Command '['git', 'push', '-u', 'origin', 'main']' returned non-zero exit status 1.", "args: ['ssh', '-p', '22', 'git@host']", "net use z: //srv/share", "the -p option sets the port",
]  # fmt: skip


def test_a_list_of_arguments_keeps_its_secrets_back() -> None:
    for words in SECRETS:
        shown = cast("list[object]", redact(words))
        assert SECRET not in json.dumps(shown), words
        assert (shown[0], len(shown)) == (words[0], len(words))
        assert SECRET not in json.dumps(redact({"argv": tuple(words)})), words


def _indented(words: list[str]) -> str:
    return json.dumps(words, indent=2)


def _twice(words: list[str]) -> str:
    return json.dumps({"message": json.dumps(words)})


def _failed(words: list[str]) -> str:
    return str(subprocess.CalledProcessError(1, words))


@pytest.mark.parametrize("written", [shlex.join, repr, json.dumps, _indented, _twice, _failed])
def test_a_command_in_text_keeps_its_secrets_back(written: Callable[[list[str]], str]) -> None:
    for words in SECRETS:
        assert SECRET not in redact_text(f"ran {written(words)}"), words


@pytest.mark.parametrize(
    "text",
    [
        "mysql -u root\n  args:\n    - --password\n    - hunter2pw",
        "curl\0-u\0ann:hunter2pw\0x",
        "app, --token, hunter2pw",
    ],
)
def test_a_command_in_yaml_of_the_kernel_and_joined_by_commas_too(text: str) -> None:
    assert SECRET not in redact_text(text)


def test_what_an_option_says_otherwise_stays() -> None:
    for text in CLEAN:
        assert redact_text(text) == text
        assert redact(text.split()) == text.split()
    assert redact(["password", "token", "sha256"]) == ["password", "token", "sha256"]
    assert redact(["docker", "run", "-p", "8080:80", 7, None, "-u", "1000:1000"]) == ["docker", "run", "-p", "8080:80", 7, None, "-u", "1000:1000"]  # fmt: skip


@pytest.mark.parametrize(
    "part", [" -p x", "curl -u a:b ", "set api_key x12345 ", "vault login x123456789 ", " /p:12345"]
)
def test_a_text_of_options_alone_is_too_dense(part: str) -> None:
    text = part * 5_000
    with pytest.raises(TooDenseError):
        scan_commands(text, [], Steps(len(text)))
