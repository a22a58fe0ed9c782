"""Addresses that hold a credential are refused wherever everybody would read them, and no error shows them."""

from collections.abc import Callable

import pulumi
import pytest

from vigil_components import NotificationChannel, NotificationChannelArgs, TokenWebhook, Webhook
from vigil_components.arguments import holds_credential
from vigil_components.testing import record
from vigil_components.uptime import UptimeCheckArgs
from vigil_components.vercel.api import DrainsApi, VercelApiError

SECRET = "S3CR3T"


@pytest.mark.parametrize(
    "address",
    [
        f"https://u:{SECRET}@h/x",
        f"https://{SECRET}@h/x",
        f"https://h/x?auth_token={SECRET}",
        f"https://h/x?a=1&api-key={SECRET}",
        f"https://h/x?sig={SECRET}",
        f"https://h/x?X-Amz-Signature={SECRET}",
        f"https://h/x?client_secret={SECRET}",
    ],
)
def test_a_credential_in_an_address_is_refused_and_not_shown(address):
    for make in (
        lambda: Webhook(url=address, username="u", password="p"),
        lambda: UptimeCheckArgs(project="acme-prod", display_name="d", url=address),
    ):
        with pytest.raises(ValueError, match="the address holds a credential") as raised:
            make()
        assert SECRET not in str(raised.value)
    assert holds_credential(address)
    assert SECRET not in repr(TokenWebhook(url=address))


def channel(kind: Callable[[str], pulumi.Output[str]], address: str):
    def program() -> None:
        hook = Webhook(url=kind(address), username="u", password="p")
        NotificationChannel("hook", NotificationChannelArgs(project="acme-prod", display_name="Hook", channel=hook))

    return record(program).one("gcp:monitoring/notificationChannel:NotificationChannel")


@pytest.mark.parametrize("address", [f"https://u:{SECRET}@h/x", f"https://h/x?auth_token={SECRET}"])
def test_an_address_that_is_known_later_is_refused_then_unless_it_is_a_secret(address):
    with pytest.raises(ValueError, match="url holds a credential") as raised:
        channel(pulumi.Output.from_input, address)
    assert SECRET not in str(raised.value)
    assert "labels.url" in channel(pulumi.Output.secret, address).secret_paths


@pytest.mark.parametrize(
    "address", [f"htps://u:{SECRET}@h/", f"h/{SECRET}", f"https:///{SECRET}", f"https://[{SECRET}"]
)
def test_an_address_of_no_use_is_not_shown_either(address):
    for make in (
        lambda: Webhook(url=address, username="u", password="p"),
        lambda: UptimeCheckArgs(project="acme-prod", display_name="d", url=address),
        lambda: TokenWebhook(url=address),
    ):
        with pytest.raises(ValueError, match=r"url is .*; give an address") as raised:
            make()
        assert SECRET not in str(raised.value)


@pytest.mark.parametrize(
    "address", ["https://h/x?page=2&keyboard=de", "https://h/a@b", "https://h/token/reset", "http://h:80/#key"]
)
def test_other_addresses_are_taken(address):
    assert not holds_credential(address)
    assert Webhook(url=address, username="u", password="p").url == address


@pytest.mark.parametrize("end", ["\n", "\r\n", " ", "\t\n"])
def test_white_space_around_vercel_s_token_is_taken_off(end):
    api = DrainsApi(token=SECRET + end, team="t", schema="log", base="http://127.0.0.1:9")
    with pytest.raises(VercelApiError, match="did not answer") as raised:
        api.drains()
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize(
    "token", ["", "\n", f"{SECRET}\nX: y", f"{SECRET} {SECRET}", f"{SECRET}\0", f"{SECRET}é", f"{SECRET}\u2028x"]
)
def test_a_token_that_no_header_can_hold_is_refused_and_not_shown(token):
    with pytest.raises(VercelApiError, match="vercel:apiToken is no token") as raised:
        DrainsApi(token=token, team="t", schema="log")
    assert SECRET not in str(raised.value)
    assert raised.value.__cause__ is None
