"""Every table, by group. What a group is: `hub.store.tables`."""

from hub.store.body_tables import Attachment, Blob, Quarantine, Raw, Tombstone
from hub.store.derived_tables import DERIVED
from hub.store.running_tables import Callback, Due, Hint, Notice, Pulse, Trouble
from hub.store.tables import WORK, Budget, Installation, Item, Journal, Run, Stream, Token, Wanted

KEPT = (Installation, Stream, Run, Item, Raw, Quarantine, Tombstone, Journal, Blob, Attachment, Wanted, Token)
RUNNING = (Hint, Due, Pulse, Budget, Trouble, Notice, Callback)
ALL = (*KEPT, *DERIVED, *WORK, *RUNNING)
