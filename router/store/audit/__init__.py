"""The audit: whether all that channels brought is still there once, and whether what the store holds agrees.

It reads and writes nothing, while traffic flows: what looks wrong is read again, in one transaction, before it is told.
"""
