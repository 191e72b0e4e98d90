"""`hub serve`: everything is pulled when it is due, or when somebody rings, for as long as the machine runs.

    daemon     the loop: one thread that goes round what is due, who rings, and the pulls under way
    schedule   when a connection is pulled next (pure)
    agenda     what is due, and who has rung
    rooms      the processes in which sources wait for news
    web        the process that answers HTTP
    care       what is done now and then: the horizon, old runs
    notify     what the service manager is told

All that lasts is in the database, so that a daemon that was killed goes on where it was.
"""
