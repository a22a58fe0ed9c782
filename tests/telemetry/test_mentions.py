"""Secrets that the line ties to their name: statements, lists, columns, calls, complaints and links."""

from __future__ import annotations

import pytest

from tests.telemetry.forms import NAMES, TABLES
from vigil_telemetry.redaction import redact, redact_text

SECRETS = ("hunter2pw", "Zk4vQ9mTx2Lw", "p7fKd9sWq")


@pytest.mark.parametrize(
    "form",
    [
        "Stripe-Signature: t=1760000000,v1={}", "stripe-signature=t=1760000000,v1={},v0={}", "Paddle-Signature: ts=1760000000;h1={}", "svix-signature: v1,{}= v1,{}=",
        "X-Hub-Signature-256: sha256={}",
    ],
)  # fmt: skip
def test_all_of_a_webhook_s_signature_goes(form: str) -> None:
    signature = "5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd"
    assert signature not in redact_text(form.replace("{}", signature))


@pytest.mark.parametrize(
    "text", ["pin:\n  481516\n", "| pin | 481516 |", "| otp | 4815 |", "--otp 481516", "otp: 481516", "otp = 4815"]
)
def test_a_number_beside_the_name_of_a_code_goes(text: str) -> None:
    assert "4815" not in redact_text(text)


@pytest.mark.parametrize(
    "form",
    [
        "INFO sqlalchemy.engine.Engine [generated in 0.00017s] ('{}', 'ann', 7)", "[cached since 0.2s ago] {{'name_1': '{}'}}", "[no key 0.1s] [('{}', 1), ('b', 2)]",
        "Sequelize: parameters: [ '{}', 'ann' ]", 'knex bindings: ["{}", 7]', "SELECT crypt('{}', gen_salt('bf'))", "INSERT INTO api_keys (id, value) VALUES (7, '{}')",
        "INSERT INTO shop.user_tokens (id, value) VALUES (7, '{}')",
    ],
)  # fmt: skip
def test_values_of_a_statement_go(form: str) -> None:
    for secret in SECRETS:
        assert secret not in redact_text(form.format(secret))


@pytest.mark.parametrize(
    "form",
    [
        "rawHeaders: [ 'Host', 'x', 'X-Api-Key', '{}', 'Accept', '*/*' ]", "rawHeaders: [ 'Host', 'x', 'Authorization', 'Bearer {}' ]", 'argv=["app","--token","{}","-v"]',
        '{{"k":"password","v":"{}"}}', "user,password\nann,{}\nomar,x", "name\ttoken\tage\nann\t{}\t7", "header X-Api-Key:[{}]", "password :: {}", "password=bytearray(b'{}')",
        'password: !!str "{}"', '["password"]=>\n  string(9) "{}"', "AzureKeyCredential('{}')", 'SecretStr("{}")', "password=Optional[{}]", "clave: {}",
        "b'X-Api-Key', b'{}', b'Host', b'x'", "api_key:\n  {}\nuser: ann", "pin:\n  {}", "| name | value |\n|---|---|\n| pin | {} |", "+-----+\n| token | {} |", "Sec-WebSocket-Protocol: graphql-ws, bearer, {}",
    ],
)  # fmt: skip
def test_a_secret_in_a_list_a_table_or_a_call_goes(form: str) -> None:
    for secret in SECRETS:
        out = redact_text(form.format(secret))
        assert secret not in out, out


@pytest.mark.parametrize(
    "form",
    [
        "Value error, token {} is not known", "bad token {}", "The password you entered ({}) is wrong", "secret '{}' was refused", "wrong credentials ann/{}",
        "attrs: 'password' must match regex '.{{20,}}' ('{}' doesn't)", 'json: cannot unmarshal string "{}" into Go struct field Login.password of type int',
        "password: expected 'x' but got '{}'", "assert '{}' == 'x' where it is User(...).password", "constraint failed: users.token, params=('{}',)",
        'strconv.Atoi: parsing "{}": invalid syntax', 'invalid port ":{}" after host', "httpx.InvalidURL: Invalid port: '{}'",
    ],
)  # fmt: skip
def test_a_secret_in_a_complaint_goes(form: str) -> None:
    for secret in SECRETS:
        out = redact_text(form.format(secret))
        assert secret not in out, out


@pytest.mark.parametrize(
    "form",
    [
        "AUTH app {}", 'curl --cookie "session={}" https://x', "set -gx GITHUB_TOKEN {}", "setx API_TOKEN {}", "echo {} | docker login -u x --password-stdin", "echo -n '{}' | sudo -S ls", "echo {} | gh auth login --with-token",
        "sudo -S ls <<< {}", "ssh-keygen -t ed25519 -N '{}' -f k", "openssl enc -aes-256-cbc -k {} -in a", "net user ann {} /add", "subprocess: ['net', 'user', 'ann', '{}', '/add']",
    ],
)  # fmt: skip
def test_a_secret_of_a_command_goes(form: str) -> None:
    for secret in SECRETS:
        out = redact_text(form.format(secret))
        assert secret not in out, out


@pytest.mark.parametrize(
    "form",
    [
        "INSERT INTO `password_resets` VALUES ('ann','{}')", "binding parameter [1] as [VARCHAR] - [{}]", "binding parameter (1:VARCHAR) <- [{}]", 'UPDATE u SET password = $1 params: ["{}"]',
        "invalid input syntax for type integer: \"x\"\nLINE 1: select '{}'::int", 'Bindings: ["{}"]', 'environment variable "SIGNING_KEY" invalid: [\'{}\']', "nonnumeric port: '{}'",
        "Unauthorized basic auth ('neo4j', '{}')", "PDO->__construct('mysql:host=h', 'app', '{}')", "Authorization: AWS AKIAX:{}", "aws ssm put-parameter --name /p --value {} --type SecureString",
        "gcloud secrets versions add x --data={}", "az keyvault secret set --vault-name v --name x --value {}", "::add-mask::{}", "wifi_psk={}", "recovery code {}", "Unseal Key 1: {}", "security answer: {}",
        '<setting name="Password" serializeAs="String"><value>{}</value></setting>', "id,api_key\r\n7,{}\r\n", 'chpasswd <<< "ann:{}"', 'echo "ann:{}" | chpasswd',
    ],
)  # fmt: skip
def test_a_secret_goes_in_the_forms_of_drivers_clouds_and_files(form: str) -> None:
    for secret in SECRETS:
        out = redact_text(form.format(secret))
        assert secret not in out, out


@pytest.mark.parametrize(
    "form",
    [
        "Field error in object 'user' on field 'secret': rejected value [{}]; codes [Size]", '{{"field":"password","rejectedValue":"{}","code":"Size"}}', '{{"value":"{}","msg":"Invalid value","param":"password"}}',
        '{{"type":"field","value":"{}","msg":"too short","path":"password"}}', '{{"instancePath":"/password","message":"short","data":"{}"}}', '{{"path":["password"],"received":"{}"}}',
        '{{"field":"password","old":"{}","newValue":"{}"}}', '{{"Name":"/prod/db/password","Type":"SecureString","Value":"{}"}}', '{{"ParameterKey":"DBPassword","ParameterValue":"{}"}}',
        'serde: invalid type: string "{}", expected u32', "<td>password</td><td>{}</td>",
    ],
)  # fmt: skip
def test_a_secret_that_a_validator_or_an_audit_quotes_goes(form: str) -> None:
    for secret in SECRETS:
        out = redact_text(form.replace("{}", secret).replace("{{", "{").replace("}}", "}"))
        assert secret not in out, out


@pytest.mark.parametrize(
    "form",
    [
        "Authorization: SharedKey account:{}=", "Authorization: sso-key AAAA:{}", "[password:protected] => {}", "[secret:App\\Cfg:private] => {}", '["password":"App":private]=>\n  string(9) "{}"',
        'a:1:{s:8:"password";s:9:"{}";}', 'O:1:"A":1:{s:9:\\"*password\\";s:9:\\"{}\\";}', 'Password: (string) (len=9) "{}"', 'http.Header{"Cookie":[]string{"sid={}"}}', "token=SecretToken(value='{}')",
        "SAMLResponse={}&RelayState=/", "password = <<EOT\n{}\nEOT\n", "password = <<-'END'\n  {}\n  END\n", 'MONITOR 1.2 [0 h:1] "AUTH" "default" "{}"', "> DBHK1 LOGIN ann {}", "reply: b'334 UGFzc3dvcmQ6'\nsend: '{}\\r\\n'",
        "mysqladmin -uroot -p'{}' status",
    ],
)  # fmt: skip
def test_a_secret_goes_in_the_forms_of_protocols_and_languages(form: str) -> None:
    for secret in SECRETS:
        out = redact_text(form.replace("{}", secret))
        assert secret not in out, out


@pytest.mark.parametrize(
    "form",
    [
        "A temporary password is generated for root@localhost: {}", "Password for user 'elastic': {}", "Please use the following password to proceed:\n\n{}\n\n", "PASSWORD kibana = {}",
        "Password for the elastic user (reset with `x`):\n  {}",
    ],
)  # fmt: skip
def test_a_password_that_an_installer_shows_goes(form: str) -> None:
    for secret in SECRETS[1:]:
        out = redact_text(form.replace("{}", secret))
        assert secret not in out, out


@pytest.mark.parametrize("path", ["reset", "password-reset", "verify-email", "invite", "magic-link", "unsubscribe"])
def test_the_secret_of_a_link_in_a_mail_goes(path: str) -> None:
    for secret in SECRETS:
        assert redact_text(f"GET /{path}/{secret}?x=1") == f"GET /{path}/[redacted]?x=1"
    assert redact_text(f"GET /{path}/settings/5") == f"GET /{path}/settings/5"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Use this code to sign in: 481907", "Use this code to sign in: [redacted]"), ("one-time password 481907", "one-time password [redacted]"),
        ("your login code: 48190", "your login code: [redacted]"),
        ("G-481907 is your Google verification code", "[redacted] is your Google verification code"), ("Telegram code: 48190", "Telegram code: [redacted]"), ("access code 481907", "access code [redacted]"),
    ],
)  # fmt: skip
def test_a_code_for_signing_in_goes(text: str, shown: str) -> None:
    assert redact_text(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "[generated in 0.00017s] (1, 7)", "[cached since 12.34s ago] {'id_1': 42}", "exit code to verify: failed", "token utf8mb4_bin", "secret default-token-x7k2p mounted",
        "bad token identifier in line 7", "password :: String", "masked as [FILTERED] token: [hidden]", "error code 10061 while signing in", "name,age\nann,7", "echo done | grep -c x",
        "token x509v3 of the chain", "expected 'x' but got 'y1y2y3'", "key,value\na1b2c3,7", "verify/settings/page", "call std::string token::Kind",
        "token_type: Bearer expires_in: 3600", "credentials: include", "mode: cors, credentials: same-origin", "secretary: Jane approved", "token = next(tokens)", "password = getpass()", "password: <none>",
        "authorization: allow all", "authorization: delegated to gateway", "rejected value [3]; codes", '{"field":"password_policy","before":"weak","after":"strong"}', "[name:protected] => bob",
        'a:1:{s:4:"name";s:3:"bob";}', "api keys:\n- production", "the following tokens were found:\n\nproduction\n", "a1 LOGIN completed", "PORT 8080,8081",
        "assert token == expected", "if password == user.password:", "otp: app started", "curl -H 'Authorization: Bearer $TOKEN' https://example.com", "Bearer $ACCESS_TOKEN_2", "Authorization: Bearer ${TOKEN}",
        "gcloud secrets versions access 3 --secret=db-password-v2", "gcloud secrets versions access latest --secret stripe-key", "| password | string | required |", "token:\n  continue", "bearer, oauth2 and basic",
    ],
)  # fmt: skip
def test_what_only_looks_alike_stays(text: str) -> None:
    assert redact_text(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "enable secret 5 $1$mERr$hx5rVt7rPN-kR7v", "enable secret 9 kR7vhx5rVt7rPN", "username ann privilege 15 password 7 0822455D0A16kR7v",
        "snmp-server community kR7vpub RO", "snmp-server community kR7v RW 10", "signature t=1760000000,v1=1234567890abcdef1234567890abcdefkR7v".replace("kR7v", "0a0b0c0d"),
        "SET PASSWORD FOR app = kR7vQ2xL", "Sec-WebSocket-Protocol: base64url.bearer.authorization.k8s.io.ZXlKkR7v, base64.binary.k8s.io",
        "wa=wsignin1.0&wresult=PHNhbWw6kR7v", "tokens: {access: kR7vQ2xL, refresh: 9sKdkR7v03}", '{"tokens": {"expires": 3600, "access": "kR7vQ2xL"}}',
        'body={\\"tokens\\": {\\"refresh\\": \\"kR7vQ2xL\\"}}', "PIN | name\n----|----\n481516 | ann".replace("481516", "kR7v4815"),
    ],
)  # fmt: skip
def test_secrets_at_a_fixed_place_go(text: str) -> None:
    out = redact_text(text)
    assert "kR7v" not in out
    assert "0a0b0c0d" not in out
    assert out != text


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", TABLES)
def test_a_cell_below_the_name_of_a_secret_goes(form: str, name: str) -> None:
    assert "kR7vQ2xL" not in redact_text(TABLES[form](name, "kR7vQ2xL"))
    assert ("correcthorse" in redact_text(TABLES[form](name, "correcthorse"))) is ("pass" not in name.lower())


@pytest.mark.parametrize(
    "text",
    [
        "password 8 characters minimum", "secret 5 rotated 20240101", "password 7 attempts left", "community edition RO", "tokens: {input: 1200, output: 30}",
        "tokens: {access: granted, refresh: 3600}", "access=kR7vQ2xL refresh=9", "Name | Stmts | Miss\n-----|-------|----\nauth.py | 120 | 3", "| Secret | Kind |\n|---|---|\n| db-credentials | Opaque |",
        "| token | count |\n|---|---|\n| hello | 1200 |", "| Password | Required |\n|---|---|\n| min 8 chars | yes |", " pid | session | auth\n-----+---------+------\n 12  | idle in transaction | scram-sha-256",
        "| tool | secrets seconds |\n|---|---|\n| scan | 132.68 |", "Password\n--------\nHow to choose one",
    ],
)  # fmt: skip
def test_tables_and_sentences_without_a_secret_stay(text: str) -> None:
    assert redact_text(text) == text


def test_the_members_of_tokens_are_secret() -> None:
    assert redact({"tokens": {"access": "abc", "refresh": "def", "count": 2}}) == {
        "tokens": {"access": "[redacted]", "refresh": "[redacted]", "count": 2}
    }
    assert redact({"rights": {"access": "read", "refresh": 5}}) == {"rights": {"access": "read", "refresh": 5}}


@pytest.mark.parametrize("key", ["AKIARVVNOZTIJSXZEQTD", "ASIAMWXSTTLBLCUGELFN"])
def test_a_key_of_aws_without_a_digit_goes(key: str) -> None:
    assert redact_text(f"failed for {key}?") == "failed for [key]?"
