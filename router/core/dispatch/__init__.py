"""Who makes which of the calls that we owe, and which times can be promised to customers. Pure: it is told all."""
