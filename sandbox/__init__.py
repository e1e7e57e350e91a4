"""Real servers on loopback that stand in for the providers a newcomer has no credentials for.

`python -m sandbox` runs them in one process: a mail server (SMTP and IMAP) and the page on which one person
plays the customer on each channel. Nothing of Hilo is imported here: Hilo meets the sandbox as it meets the world.
"""
