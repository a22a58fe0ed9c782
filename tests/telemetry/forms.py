"""The forms in which libraries and people write a secret beside its name, and personal data among other characters.

`{name}` is the name of a secret and `{value}` the secret; a form that escapes does so itself.
"""

from __future__ import annotations

import json
import urllib.parse
import xml.sax.saxutils
from collections.abc import Callable

Form = Callable[[str, str], str]


def _json(level: int) -> Form:
    def form(name: str, value: str) -> str:
        text = json.dumps({"id": 7, name: value, "ok": True})
        for _ in range(level):
            text = json.dumps({"body": text})
        return text

    return form


def _plain(template: str) -> Form:
    return lambda name, value: template.replace("{name}", name).replace("{value}", value)


QUOTING: dict[str, Form] = {
    "json": _json(0),
    "json in json": _json(1),
    "json in json in json": _json(2),
    "json, repr": lambda name, value: repr(json.dumps({name: value, "a": 1})),
    "json, compact": lambda name, value: json.dumps({name: value}, separators=(",", ":")),
    "json, indented": lambda name, value: json.dumps({"a": {name: value}}, indent=2),
    "repr of a dict": lambda name, value: repr({"a": 1, name: value, "b": None}),
    "repr of a dict of bytes": lambda name, value: repr({name.encode(): value.encode()}),
    "repr of nested dicts": lambda name, value: repr({"config": {"inner": [{name: value}]}}),
    "repr twice": lambda name, value: repr(repr({name: value})),
    "list of pairs": lambda name, value: repr([("accept", "*/*"), (name, value)]),
    "list of pairs of bytes": lambda name, value: repr([(b"accept", b"*/*"), (name.encode(), value.encode())]),
    "list of lists": lambda name, value: json.dumps([["a", "b"], [name, value]]),
    "httpx headers": lambda name, value: f"Headers([('accept', '*/*'), ({name!r}, {value!r})])",
    "name and value": lambda name, value: json.dumps([{"name": name, "value": value}]),
    "key and value": lambda name, value: repr({"key": name, "value": value}),
    "key, type and value": lambda name, value: json.dumps({"key": name, "type": "default", "enabled": True, "value": value}),
    "value and name": lambda name, value: json.dumps({"value": value, "name": name}),
    "har": lambda name, value: json.dumps({"headers": [{"name": name, "value": value, "comment": ""}]}),
    "grpc metadata": lambda name, value: f"(_Metadatum(key={name!r}, value={value!r}),)",
    "argument list": lambda name, value: repr(["psql", f"--{name}", value, "-h", "db"]),
    "called process": lambda name, value: f"Command {['tool', f'--{name}', value]!r} returned non-zero exit status 1.",
    "namespace": lambda name, value: f"Namespace(host='db', {name.replace('-', '_')}={value!r}, port=5)",
    "dataclass": lambda name, value: f"Settings({name.replace('-', '_')}={value!r}, debug=False)",
    "toml": lambda name, value: f"[db]\n{name} = {json.dumps(value)}\nport = 5",
    "dotenv, quoted": lambda name, value: f"export {name.upper()}={json.dumps(value)}",
    "multipart": lambda name, value: f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n--b--',
    "multipart, repr": lambda name, value: repr(f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n--b--'),
    "multipart with type": lambda name, value: f'Content-Disposition: form-data; name="{name}"\r\nContent-Type: text/plain\r\n\r\n{value}\r\n--b',
    "xml": lambda name, value: f"<user><{name}>{xml.sax.saxutils.escape(value)}</{name}></user>",
    "xml with attributes": lambda name, value: f'<{name} type="text">{xml.sax.saxutils.escape(value)}</{name}>',
    "soap": lambda name, value: f'<wsse:{name} Type="x">{xml.sax.saxutils.escape(value)}</wsse:{name}>',
    "cdata": lambda name, value: f"<{name}><![CDATA[{value}]]></{name}>",
    "xml attribute": lambda name, value: f'<user {name}={xml.sax.saxutils.quoteattr(value)} id="7"/>',
    "entry": lambda name, value: f'<entry key="{name}">{xml.sax.saxutils.escape(value)}</entry>',
    "add": lambda name, value: f'<add key="{name}" value={xml.sax.saxutils.quoteattr(value)} />',
    "add, typed": lambda name, value: f'<add key="{name}" type="text" value={xml.sax.saxutils.quoteattr(value)} />',
    "property": lambda name, value: f'<property name="{name}" value={xml.sax.saxutils.quoteattr(value)}/>',
    "index": lambda name, value: f"config[{name!r}] = {value!r}",
    "ruby": lambda name, value: f'{{"{name}"=>{json.dumps(value)}, "a"=>1}}',
    "php": lambda name, value: f"array({name!r} => {value!r})",
    "powershell hash": lambda name, value: f"@{{ {name.replace('-', '_')} = {json.dumps(value)} }}",
    "go": lambda name, value: f"{name.replace('-', '_')}:{json.dumps(value)}",
    "rust": lambda name, value: f"Config {{ {name.replace('-', '_')}: Some({json.dumps(value)}), port: 5 }}",
    "pydantic, secret": lambda name, value: f"1 validation error for M\n{name}\n  Input should be valid [type=x, input_value={value!r}, input_type=str]\n    For further",
    "pydantic, dict": lambda name, value: f"1 validation error for M\nage\n  Field required [type=missing, input_value={{'{name}': {value!r}}}, input_type=dict]",
    "fastapi": lambda name, value: repr([{"type": "string_too_short", "loc": ("body", name), "msg": "String should have", "input": value, "ctx": {"min_length": 30}}]),
    "fastapi, json": lambda name, value: json.dumps({"detail": [{"type": "x", "loc": ["body", name], "msg": "no", "input": value}]}),
    "fastapi, whole body": lambda name, value: repr([{"type": "missing", "loc": ("body", "age"), "msg": "Field required", "input": {name: value}}]),
    "sqlalchemy": lambda name, value: f"(psycopg.errors.X) no\n[SQL: INSERT INTO t ({name.replace('-', '_')}) VALUES (%(p)s)]\n[parameters: {{'p': {value!r}}}]\n(Background on this error at: https://sqlalche.me/e/20/gkpj)",
    "sqlalchemy, positional": lambda name, value: f"[SQL: UPDATE t SET a=?]\n[parameters: ('Ann', {value!r})]",
    "asyncpg": lambda name, value: f"invalid input for query argument $2: {value!r} (expected int)",
    "assignment, quoted": _plain("{name} = '{value}'"),
}  # fmt: skip
"""Forms that can hold any value."""

BARE: dict[str, Form] = {
    "equals": _plain("{name}={value}"),
    "equals, among others": _plain("host=db {name}={value} port=5"),
    "colon": _plain("{name}: {value}"),
    "colon, tight": _plain("{name}:{value}"),
    "aligned": _plain("{name}   =   {value}"),
    "arrow": _plain("{name} -> {value}"),
    "fat arrow": _plain("{name} => {value}"),
    "walrus": _plain("{name} := {value}"),
    "flag": _plain("tool --{name} {value} -v"),
    "flag with equals": _plain("tool --{name}={value} -v"),
    "powershell flag": _plain("Connect-Thing -{name} {value} -Force"),
    "yaml": _plain("db:\n  {name}: {value}\n  port: 5"),
    "yaml list": _plain("env:\n  - name: {name}\n    value: {value}\n"),
    "yaml block": _plain("{name}: |\n  {value}\nport: 5"),
    "header": _plain("GET / HTTP/1.1\r\n{name}: {value}\r\nHost: x"),
    "header, repr": lambda name, value: repr(f"GET / HTTP/1.1\r\n{name}: {value}\r\nHost: x"),
    "curl -H": _plain("curl -H '{name}: {value}' https://x"),
    "query": _plain("GET /a?x=1&{name}={value}&y=2"),
    "form": _plain("user=ann&{name}={value}"),
    "nested form": _plain("user[{name}]={value}&x=1"),
    "encoded query": lambda name, value: "next=" + urllib.parse.quote(f"/cb?{name}={value}&x=1", safe=""),
    "encoded json": lambda name, value: urllib.parse.quote(json.dumps({name: value})),
    "dotenv": lambda name, value: f"export {name.upper().replace('-', '_')}={value}",
    "postgres key": _plain("DETAIL:  Key ({name})=({value}) already exists."),
    "postgres keys": _plain("DETAIL:  Key (tenant, {name})=(7, {value}) already exists."),
    "csv list": _plain("a=1,{name}={value},b=2"),
    "semicolons": _plain("Server=db;{name}={value};Timeout=5"),
    "escaped xml": _plain("&lt;{name}&gt;{value}&lt;/{name}&gt;"),
    "escaped json in html": _plain("{&quot;{name}&quot;:&quot;{value}&quot;}"),
    "in brackets": _plain("(retry, {name}={value})"),
    "logfmt": _plain('level=info {name}="{value}" n=1'),
    "markdown": _plain("**{name}**: {value}"),
    "code span": _plain("`{name}`: `{value}`"),
}  # fmt: skip
"""Forms for values without white space, quotes or separators."""

TABLES: dict[str, Form] = {
    "table of psql": lambda name, value: f" user | {name} \n------+------------\n ann  | {value}\n(1 row)",
    "table of MySQL": lambda name, value: f"+----+-----+\n| id | {name} |\n+----+-----+\n|  1 | {value} |\n+----+-----+",
    "table of Markdown": lambda name, value: f"| {name} | user |\n|:---|---|\n| {value} | ann |",
    "table of sqlcmd": lambda name, value: f"user  {name}\n----- {'-' * len(name)}\nann   {value}\nbob   {value}",
    "table of tabulate": lambda name, value: (
        f"  {name:<24}  user\n  {'=' * max(24, len(value))}  ====\n  {value:<24}  ann"
    ),
    "table with lines": lambda name, value: f"│ user │ {name} │\n├──────┼──────┤\n│ ann  │ {value} │",
}  # fmt: skip
"""Tables whose first row has the name. Under a name other than a password's, a word stays."""

NAMES = [
    "password",
    "x-api-key",
    "access_token",
    "clientSecret",
    "DB_PASSWORD",
    "user_password",
    "api_key",
    "refreshToken",
    "private_key",
    "secret",
]
