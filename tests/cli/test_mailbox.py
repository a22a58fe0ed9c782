"""The mail server of the local system takes the emulator's e-mails over real SMTP, and keeps what they say."""

import asyncio
import smtplib
from email.message import EmailMessage

from vigil_cli.local.mailbox import Mailbox
from vigil_cli.local.ports import listen


def mail(subject: str, text: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "monitoring@example.com", "backend@example.com", subject
    message.set_content(text)
    return message


def kept(*messages: EmailMessage) -> Mailbox:
    """The mailbox after a client has handed these over."""

    async def run() -> Mailbox:
        async with Mailbox(listen(0, purpose="a test", option="--port")) as mailbox:
            host, _, port = mailbox.address.rpartition(":")

            def hand_over() -> None:
                with smtplib.SMTP(host, int(port), local_hostname="localhost", timeout=60) as client:
                    for message in messages:
                        client.send_message(message)

            await asyncio.to_thread(hand_over)
            return mailbox

    return asyncio.run(run())


def test_an_incident_s_e_mails_are_found_by_what_they_say() -> None:
    text = "Bestellungen schlagen fehl \u2013 siehe https://example.invalid/alerts/0.abc?project=p"
    mailbox = kept(mail("[ALERT] Fehler \u00fcber 5 %", text), mail("[RESOLVED] Fehler \u00fcber 5 %", text))
    assert [each.to for each in mailbox.mails] == ["backend@example.com"] * 2
    opened, closed = mailbox.find("0.abc", "open"), mailbox.find("0.abc", "closed")
    assert opened is mailbox.mails[0]
    assert closed is mailbox.mails[1]
    assert opened.subject == "[ALERT] Fehler \u00fcber 5 %"
    assert opened.text == text
    assert mailbox.find("0.other", "open") is None


def test_a_client_that_says_nothing_does_not_keep_the_mailbox_open() -> None:
    async def run() -> bytes:
        async with Mailbox(listen(0, purpose="a test", option="--port")) as mailbox:
            host, _, port = mailbox.address.rpartition(":")
            reader, writer = await asyncio.open_connection(host, int(port))
            assert (await reader.readline()).startswith(b"220 ")
        rest = await reader.read()
        writer.close()
        return rest

    assert asyncio.run(run()) == b""


def test_the_port_is_free_again_after_the_mailbox() -> None:
    host, _, port = kept().address.rpartition(":")
    assert host == "127.0.0.1"
    listen(int(port), purpose="a test", option="--port").close()
