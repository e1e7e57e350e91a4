"""The directory with the whole of Hilo at work: away, work goes on; there, who waits goes where they belong."""

import json
import smtplib
import subprocess
from collections.abc import Mapping
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from tests.processes import HILO
from tests.up import TOP, Up, queue
from tests.waiting import eventually

RULES = """
rules:
  - {name: gold-customers, when: {customer: {tier: gold}}, then: {team: sales, priority: high, tags: [gold]}}
  - {name: invoices, when: {text: {any: factura}}, then: {team: billing}}
"""
PEOPLE = "id,email,name,tier,x,plan,account,address\nC-1,Ada@example.org,Ada Byron,{},,Fibra,00-1,\n"


async def test_who_waits_goes_where_they_belong_once_the_directory_is_there(tmp_path: Path) -> None:
    # given a Hilo with a rule about gold customers, whose directory is not there
    up = Up(tmp_path / "hilo")
    file = up.folder / "customers.csv"
    file.unlink()
    (up.folder / "rules").mkdir()
    (up.folder / "rules" / "10.yaml").write_text(RULES, encoding="utf-8")
    text = up.config.read_text(encoding="utf-8").replace(f"folder: {TOP / 'rules' / 'playbook'}", "folder: rules")
    up.config.write_text(text, encoding="utf-8")
    try:
        await up.start()
        async with up.api(up.token("script", "sales")) as sales, up.api(up.token("other", "billing")) as billing:
            # when a customer writes
            _write(up, "Mi factura está mal.")
            # then they are in a queue all the same, and the state of things is told
            found = (await eventually(lambda: queue(billing, "billing"), "the mail in the queue", 20))[0]
            async with billing.get("/readyz") as answer:
                assert answer.status == 200
                assert "the directory is away" in await answer.text()
            # and when the directory is there, the team that they belong to has them, and sees who they are
            file.write_text(PEOPLE.format("gold"), encoding="utf-8")
            moved = (await eventually(lambda: queue(sales, "sales"), "the conversation at its team", 20))[0]
            assert (moved["id"], moved["priority"], moved["tags"]) == (found["id"], "high", ["gold"])
            profile = (await _card(sales, found["id"]))["profile"]
            assert (profile["tier"], profile["attributes"]) == ("gold", {"plan": "Fibra"})
            # and a row that changes is in force within seconds
            file.write_text(PEOPLE.format("platinum"), encoding="utf-8")

            async def is_platinum() -> bool:
                known: Mapping[str, str] = (await _card(sales, found["id"]))["profile"]
                return known["tier"] == "platinum"

            await eventually(is_platinum, "the changed row on the card", 20)
            explained = _hilo(up, "rules", "explain", "--conversation", found["id"], "--json")
            assert [(each["team"], each["facts"].get("customer")) for each in explained["routings"]] == [
                ("billing", None),
                ("sales", {"tier": "gold", "attributes": {"plan": "Fibra"}}),
            ]
    finally:
        await up.stop()


async def _card(api: Any, conversation: str) -> Mapping[str, Any]:
    async with api.get(f"/api/conversations/{conversation}") as answer:
        answer.raise_for_status()
        found: Mapping[str, Any] = (await answer.json())["customer"]
        return found


def _hilo(up: Up, *arguments: str) -> Any:
    command = [str(HILO), *arguments, "--config", str(up.config)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _write(up: Up, text: str) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "ada@example.org", "care@hilo.example", "Hola"
    mail.set_content(text)
    with smtplib.SMTP("127.0.0.1", up.ports["smtp"], timeout=10) as client:
        client.send_message(mail)
