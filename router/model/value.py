"""What all words of the domain are made of: values that never change, compared by what they hold."""

import msgspec


class Value(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A value; what is as it usually is takes no room on the wire. `msgspec.structs.replace` makes a changed copy.

    They hold each other only downwards, so the collector of cycles need not look at them.
    """
