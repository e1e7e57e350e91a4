"""What the directory knows of a customer, as the API tells it to those who may open the conversation."""

from router.model.customer import Customer

Json = dict[str, object]


def profile_of(customer: Customer) -> Json | None:
    """PROFILE; None where the directory has not answered yet, or knows nobody.

    `entry` is the directory's own id, `handles` are those with which they stand there: its word, and no link.
    """
    listing, profile = customer.listing, customer.profile
    if listing is None or not listing.entry:
        return None
    return {
        "entry": listing.entry,
        "at": listing.at,
        "tier": profile.tier,
        "region": profile.region,
        "expertise": profile.expertise,
        "followers": profile.followers,
        "tags": profile.tags,
        "attributes": dict(profile.attributes),
        "handles": [str(handle) for handle in listing.handles],
    }
