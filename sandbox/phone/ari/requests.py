"""What is asked of channels and bridges, and what it may be refused with (the codes are those of the Swagger)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from aiohttp import web

from sandbox.phone.ari.channel import Bridge, Channel
from sandbox.phone.ari.hub import Hub
from sandbox.phone.ari.problems import Refused
from sandbox.phone.ari.switch import Switch

# What `reason` stands for (`ast_ari_channels_hangup`), by cause of Q.850.
_REASONS = {
    "normal": 16,
    "busy": 17,
    "congestion": 34,
    "no_answer": 19,
    "timeout": 19,
    "rejected": 21,
    "unallocated": 1,
    "normal_unspecified": 31,
    "number_incomplete": 28,
    "codec_mismatch": 88,
    "interworking": 127,
    "failure": 38,
    "answered_elsewhere": 26,
}
_LONGEST_ID = 149
_TECHNOLOGIES = ("PJSIP", "SIP", "Local", "IAX2", "DAHDI")


class Requests:
    """The handlers. `unregistered` are the endpoints that can't be dialled, as of a phone that is switched off."""

    def __init__(self, switch: Switch, hub: Hub) -> None:
        self._switch = switch
        self._hub = hub
        self.unregistered: set[str] = set()
        self.playback_seconds = 1.0
        self._playbacks: dict[str, dict[str, Any]] = {}
        self.recordings: list[str] = []

    async def channels(self, request: web.Request) -> web.Response:
        """`GET /channels`."""
        return web.json_response([each.shown() for each in self._switch.channels.values()])

    async def channel(self, request: web.Request) -> web.Response:
        """`GET /channels/{channelId}`."""
        return web.json_response(self._channel(request).shown())

    async def originate(self, request: web.Request) -> web.Response:
        """`POST /channels`."""
        query = request.query
        endpoint, app, name = query.get("endpoint", ""), query.get("app", ""), query.get("channelId", "")
        if not endpoint:
            raise Refused(400, "Endpoint must be specified")
        technology, _, resource = endpoint.partition("/")
        if not technology or not resource:
            raise Refused(400, "Invalid endpoint specified")
        if not app and not query.get("extension"):
            raise Refused(400, "Application or extension must be specified")
        if len(name) > _LONGEST_ID:
            raise Refused(400, f"Uniqueid length exceeds maximum of {_LONGEST_ID}")
        variables = await _variables(request)
        if name and name in self._switch.channels:
            raise Refused(409, "Channel with given unique ID already exists")
        if technology not in _TECHNOLOGIES or endpoint in self.unregistered:
            raise Refused(500, "Allocation failed")
        seconds = int(query.get("timeout", "30"))
        args = [each for each in query.get("appArgs", "").split(",") if each]
        caller = query.get("callerId", "")
        limit = timedelta(seconds=seconds if seconds > 0 else 30)
        channel = self._switch.originate(name, endpoint, app, args, caller, limit)
        channel.variables |= variables
        return web.json_response(channel.shown())

    async def hang_up(self, request: web.Request) -> web.Response:
        """`DELETE /channels/{channelId}`."""
        channel, reason = self._channel(request), request.query.get("reason", "normal")
        if reason not in _REASONS:
            raise Refused(400, "Invalid reason for hangup provided")
        self._switch.hang_up(channel, _REASONS[reason])
        return web.Response(status=204)

    async def ring(self, request: web.Request) -> web.Response:
        """`POST` and `DELETE /channels/{channelId}/ring`."""
        self._ours(request)
        return web.Response(status=204)

    async def answer(self, request: web.Request) -> web.Response:
        """`POST /channels/{channelId}/answer`."""
        self._switch.exchange.answer(self._ours(request).leg)
        return web.Response(status=204)

    async def go_on(self, request: web.Request) -> web.Response:
        """`POST /channels/{channelId}/continue`."""
        self._switch.leave(self._ours(request), request.query.get("context", ""))
        return web.Response(status=204)

    async def variable(self, request: web.Request) -> web.Response:
        """`GET /channels/{channelId}/variable`."""
        name, channel = request.query.get("variable", ""), self._channel(request)
        if not name:
            raise Refused(400, "Variable name is required")
        if name not in channel.variables:
            raise Refused(404, "Provided variable was not found")
        return web.json_response({"value": channel.variables[name]})

    async def play(self, request: web.Request) -> web.Response:
        """`POST /channels/{channelId}/play`."""
        channel, media, name = self._ours(request), request.query.get("media", ""), request.query.get("playbackId", "")
        if not media:
            raise Refused(400, "Media URI not specified")
        playback = {"id": name, "media_uri": media, "target_uri": f"channel:{channel.id}", "language": "en"}
        self._playbacks[name] = playback | {"state": "playing"}
        self._hub.tell(channel.app, "PlaybackStarted", playback=self._playbacks[name])
        self._switch.exchange.say(channel.leg, media)
        self._switch.start(self._played(channel, name))
        return web.json_response(playback | {"state": "queued"}, status=201)

    async def playback(self, request: web.Request) -> web.Response:
        """`GET /playbacks/{playbackId}`."""
        found = self._playbacks.get(request.match_info["id"])
        if found is None:
            raise Refused(404, "Playback not found")
        return web.json_response(found)

    async def hush(self, request: web.Request) -> web.Response:
        """`DELETE /playbacks/{playbackId}`."""
        if self._playbacks.pop(request.match_info["id"], None) is None:
            raise Refused(404, "Playback not found")
        return web.Response(status=204)

    async def bridges(self, request: web.Request) -> web.Response:
        """`GET /bridges`."""
        return web.json_response([each.shown() for each in self._switch.bridges.values()])

    async def bridge(self, request: web.Request) -> web.Response:
        """`GET /bridges/{bridgeId}`."""
        return web.json_response(self._bridge(request).shown())

    async def make_bridge(self, request: web.Request) -> web.Response:
        """`POST /bridges/{bridgeId}`: made, or found as it is."""
        name = request.match_info["id"]
        if name not in self._switch.bridges:
            now = self._switch.exchange.clock.now()
            self._switch.bridges[name] = Bridge(name, request.query.get("name", ""), now)
        return web.json_response(self._switch.bridges[name].shown())

    async def end_bridge(self, request: web.Request) -> web.Response:
        """`DELETE /bridges/{bridgeId}`."""
        bridge = self._bridge(request)
        for channel in tuple(bridge.channels):
            self._switch.part(channel)
        del self._switch.bridges[bridge.id]
        return web.Response(status=204)

    async def add_channel(self, request: web.Request) -> web.Response:
        """`POST /bridges/{bridgeId}/addChannel`."""
        bridge = self._bridge(request)
        names = [each for each in request.query.get("channel", "").split(",") if each]
        if not names:
            raise Refused(400, "channel parameter missing")
        missing = [each for each in names if each not in self._switch.channels]
        if missing:
            raise Refused(400, "Channel not found")
        channels = [self._switch.channels[each] for each in names]
        if not all(each.is_in_app for each in channels):
            raise Refused(422, "Channel not in Stasis application")
        for channel in channels:
            self._switch.join(bridge, channel)
        return web.Response(status=204)

    async def record(self, request: web.Request) -> web.Response:
        """`POST /bridges/{bridgeId}/record`."""
        bridge, query = self._bridge(request), request.query
        name, form = query.get("name", ""), query.get("format", "")
        if not name or not form:
            raise Refused(400, "Invalid parameters")
        self.recordings.append(name)
        told = {"name": name, "format": form, "state": "queued", "target_uri": f"bridge:{bridge.id}"}
        return web.json_response(told, status=201)

    async def _played(self, channel: Channel, name: str) -> None:
        # Who presses a key by himself does while he listens.
        for key in channel.leg.behaviour.digits:
            self._switch.exchange.press(channel.leg, key)
        await self._switch.exchange.clock.sleep(timedelta(seconds=self.playback_seconds))
        playback = self._playbacks.pop(name, None)
        if playback:
            self._hub.tell(channel.app, "PlaybackFinished", playback=playback | {"state": "done"})

    def _channel(self, request: web.Request) -> Channel:
        channel = self._switch.channels.get(request.match_info["id"])
        if channel is None:
            raise Refused(404, "Channel not found")
        return channel

    def _ours(self, request: web.Request) -> Channel:
        channel = self._channel(request)
        if not channel.is_in_app:
            raise Refused(409, "Channel not in Stasis application")
        return channel

    def _bridge(self, request: web.Request) -> Bridge:
        bridge = self._switch.bridges.get(request.match_info["id"])
        if bridge is None:
            raise Refused(404, "Bridge not found")
        return bridge


async def _variables(request: web.Request) -> Mapping[str, str]:
    if not request.can_read_body:
        return {}
    try:
        body = await request.json()
    except json.JSONDecodeError as error:
        raise Refused(400, "Error parsing request body") from error
    variables = body.get("variables") if isinstance(body, dict) else None
    if not isinstance(variables, dict | None) or not all(isinstance(each, str) for each in (variables or {}).values()):
        raise Refused(400, "Only string values in the 'variables' object allowed")
    return variables or {}
