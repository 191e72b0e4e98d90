"""A source in a process of its own: reading and mapping happen there, and only this process writes the database.

    wire       what is said between the two, and nothing that only one of them could understand
    child      the process that holds the source
    heritage   what it need not import, since we have
    alone      what it inherits and must not reach, and what it may take
    said       its end of the pipe
    line       our end of the pipe
    process    the process as we speak with it
    parent     the source as the engine sees it
    answering  what the tools of the child ask of the hub
    mapper     a process that maps again what is stored
    room       a process in which many sources wait for news

Who hangs is stopped, who dies is started again for the next stream, who takes too much memory gets no more.
"""
