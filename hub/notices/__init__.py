"""An admin is told: one message when a connection needs a person, and one when it is well again.

    troubles    which connections need a person, by what is in the database
    telling     from there to messages, and on their way: `tell`
    wording     a message in words
    post        the process that sends one; the only import of apprise

A connection's trouble and the message about it are written down in one transaction, before anything is sent. Messages are
sent at least once: who dies between sending and noting that it was sent, sends it again, and the number in its subject
says that it is the same.
"""

from hub.notices.telling import tell

__all__ = ["tell"]
