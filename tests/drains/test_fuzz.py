"""Whatever is sent: nothing unsigned is taken, nothing crashes, and every line stays a line."""

import hashlib
import hmac
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

PATHS = ("/vercel/logs", "/vercel/analytics", "/vercel/speed-insights", "/vercel/deployments")
SECRET = b"0123456789abcdef0123456789abcdef"
HOOK = b"fedcba9876543210fedcba9876543210"
FIELDS = [
    "id",
    "source",
    "level",
    "message",
    "path",
    "statusCode",
    "requestId",
    "environment",
    "proxy",
    "deploymentId",
    "eventType",
    "route",
    "deviceType",
    "country",
    "metricType",
    "value",
    "type",
    "payload",
    "deployment",
    "target",
    "event_message",
    "metadata",
    "parsed",
    "error_severity",
    "response",
    "status_code",
]
SAMPLE = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
words = st.sampled_from(["lambda", "error", "pageview", "LCP", "deployment.error", "production", "/a/[b]", ""])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4),
    max_leaves=8,
)
objects = st.dictionaries(st.sampled_from(FIELDS), values, max_size=8)
bodies = st.one_of(
    st.binary(max_size=300),
    st.lists(objects, max_size=3).map(lambda found: json.dumps(found).encode()),
    st.lists(objects | values, max_size=3).map(lambda found: "\n".join(map(json.dumps, found)).encode()),
)
OURS = {"http.request.received", "http.request.completed", "drain.delivery.refused"}


@settings(SAMPLE, max_examples=50)  # a body is not read before its signature is right
@given(path=st.sampled_from(PATHS), body=bodies, signature=st.none() | st.binary(max_size=60), method=st.just("POST"))
def test_nothing_unsigned_is_taken(vercel, path, body, signature, method):
    secret = HOOK if path.endswith("deployments") else SECRET
    if signature == hmac.new(secret, body, hashlib.sha1).hexdigest().encode():
        return
    vercel.lines.all.clear()
    status, _ = vercel.request(method, path, body, {"x-vercel-signature": signature} if signature is not None else {})
    assert status == (403 if body.strip() else 200)
    assert {line["event"] for line in vercel.lines.all} <= OURS


@SAMPLE
@given(path=st.sampled_from(PATHS), body=bodies)
def test_whatever_is_signed_crashes_nothing(vercel, path, body):
    vercel.lines.all.clear()
    status = vercel.deliver(path, body, secret=HOOK if path.endswith("deployments") else SECRET)
    assert status in (200, 400)
    assert not vercel.lines.of("http.request.failed")
    assert all(isinstance(line["message"], str) for line in vercel.lines.all)
    assert not vercel.lines.of("telemetry.event.failed")


@SAMPLE
@given(body=bodies, secret=st.binary(max_size=40), zipped=st.booleans())
def test_the_same_for_supabase(supabase, body, secret, zipped):
    supabase.lines.all.clear()
    headers = {"content-encoding": b"gzip"} if zipped else {}
    status, _ = supabase.request("POST", "/supabase/logs", body, {"x-vigil-drain-secret": secret, **headers})
    if secret != SECRET and body.strip():
        assert status == 403
        assert {line["event"] for line in supabase.lines.all} <= OURS
    status, _ = supabase.request("POST", "/supabase/logs", body, {"x-vigil-drain-secret": SECRET, **headers})
    assert status in (200, 400)


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b'{"a":' * 100_000, b'{"id":"\\ud800","source":"lambda"}', b"\xff" * 99]
)
def test_a_hostile_body_is_accepted_or_refused_and_breaks_nothing(vercel, body):
    assert vercel.deliver("/vercel/logs", body) in (200, 400)
