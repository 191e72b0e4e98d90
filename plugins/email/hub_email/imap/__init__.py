"""Mail from IMAP servers: the connector `email.imap`.

    plugin      the connector and its settings
    directory   whose mailboxes a connection serves: named in the settings, in a CSV file, or asked for
    signin      TLS, password or token, up to a connection that is signed in
    wire        one connection: imaplib, bounded, with questions sent ahead of their answers
    grammar     answers as Python values
    folders     names, roles (Sent, Trash), which of them are read
    cursor      how far a folder was read, and what it looked like then
    structure   BODYSTRUCTURE: the parts of a mail
    gmail       what Gmail says of a mail beside it
    selection   what of them is fetched, and the raw put together from it
    reading     the mails of one folder: their UIDs, their raws, one part
    waiting     the doorbell
    renames     which stream a folder is, whatever it is called now
    source      all of it as `hub.Source`

A server is only ever read: EXAMINE, and PEEK.
"""
