"""The same provider as the CLI runs it: pickled, in Pulumi's own plugin process, by its own protocol."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import grpc
import pytest
from google.protobuf import json_format, struct_pb2
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from vigil_components.vercel import DrainProvider

_spec = importlib.util.spec_from_file_location("vercel_api", Path(__file__).with_name("vercel_api.py"))
vercel_api = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(vercel_api)

SECRET = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def plugin():
    process = subprocess.Popen([sys.executable, "-m", "pulumi.dynamic"], stdout=subprocess.PIPE)
    try:
        port = int(process.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield provider_pb2_grpc.ResourceProviderStub(channel)
    finally:
        process.kill()
        process.communicate()


def struct(values):
    return json_format.ParseDict(values, struct_pb2.Struct())


def test_from_creation_to_deletion(plugin):
    with vercel_api.serving() as (vercel, address):
        inputs = {
            "name": "vigil analytics (prod)",
            "schema": "analytics",
            "team": "team_abc",
            "projectIds": ["prj_1"],
            "endpoint": "https://drains.example/vercel/analytics",
            "secret": SECRET,
            "encoding": "ndjson",
            "samplingRate": 1,
            "api": address,
            "__provider": serialize_provider(DrainProvider()),
        }
        configured = plugin.Configure(provider_pb2.ConfigureRequest(args=struct({"vercel:apiToken": vercel_api.TOKEN})))
        assert not configured.acceptSecrets  # the engine then marks outputs by their inputs' names

        refused = plugin.Check(provider_pb2.CheckRequest(news=struct(inputs | {"encoding": "xml"})))
        assert [failure.property for failure in refused.failures] == ["encoding"]
        checked = plugin.Check(provider_pb2.CheckRequest(news=struct(inputs))).inputs

        made = plugin.Create(provider_pb2.CreateRequest(properties=checked))
        assert made.id == "drn_1"
        assert SECRET not in str(made.properties)
        assert vercel_api.TOKEN not in str(made.properties)

        def changes(news):
            request = provider_pb2.DiffRequest(id="drn_1", olds=made.properties, news=struct(news))
            return plugin.Diff(request).changes

        assert changes(inputs) == provider_pb2.DiffResponse.DIFF_NONE
        changed = inputs | {"samplingRate": 0.25}
        assert changes(changed) == provider_pb2.DiffResponse.DIFF_SOME
        plugin.Update(provider_pb2.UpdateRequest(id="drn_1", olds=made.properties, news=struct(changed)))
        assert vercel.drains["drn_1"]["sampling"] == [{"type": "head_sampling", "rate": 0.25}]

        read = plugin.Read(provider_pb2.ReadRequest(id="drn_1", properties=made.properties))
        assert (read.id, read.properties["samplingRate"]) == ("drn_1", 0.25)
        plugin.Delete(provider_pb2.DeleteRequest(id="drn_1", properties=made.properties))
        assert vercel.drains == {}
        assert plugin.Read(provider_pb2.ReadRequest(id="drn_1", properties=made.properties)).id == ""
