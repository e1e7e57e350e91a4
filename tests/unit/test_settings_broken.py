"""Each broken configuration under tests/broken/config, named after its fault, gives the mistakes expected, no other."""

from pathlib import Path

import pytest

from router.settings import load_settings
from rules.problems import SourceError

BROKEN = Path(__file__).parents[1] / "broken" / "config"

# name: (line, column, words of the message, words of the hint) of each mistake
EXPECTED: dict[str, list[tuple[int, int, str, str]]] = {
    "cluster-node-without-host": [(22, 8, "a cluster's with redis+cluster://", "10.0.0.2:6379")],
    "address-without-port": [(13, 13, "a host and a port", "127.0.0.1:8421")],
    "any-origin": [(13, 15, "any page", "name each")],
    "colleague": [(18, 31, "`every one` is neither a mail address nor a domain", "`example.org`")],
    "directory-asked-with-nothing": [(9, 15, "`{mail}` is nothing that can be asked with", "email, phone")],
    "directory-for-everybody": [(9, 3, "this asks the same for everybody", "or `{email}` in `url`")],
    "directory-handle-as-fact": [(9, 28, "`email` is a fact by itself", "give `email:`")],
    "directory-in-a-spreadsheet": [(9, 16, "the directory's file is CSV or YAML", "`.csv`")],
    "directory-misspelt-field": [(9, 38, "unknown key `teir`", "did you mean `tier`?")],
    "directory-of-no-kind": [(8, 1, "one of `file`, `http` and `sql`; none is given", "give one of them")],
    "directory-of-two-kinds": [(8, 1, "`file`, `sql` are given", "give one of them")],
    "directory-password-in-address": [(10, 10, "the password never stands in the address", "beside `url`")],
    "directory-secret-inline": [(11, 30, "a secret never stands in the configuration itself", "{env: NAME}")],
    "directory-secret-unencrypted": [(9, 3, "secrets would go out unencrypted", "`https://`")],
    "directory-that-writes": [(11, 12, "begins with `select` or `with`", "")],
    "directory-unknown-parameter": [(11, 12, "`:mail` is nothing that can be asked with", "email, phone")],
    "dns-for-too-long": [(18, 22, "30s at most", "`3s`")],
    "duration-without-unit": [(22, 12, "a whole number with a unit", "15m")],
    "email-without-a-way-in": [(14, 3, "neither `imap` nor `lmtp`", "to read a mailbox")],
    "empty": [(1, 1, "the file is empty", "docs/configuration.md")],
    "inline-password": [(10, 15, "a secret never stands in the configuration itself", "{env: NAME}")],
    "key-twice": [(21, 1, "a second time; the first is on line 1", "one of the two")],
    "key-without-value": [(12, 3, "`webchat` has no value", "`{}` for all defaults")],
    "mail-address": [(15, 14, "no mail address", "care@hilo.example")],
    "missing-key": [(18, 1, "`default_team` is missing in `rules`", "")],
    "missing-rules-folder": [(19, 11, "there is no folder ../playbok", "name another")],
    "missing-secret-file": [(10, 5, "passwrd is not there: write the secret into it", "")],
    "missing-secret-variable": [(10, 5, "HILO_TEST_NOWHERE is not set", "")],
    "misspelt-key": [(13, 5, "unknown key `lisen`", "did you mean `listen`?")],
    "misspelt-required-key": [(20, 3, "unknown key `defualt_team`", "did you mean `default_team`?")],
    "misspelt-top-level-key": [(11, 1, "unknown key `chanels`", "did you mean `channels`?")],
    "misspelt-verify-key": [(18, 14, "unknown key `sever`", "did you mean `server`?")],
    "nameserver-without-port": [(18, 26, "a host and a port", "127.0.0.1:8421")],
    "no-teams": [(2, 1, "there are no teams", "care: {name:")],
    "number-for-mapping": [(21, 7, "keys with their values are expected here", "`listen`")],
    "origin-with-path": [(13, 15, "an origin ends behind the host and the port", "`https://www.example.org`")],
    "password-in-address": [(22, 8, "the password never stands in the address", "`password: {env: NAME}`")],
    "region": [(21, 17, "`Panama` is no country whose numbers are known here", "PA")],
    "replicas-of-own-redis": [(22, 13, "Hilo's own Redis has no replicas", "name a server in `url`")],
    "same-port-on-all-hosts": [(22, 11, "127.0.0.1:8420, as `channels.webchat.listen` does", "a port of its own")],
    "same-port-twice": [(22, 11, "127.0.0.1:8420, as `channels.webchat.listen` does", "a port of its own")],
    "same-port-unsaid": [(13, 13, "127.0.0.1:8420, as `desk.listen` does", "a port of its own")],
    "sandbox-for-all": [(23, 11, "the sandbox listens on this machine only", "127.0.0.1:8425")],
    "sandbox-password-without-sandbox": [(10, 5, "sandbox-password is not there", "")],
    "secret-of-two-places": [(10, 5, "exactly one of `env` and `file`", "{env: NAME}")],
    "several": [
        (9, 19, "unknown team `biling`", "did you mean `billing`?"),
        (11, 1, "unknown key `chanels`", "did you mean `channels`?"),
        (20, 17, "unknown team `caer`", "did you mean `care`?"),
        (22, 11, "a host and a port", "127.0.0.1:8421"),
    ],
    "size-with-unknown-unit": [(15, 15, "a whole number with a unit", "`25MB`")],
    "tab": [(7, 1, "a tab: YAML indents with spaces only", "by spaces")],
    "team-name": [(5, 3, "`Sales Team` can't be a name here", "small letters")],
    "text-for-number": [(22, 15, "a whole number is expected here", "")],
    "too-many-partitions": [(22, 15, "more than 99", "")],
    "unknown-default-team": [(20, 17, "unknown team `caer`", "did you mean `care`?")],
    "unknown-role": [(8, 11, "`supervizor` is not known here", "did you mean `supervisor`?")],
    "unknown-team-of-user": [(9, 19, "unknown team `biling`", "did you mean `billing`?")],
    "unknown-tls": [(17, 37, "`start-tls` is not known here", "did you mean `starttls`?")],
    "user-without-password": [(17, 5, "`user` and `password` go together", "give both, or neither")],
    "yes-for-true": [(22, 12, "`true` or `false` is expected here", "")],
}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_broken_configuration_is_refused_where_it_is_broken(name: str) -> None:
    # when it is loaded
    with pytest.raises(SourceError) as refused:
        load_settings(BROKEN / f"{name}.yaml")
    # then each mistake is told at its place, with what to do, and no other
    found = refused.value.problems
    places = [(problem.line, problem.column) for problem in found]
    assert places == [(line, column) for line, column, _, _ in EXPECTED[name]]
    for problem, (_, _, message, hint) in zip(found, EXPECTED[name], strict=True):
        assert problem.file.endswith(f"{name}.yaml")
        assert message in problem.message
        assert hint in problem.hint


def test_no_broken_configuration_goes_unexpected() -> None:
    assert {path.stem for path in BROKEN.glob("*.yaml")} == {*EXPECTED, "none", "rules-as-well"}


def test_the_same_configuration_without_a_fault_is_taken() -> None:
    assert load_settings(BROKEN / "none.yaml").rules.default_team == "care"


def test_mistakes_of_the_rules_are_told_with_those_of_the_configuration() -> None:
    # given a misspelt key in a configuration whose rules are broken too
    with pytest.raises(SourceError) as refused:
        load_settings(BROKEN / "rules-as-well.yaml")
    # then one answer tells both
    files = [Path(problem.file) for problem in refused.value.problems]
    assert files[0].name == "rules-as-well.yaml"
    assert {path.parent.name for path in files[1:]} == {"rules"}


@pytest.mark.parametrize("name", ["inline-password", "password-in-address"])
def test_a_secret_written_where_it_must_not_be_is_not_shown(name: str) -> None:
    with pytest.raises(SourceError) as refused:
        load_settings(BROKEN / f"{name}.yaml")
    assert "hunter2" in (BROKEN / f"{name}.yaml").read_text()
    assert "hunter2" not in str(refused.value)
