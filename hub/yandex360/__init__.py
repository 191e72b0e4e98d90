"""Yandex 360 for Business: everybody's mailbox and calendar by one connection, without anybody's password.

    settings   the table `yandex360` of a connection
    staff      who there is to read: employees and shared mailboxes, as the organisation's directory names them now
    tokens     a token for each of them, got for the organisation's service application

What is built on is what Yandex documents, and the page stands where it is used. What no page says is marked as an
assumption.
"""
