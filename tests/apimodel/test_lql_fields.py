"""Fields that no log entry has are found before a query is used."""

import pytest

from vigil_apimodel import lql


@pytest.mark.parametrize(
    ("query", "undefined"),
    [
        ("jsonPayload.anything.at.all=1 labels.x=1 protoPayload.y=1", []),
        (
            "resource.labels.zone=1 resource.type=x httpRequest.status>=500 sourceLocation.file=~x operation.first=true",
            [],
        ),
        ("log_name=x http_request.request_method=GET TextPayload:x", []),
        ("thud=1", ["thud"]),
        ("operation.thud=1", ["operation.thud"]),
        ("textPayload.thud=1", ["textPayload.thud"]),
        ("resource.zone=1", ["resource.zone"]),
        ('NOT (thud=1 OR ip_in_net(thud.ip, "10.0.0.0/8"))', ["thud", "thud.ip"]),
        ("cast(bang, STRING)=x severity=cast(boom, STRING)", ["bang", "boom"]),
        ("a search without fields", []),
    ],
)
def test_fields_that_no_entry_has_are_found(query, undefined):
    assert [lql.path(path) for path in lql.undefined_fields(lql.parse(query))] == undefined


def test_fields_are_listed_in_their_order():
    query = 'severity>=ERROR AND (jsonPayload."a.b":x OR NOT SEARCH(textPayload, "y"))'
    assert [lql.path(path) for path in lql.fields_of(lql.parse(query))] == [
        "severity",
        'jsonPayload."a.b"',
        "textPayload",
    ]
