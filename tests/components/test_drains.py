"""A receiver of drains: public, bounded, with an identity that may read its own secrets and nothing else."""

import pytest

from vigil_components.drains import DrainService, DrainServiceArgs
from vigil_components.testing import record
from vigil_runner.wire.registry import wire_for

SERVICE = "gcp:cloudrunv2/service:Service"
MEMBER = "gcp:secretmanager/secretIamMember:SecretIamMember"
SECRET = "gcp:secretmanager/secret:Secret"


def run(kind="vercel", preview=False, **changed):
    given = {
        "project": "example-shop",
        "location": "europe-west1",
        "environment": "staging",
        "image": "europe-docker.pkg.dev/example/drains:1",
        "kind": kind,
    } | changed
    return record(lambda: DrainService("drains", DrainServiceArgs(**given)), preview=preview)


def environment(recorded):
    [container] = recorded.one(SERVICE).inputs["template"]["containers"]
    return {one["name"]: one.get("value") for one in container["envs"]}


@pytest.mark.parametrize("preview", [False, True])
@pytest.mark.parametrize(("kind", "secrets"), [("vercel", 2), ("supabase", 1)])
def test_one_service_and_its_secrets(kind, secrets, preview):
    recorded = run(kind, preview)
    recorded.check(
        counts={
            "vigil:drains:DrainService": 1,
            SERVICE: 1,
            SECRET: secrets,
            MEMBER: secrets,
            "gcp:serviceaccount/account:Account": 1,
            "gcp:cloudrunv2/serviceIamMember:ServiceIamMember": 1,
        },
        values={
            f"{SERVICE}::drains-service": {
                "name": "drains",
                "ingress": "INGRESS_TRAFFIC_ALL",
                "template": {
                    "maxInstanceRequestConcurrency": 20,
                    "scaling": {"maxInstanceCount": 4, "minInstanceCount": 0},
                },
            },
            "gcp:cloudrunv2/serviceIamMember:ServiceIamMember::drains-anybody-calls": {
                "role": "roles/run.invoker",
                "member": "allUsers",
            },
        },
    )
    parent = recorded.one("vigil:drains:DrainService")
    assert len(recorded.children(parent)) == len(recorded.registrations) - 1


def test_its_identity_reads_its_secrets_and_nothing_else():
    recorded = run()
    assert {one.inputs["role"] for one in recorded.of_type(MEMBER)} == {"roles/secretmanager.secretAccessor"}
    assert {one.inputs["secretId"] for one in recorded.of_type(MEMBER)} == {
        "drains-drain-secret",
        "drains-webhook-secret",
    }
    assert not recorded.of_type("gcp:projects/iAMMember:IAMMember")
    assert recorded.one(SERVICE).inputs["template"]["serviceAccount"].startswith("drains@")


def test_secrets_are_given_by_name_and_read_at_run_time():
    found = environment(run(verification="the-code"))
    assert found["VERCEL_DRAIN_SECRET_NAME"] == "projects/example-shop/secrets/drains-drain-secret"
    assert found["VERCEL_WEBHOOK_SECRET_NAME"] == "projects/example-shop/secrets/drains-webhook-secret"
    assert found["VERCEL_VERIFICATION_CODE"] == "the-code"
    assert "SUPABASE_DRAIN_SECRET_NAME" in environment(run("supabase"))


def test_it_starts_with_the_commands_own_arguments():
    [container] = run("supabase").one(SERVICE).inputs["template"]["containers"]
    assert container["args"] == ["--kind", "supabase", "--host", "0.0.0.0", "--port", "8080"]
    assert container["startupProbe"]["httpGet"]["path"] == "/healthz"


def test_every_type_is_known_to_the_local_engine():
    assert all(wire_for(one.type) is None for one in run().registrations if one.custom)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"image": ""}, "vigil:drainsImage"),
        ({"service": "d"}, "6 to 30"),
        ({"concurrency": 0}, "at least 1"),
        ({"max_instances": 0}, "at least 1"),
    ],
)
def test_mistakes_are_refused_with_what_to_do(changed, message):
    with pytest.raises(ValueError, match=message):
        run(**changed)
