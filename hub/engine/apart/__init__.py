"""A source in a process of its own: reading and mapping happen there, and only this process writes the database.

    wire      what is said between the two, and nothing that only one of them could understand
    child     the process that holds the source
    answering what the tools of the child ask of the hub
    parent    the source as the engine sees it

Who hangs is stopped, who dies is started again for the next stream, who takes too much memory gets no more.
"""
