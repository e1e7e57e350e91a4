"""Other ways to read a queue in Python, each with a handler that does nothing; no dependency of Hilo's.

Each environment has a lock, made anew from the `.in` beside it by
`uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header`.
arq has an environment of its own, since it wants an older redis-py.
"""
