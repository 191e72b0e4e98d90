"""The guarded way to the outside: every byte that a connector sends or gets passes here (invariant 15).

    library     httpx and httpcore without what we do not need
    origins     which origins a connection may talk to, as its connector declares them
    proxies     the proxy of a connection: its own, or the environment's
    sockets     TCP through that proxy, TLS against the system's trust store, failures in words for people
    streams     those sockets as httpcore's pool wants them, under the deadline of a request
    bodies      what a server sends, unpacked piece by piece under a cap
    transport   httpx's one-method seam: origin, credentials, caps, deadline, status
    retries     reads are tried again, a few times, with jitter
    network     all of it as `Tools.network`

Only here are httpx, httpcore and tenacity imported, and only when a client is asked for: `hub --help` and a sync of
files load none of them.
"""
