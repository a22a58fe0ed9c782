"""A stand-in for Google's provider, and for any other: it keeps nothing, and computes what a provider computes.

What forces a replacement, defaults and automatic names are the tables of `vigil deploy`, which follow the real
provider's schema; outputs are made up. So what it shows of Google is what we know of it: only engine and SDK are real.
`python -m tests.engine.provider NAME ENGINE` serves the engine's ResourceProvider.
"""

import json
import sys
from collections.abc import Iterator

from google.protobuf import empty_pb2, struct_pb2
from google.protobuf.json_format import MessageToDict
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from tests.engine.serving import serve
from vigil_components.testing import synthesise
from vigil_runner.wire.registry import APPLIED

Kinds = provider_pb2.PropertyDiff


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """The calls that the engine makes."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._project = ""

    def GetPluginInfo(self, request, context):
        return plugin_pb2.PluginInfo(version="1.0.0")

    def GetSchema(self, request, context):
        return provider_pb2.GetSchemaResponse(schema=json.dumps({"name": self._name, "version": "1.0.0"}))

    def CheckConfig(self, request, context):
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request, context):
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Configure(self, request, context):
        self._project = MessageToDict(request.args).get("project", "")
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    def Check(self, request, context):
        inputs, wire = MessageToDict(request.news), APPLIED.get(type_of(request.urn))
        checked = wire.check(inputs, urn=request.urn, project=self._project) if wire else inputs
        return provider_pb2.CheckResponse(inputs=_struct(checked))

    def Diff(self, request, context):
        old, new = MessageToDict(request.old_inputs), MessageToDict(request.news)
        wire = APPLIED.get(type_of(request.urn))
        forced = wire.replaces(old, new) if wire else ()
        found: dict[str, str] = {}
        for path, kind in differences(old, new):
            if not any(_within(path, one) for one in request.ignoreChanges):
                found[path] = kind + ("_REPLACE" if any(_within(path, one) for one in forced) else "")
        return provider_pb2.DiffResponse(
            changes=provider_pb2.DiffResponse.DIFF_SOME if found else provider_pb2.DiffResponse.DIFF_NONE,
            diffs=sorted({path.partition(".")[0].partition("[")[0] for path in found}),
            replaces=[path for path, kind in found.items() if kind.endswith("_REPLACE")],
            detailedDiff={path: Kinds(kind=Kinds.Kind.Value(kind), inputDiff=True) for path, kind in found.items()},
            hasDetailedDiff=True,
        )

    def Create(self, request, context):
        if request.preview:
            return provider_pb2.CreateResponse(properties=request.properties)
        identifier, outputs = self._made(request.urn, MessageToDict(request.properties))
        return provider_pb2.CreateResponse(id=identifier, properties=_struct(outputs))

    def Read(self, request, context):
        return provider_pb2.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)

    def Update(self, request, context):
        old, new = MessageToDict(request.olds), MessageToDict(request.news)
        outputs = {**old, **new} if request.preview else {**self._made(request.urn, new)[1]}
        return provider_pb2.UpdateResponse(properties=_struct(outputs))

    def Delete(self, request, context):
        return empty_pb2.Empty()

    def Cancel(self, request, context):
        return empty_pb2.Empty()

    def _made(self, urn: str, inputs: dict[str, object]) -> tuple[str, dict[str, object]]:
        return synthesise(type_of(urn), urn.split("::")[3], inputs, project=self._project or "no-project")


def type_of(urn: str) -> str:
    """Return the resource's type, without those of its parents."""
    return urn.split("::")[2].rpartition("$")[2]


def differences(old: object, new: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield (property path, ADD or DELETE or UPDATE) for what differs, as a bridged provider details it."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            where = (f"{path}.{key}" if path else key) if key.isidentifier() else f"{path}[{json.dumps(key)}]"
            yield from _entry(old, new, key, where)
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            yield from _entry(dict(enumerate(old)), dict(enumerate(new)), index, f"{path}[{index}]")
    elif old != new:
        yield path, "UPDATE"


def _entry(old: dict[object, object], new: dict[object, object], key: object, where: str) -> Iterator[tuple[str, str]]:
    if key not in old or key not in new:
        yield where, "ADD" if key in new else "DELETE"
    else:
        yield from differences(old[key], new[key], where)


def _within(path: str, above: str) -> bool:
    return path == above or path.startswith((f"{above}.", f"{above}["))


def _struct(values: dict[str, object]) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update(values)
    return struct


if __name__ == "__main__":
    serve(lambda server: provider_pb2_grpc.add_ResourceProviderServicer_to_server(Provider(sys.argv[1]), server))
