"""The hub's web server: a process of its own beside the daemon, that shares nothing with it but the database.

    python -m hub.web --config FILE

    GET  /healthz                        this process lives
    GET  /readyz                         the database can be used, and the daemon is alive
    GET  /metrics                        figures for Prometheus, without personal data
    POST /hooks/CONNECTION/SECRET        another system says that it has news
    GET  /connect/callback               a browser comes back from a sign-in that `hub connect` has begun

It answers on this machine only, unless told otherwise, and only to the names that the configuration gives it.

    guard      names, headers            rates      how often somebody may call
    health     readiness                 hooks      rings: verified, written down, answered
    metrics    figures                   callback   browsers that come back, for hub connect
    app        all of them together      served     the configuration in force; the database, opened for each use
    __main__   the process
"""
