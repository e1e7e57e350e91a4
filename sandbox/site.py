"""A page of the company's own site: who signs in there is known to the chat, by the site's signed word."""

from __future__ import annotations

import time
from typing import Annotated

import jinja2
from aiohttp import web
from joserfc import jwt
from joserfc.jwk import OctKey
from pydantic import BaseModel, ConfigDict, Field

from sandbox.guard import security_headers
from sandbox.requests import body_of
from sandbox.settings import Settings

_COOKIE = "sandbox-site"
_LIFE_SECONDS = 600


class SignIn(BaseModel):
    """Who signs in at the site; without an address, nobody is signed in any more."""

    model_config = ConfigDict(extra="forbid")

    address: Annotated[str, Field(max_length=254, pattern="^[!-~]*$")] = ""
    name: Annotated[str, Field(max_length=80)] = ""


class Site:
    """The page, and signing in to it: anybody may be anybody here."""

    def __init__(self, settings: Settings, templates: jinja2.Environment) -> None:
        self._settings = settings
        self._template = templates.get_template("site.html")

    def routes(self) -> list[web.RouteDef]:
        """Its routes."""
        return [web.get("/sandbox/site", self._page), web.post("/sandbox/site/session", self._sign_in)]

    async def _page(self, request: web.Request) -> web.Response:
        address, _, name = request.cookies.get(_COOKIE, "").partition(" ")
        identity = self._identity(SignIn.model_construct(address=address, name=name)) if "@" in address else ""
        text = self._template.render(settings=self._settings, identity=identity, name=name or address)
        return web.Response(
            text=text, content_type="text/html", headers=security_headers(self._settings, has_chat=True)
        )

    async def _sign_in(self, request: web.Request) -> web.Response:
        who = await body_of(request, SignIn)
        response = web.Response(status=204)
        if "@" in who.address:
            name = " ".join("".join(sign for sign in who.name if sign.isprintable()).split())
            response.set_cookie(_COOKIE, f"{who.address} {name}", httponly=True, samesite="Strict", path="/sandbox")
        else:
            response.del_cookie(_COOKIE, path="/sandbox")
        return response

    def _identity(self, who: SignIn) -> str:
        ends = int(time.time()) + _LIFE_SECONDS
        claims = {"aud": "hilo", "sub": who.address, "email": who.address, "name": who.name, "exp": ends}
        return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(self._settings.password))
