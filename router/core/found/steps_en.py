"""What customers have tried already, in English: each step and the words that tell of it (plain, in small letters)."""

from router.core.found.done_words import did

_OF = (
    r"(?: (?:the|my|our|your|a|an|all|of|every|each|both|it|them|this|that|to|with|on|in|from|into|and|another"
    r"|other|different|new|old|several|multiple|many|times|twice|again|already|single"
    r"|up|by|at|for|out|is|one|two|three|[0-9]+|back|via|over|through|just|even|completely|using|whole))*"
)
_NEAR = _OF.replace("|and|", "|")
_WHAT = (
    rf"(?:{_NEAR} (?:modems?|routers?|gateway|box|cable box|phone|iphone|ipad|device|computer|laptop|pc|mac|tv"
    rf"|app|equipment|wifi|internet|everything)\b)?"
)
RESTART = (
    "(?:"
    + did(
        "restarted|rebooted|re-booted|rebooted|power[ -]?cycled",
        "restarting|rebooting|re-booting|power[ -]?cycling",
        "restart|reboot|power[ -]?cycle",
    )
    + r"|"
    + did("unplugged", "unplugging", "unplug")
    + r"|"
    + did(
        r"(?:turned|switched|powered|shut)(?: (?:the|my|it|them|everything|router|modem|phone|box|device"
        r"|computer|iphone|tv|all|wifi|cable))+(?: off| down)(?: (?:and|then|back|it|turned|switched|on|again"
        r"|the|my))*",
        r"(?:turning|switching|powering|shutting)(?: (?:the|my|it|them|everything|router|modem|phone|box|device"
        r"|computer|iphone|tv|all|wifi|cable))*(?: off| down)(?: (?:and|then|back|it|turning|on|again))*",
        r"(?:turn|switch|power)(?: (?:the|my|it|them|everything|router|modem|phone|box|device))* off(?: (?:and"
        r"|then|back|on|again))*",
    )
    + r"|(?:i|we|i've|ive|have|already|then|also|just|times|even|been)(?: (?:had|have|already|just|also"
    r"|to))* reset(?:ted)?(?: (?:the|my|our|it|both|modem|router|box|phone|device|everything|network|settings"
    r"|equipment|cable))+"
    + r"|(?:after|following) (?:a|the|multiple|several) (?:restart|reboot|reset|power cycle)s?|(?:restarting"
    r"|rebooting|resetting|unplugging)(?: (?:the|my|it|everything|phone|router|modem|device"
    r"|box))* (?:did nothing|(?:didn't|did not|doesn't|does not|hasn't|won't)(?: seem to)? (?:help|work|fix|do"
    r"|solve))|tried (?:to reset|resetting|a reset|a restart|a reboot|a hard reset|restart|reset|reboot)|(?:did"
    r"|done|tried|performed)(?: (?:a|the|several|multiple))* (?:hard |soft |force )?(?:reset|reboot|restart"
    r"|power cycle)s?)" + _WHAT
)
_REPLACED = did(
    "replaced|swapped|exchanged|bought|changed", "replacing|swapping|exchanging|buying", "replace|swap|exchange|buy"
)
_SWAPPED = did(
    "changed|swapped|replaced|removed|reinserted", "changing|swapping|replacing|removing", "change|swap|replace|remove"
)
_SPOKE = did("spoke|spoken|talked|chatted|contacted", "speaking|talking|chatting|contacting", "speak|talk|chat|contact")
_FILED = did("opened|filed|raised|submitted|logged|lodged|created", "opening|filing|submitting", "open|file|submit")
STEPS_EN: tuple[tuple[str, str], ...] = (
    ("restarted", RESTART),
    (
        "reset_factory",
        rf"(?:"
        rf"{did('did|done|performed|restored|went|wiped', 'doing|performing|restoring', 'do|perform|restore')}"
        rf"|(?:i|i've|we|have|already|did) reset){_OF}(?: (?:phone|router|modem|iphone|ipad|device|back"
        rf"|box))?{_OF} factory(?: (?:reset|settings|restore|defaults?))?|(?:i|i've|already|have) factory reset"
        rf"|tried (?:a |the )?factory reset|(?:already |i |i've )restored(?: (?:the|my))? (?:iphone|phone|ipad"
        rf"|device)",
    ),
    (
        "checked_cables",
        rf"{did('checked|tightened|double checked|inspected', 'checking|tightening', 'check|tighten')}{_OF} "
        rf"(?:cables?|connections?|wires?|wiring|cords?|cabling)",
    ),
    (
        "changed_cable",
        rf"(?:{did('changed|replaced|swapped', 'changing|replacing|swapping', 'change|replace|swap')}){_OF}(?: "
        rf"(?:ethernet|coax|hdmi|power|network|charging))? (?:cables?|cords?|wires?)|tried (?:another"
        rf"|a different|a new|other|different|new)(?: (?:ethernet|coax|hdmi|charging|power"
        rf"|lightning))? (?:cables?|cords?|chargers?)",
    ),
    (
        "replaced_modem",
        rf"{_REPLACED}"
        rf"{_OF} (?:modems?|routers?|gateways?|cable box(?:es)?)",
    ),
    (
        "changed_sim",
        rf"{_SWAPPED}"
        rf"{_OF} (?:sim|sim cards?|sims)",
    ),
    (
        "another_device",
        rf"(?:{did('tried|tested|used|connected', 'trying|testing|using|connecting', 'try|test|use|connect')})"
        rf"{_OF} (?:another|a different|different|other|multiple|several|two|three|both)(?: (?:different"
        rf"|other))? (?:devices?|phones?|computers?|laptops?|pcs?|tablets?|tvs?|routers?|modems?|consoles?"
        rf"|machines?)",
    ),
    (
        "another_browser",
        rf"tried{_OF} (?:another|a different|different|other|multiple|several|two|three"
        rf"|incognito)(?: (?:different|other))? (?:browsers?|mode)",
    ),
    (
        "wired",
        rf"(?:(?:i|we|i've|already|even|have|tried) (?:connected|plugged|hooked|tried|hardwired|wired)"
        rf"|i just tried|tried"
        rf"|{did('plugged', 'connecting|plugging|hooking|hardwiring', 'connect|plug|hook')}){_OF}(?: (?:computer"
        rf"|laptop|pc|directly|direct|straight|modem|router|wired|hard))*{_OF} (?:ethernet|wired connection"
        rf"|lan cable|hard ?wired?|directly to the modem|to the modem)",
    ),
    (
        "reinstalled_app",
        did(
            "reinstalled|re-installed|uninstalled|deleted and (?:re)?(?:installed|downloaded)|redownloaded",
            "reinstalling|re-installing|uninstalling|deleting and (?:re)?(?:installing|downloading)",
            "reinstall|uninstall|delete and reinstall",
        ),
    ),
    (
        "updated_software",
        rf"{did('updated|upgraded', 'updating', 'update')}{_OF} (?:apps?|software|firmware|ios(?: [0-9.]+)?"
        rf"|android|drivers?|os|system|windows|latest version|latest|phone|iphone|browser)",
    ),
    (
        "cleared_cache",
        rf"{did('cleared|deleted|emptied', 'clearing|deleting', 'clear|delete')}{_OF}(?: (?:browser"
        rf"|app))? (?:cache|cookies|data|history)",
    ),
    (
        "logged_in_again",
        rf"{did('(?:logged|signed) (?:out|off)', '(?:logging|signing) (?:out|off)', '(?:log|sign) (?:out|off)')}"
        rf"{_OF} (?:logged|signed|in|logging|signing|on)",
    ),
    (
        "changed_password",
        rf"(?:{did('changed|updated', 'changing|resetting|updating', 'change|reset')}|(?:i|i've|already|have"
        rf"|we) reset){_OF} (?:password|passcode|pin)",
    ),
    (
        "airplane_mode",
        rf"(?:{did('tried|toggled|turned|put', 'toggling|turning|putting', 'toggle|turn|put')}){_OF}(?: "
        rf"(?:phone))?{_OF} airplane mode",
    ),
    ("changed_dns", rf"{did('changed|switched|set', 'changing|switching', 'change|switch')}{_OF} dns"),
    (
        "speed_test",
        rf"(?:{did('ran|did|done|run|performed|taken|took', 'running|doing', 'run|do')}){_OF}(?: (?:so|dozens"
        rf"|hundreds|countless))* (?:speed ?tests?|tests?)|speed ?tests? (?:shows?|says?|gives?|indicates?)",
    ),
    (
        "called_support",
        rf"(?:{did('called|phoned|rang', 'calling|phoning|ringing', 'call')})(?: (?:in|you|back|and|to|your|them"
        rf"|times|twice|already|the|customer|tech|technical|several|multiple|many|[0-9]+|number|about|this|guys"
        rf"|up|over))* (?:you|support|service|services|comcast|xfinity|verizon|sprint|t-mobile|them"
        rf"|customer care|times|helpline|line|number|hotline|company|care|again|cs|twice|amazon)|(?:i|i've"
        rf"|we) (?:already )?called (?:and|but|[0-9]+ times|twice)|(?:spent|wasted"
        rf"|been)(?: [a-z0-9']+){{0,5}} on (?:the )?(?:phone|hold)",
    ),
    (
        "talked_to_support",
        rf"(?:"
        rf"{_SPOKE})"
        rf"(?: (?:with|to|on|the|your|phone|live|chat|several|multiple|many|two|three|[0-9]+|different|already|a"
        rf"|an|at|over|customer|tech|technical|online|via|cs|people))* (?:support|service|reps?|representatives?"
        rf"|agents?|supervisors?|managers?|someone|somebody|you|people|csr|techs?|advisors?|employees?|team|care)",
    ),
    (
        "wrote_dm",
        r"(?:i|i've|ive|have|already|just|we|we've|i have)(?: (?:just|already|have|also))* (?:dm'?e?d|dm"
        r"|sent(?: (?:you|a|the|in|guys|another|to|them|several|many|multiple|two|three|[0-9]+|via|by|my|info"
        r"|details))* (?:dms?|direct messages?|pms?|private messages?|messages?))(?: (?:you|guys|them))*",
    ),
    (
        "wrote_email",
        rf"(?:{did('emailed|e-mailed', 'emailing', 'email')})(?: (?:you|them|support|customer))?"
        rf"|{did('sent|written', 'sending', 'send')}{_OF} (?:e-?mails?)",
    ),
    (
        "visited_store",
        rf"{did('went|been|gone|visited|drove', 'going|visiting', 'go|visit')}{_OF}(?: (?:local|nearest|apple"
        rf"|comcast|verizon|sprint|xfinity|t-mobile|down|retail))* (?:stores?|branch(?:es)?|shops?|office"
        rf"|service center)",
    ),
    (
        "opened_ticket",
        rf"{_FILED}"
        rf"{_OF}(?: (?:support|fcc|formal|official))* (?:tickets?|cases?|complaints?|claims?)",
    ),
    (
        "technician_came",
        r"(?:had|have had|sent)(?: (?:a|an|the|out|two|three|four|[0-9]+|several|multiple|different"
        r"|comcast))* (?:tech(?:nician)?s?)(?: (?:come|came|out|here|over|visit|sent|at|to|my|house))+"
        r"|(?:tech(?:nician)?s?|technicians have) (?:came|has come|have come|has been|have been|visited)(?: out"
        r"| here)?",
    ),
    (
        "paid",
        rf"(?:i(?:'ve| have)? (?:already |just )?|already |we )paid{_OF} (?:bill|balance|invoice|amount|due|full"
        rf"|account|off|month|deposit|fee)|already paid",
    ),
    # Ways of saying it that have a shape of their own.
    (
        "another_browser",
        r"tried (?:using |it (?:in|on) |with )?(?:chrome|firefox|safari|edge|explorer|incognito|opera)",
    ),
    (
        "another_device",
        r"(?:same|happens|it's the same)(?: (?:thing|problem|issue|result))? (?:on|with|in) (?:another"
        r"|a different|all|every|both|my other)(?: (?:of|my))* (?:devices?|phones?|computers?|laptops?|tvs?)",
    ),
    (
        "wired",
        r"(?:plugged|connected|hooked)(?: (?:my|the|a|up))* (?:laptop|computer|pc|xbox|ps4)(?: (?:directly"
        r"|straight|right|in))* (?:into|to) (?:the |my )?(?:modem|router)",
    ),
    ("forgot_network", r"(?:i |i've |already )?(?:forgot|forgotten|removed) (?:the |my )?(?:wifi |wi-fi )?network"),
)
