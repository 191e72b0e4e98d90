"""The engine: pulls streams, decides what may be stored, and commits everything of a page in one transaction.

pull.py      one stream: lease, pages, run report            page.py     one page, one transaction
absence.py   what is no longer there                         replay.py   quarantine, new mappings, the horizon
forget.py    the one destructive path                        decide.py   merge, split, attach, exclude
rebuild.py   derived tables from nothing                     hub.py      an open hub: store, settings, plugins
"""
