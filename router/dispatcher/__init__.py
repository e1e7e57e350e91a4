"""Offers the calls that we owe: `dispatcher` chooses, `offers` asks one agent at a time, `watching` sees the rest."""
