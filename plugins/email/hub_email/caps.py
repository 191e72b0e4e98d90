"""How much of a mail is looked at. Beyond a cap the rest is left out and the record says so; nothing is refused.

The figures are far above what honest mail has and low enough that the worst mail costs under two seconds.
"""

MESSAGE = 50_000_000  # bytes of one mail; of a larger one only the header is read
HEADER = 1_000_000  # bytes of the header block
PART_HEADER = 8_000  # bytes of a part's header block
LINES = 20_000  # of the header block
PART_LINES = 200  # of a part's header block
LINE = 64_000  # characters of one unfolded header field
DEPTH = 50  # multiparts inside multiparts
PARTS = 1_000
DELIMITERS = 20_000  # lines that look like a boundary
SCANNED = 4 * MESSAGE  # bytes searched for boundaries, over all depths
PARAMETERS = 100  # of one Content-Type or Content-Disposition
ADDRESSES = 2_000  # in one header field
ENCODED_WORDS = 1_000  # in one header field
REFERENCES = 200
ATTACHMENTS = 500
TEXT_PART = 4_000_000  # bytes of one text part as sent; a longer one is a file
TEXT_PARTS = 8_000_000  # bytes of all text parts as sent
HTML = 1_000_000  # characters of HTML that are read
TEXT = 1_000_000  # characters of text in the record
CALENDAR = 1_000_000  # bytes of an invitation as sent
TNEF = 256_000  # bytes of a winmail.dat as sent
FORWARDED = 64_000  # bytes of a forwarded mail's header
RUBBISH = 64_000  # bytes kept of what is no mail at all
SUBJECT = 2_000
NAME = 500
ADDRESS = 1_000
FILENAME = 150
