"""Twilio's REST API 2010-04-01, TwiML and webhooks, spoken by the sandbox's exchange."""
