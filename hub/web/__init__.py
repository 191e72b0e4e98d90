"""The hub's web server: a process of its own beside the daemon, that shares nothing with it but the database.

    python -m hub.web --config FILE

    GET  /healthz                        this process lives
    GET  /readyz                         the database can be used, and the daemon is alive
    GET  /metrics                        figures for Prometheus, without personal data
    POST /hooks/CONNECTION/SECRET        another system says that it has news

It answers on this machine only, unless told otherwise, and only to the names that the configuration gives it.

    guard      names, headers            rates      how often somebody may call
    health     readiness                 hooks      rings: verified, written down, answered
    metrics    figures                   served     the configuration in force; the database, opened for each use
    app        all of them together      __main__   the process
"""
