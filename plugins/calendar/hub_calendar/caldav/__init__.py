"""CalDAV (RFC 4791) as a source of meetings. Nothing is ever written.

plugin       settings and connector
users        whose calendars are read
multistatus  the server's XML (RFC 4918, 13), read with caps and without trust
requests     the XML that we send
dav          one user at one server: PROPFIND, REPORT, GET
discovery    address -> principal -> homes -> calendars
cursor       how far a calendar was read
resources    what is in a calendar, fetched by the batch
source       all of it as `hub.Source`
"""
