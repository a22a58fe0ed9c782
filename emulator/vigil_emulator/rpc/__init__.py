"""The gRPC surface: what google-cloud-logging and google-cloud-monitoring call, on the handlers of the REST surface.

`methods` says which method of the discovery documents an RPC is, `convert` turns messages into calls and results
into messages, `server` serves them in plaintext and over TLS, `certificates` makes what TLS needs. It needs the
extra `vigil-emulator[grpc]`; without it nothing else is missing.
"""
