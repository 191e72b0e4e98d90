"""The derived tables follow the records: clients, persons, interactions, threads, histories, search.

Every update is incremental and ends in what a rebuild from nothing would give. It knows SQL only through `hub.store`.
"""
