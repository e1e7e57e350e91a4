"""The desk's slice of the configuration."""

from datetime import timedelta

from router.model.units import Duration, Endpoint, Listen, Slice, WebAddress


class DeskSettings(Slice):
    """Where the desk is served; `session` is how long a sign-in lasts."""

    listen: Listen = Endpoint("127.0.0.1", 8420)
    public_url: WebAddress | None = None
    session: Duration = timedelta(hours=12)

    @property
    def url(self) -> str:
        """Where the teams reach the desk."""
        return self.public_url or f"http://{self.listen}"
