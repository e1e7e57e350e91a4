"""X (Twitter) on loopback: the API v2 as tweepy calls it, with one company account and any number of customers."""
