"""Which providers there are: the one place in the channel that knows each."""

from channels.phone.manual import ManualProvider
from channels.phone.provider import Provider
from channels.phone.settings import PhoneSettings, ProviderName
from channels.phone.tools import Tools


def provider_for(settings: PhoneSettings, tools: Tools) -> Provider:
    """The provider that the settings name; each is imported when it is asked for."""
    if settings.provider is ProviderName.TWILIO and settings.twilio:
        from channels.phone.twilio.provider import TwilioProvider

        return TwilioProvider(settings.twilio, tools)
    if settings.provider is ProviderName.ASTERISK and settings.asterisk:
        from channels.phone.asterisk.provider import AsteriskProvider

        return AsteriskProvider(settings.asterisk, tools, settings.region)
    return ManualProvider()
