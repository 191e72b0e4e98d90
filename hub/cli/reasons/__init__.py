"""Explanations: of a client (`cluster`), of an interaction, of two clients that are not one (`apart`).

Each module explains (a value), shows the value to machines (`plain`) and to people (`drawn`).
"""
