"""What customers have tried already, in English: each step and the words that tell of it (plain, in small letters)."""

from router.core.found.done_words import did

_OF = (
    r"(?: (?:the|my|our|your|a|an|all|of|every|each|both|it|them|this|that|to|with|on|in|from|into|and|another|other|different|new|old|several|multiple|many|times|twice|again|already|single"
    r"|up|by|at|for|out|is|one|two|three|[0-9]+|back|via|over|through|just|even|completely|using|whole))*"
)
_WHAT = rf"(?:{_OF} (?:modems?|routers?|gateway|box|cable box|phone|iphone|ipad|device|computer|laptop|pc|mac|tv|app|equipment|wifi|internet|everything)\b)?"
RESTART = (
    "(?:"
    + did("restarted|rebooted|re-booted|rebooted|power[ -]?cycled", "restarting|rebooting|re-booting|power[ -]?cycling", "restart|reboot|power[ -]?cycle")
    + r"|"
    + did("unplugged", "unplugging", "unplug")
    + r"|"
    + did(
        rf"(?:turned|switched|powered|shut)(?: (?:the|my|it|them|everything|router|modem|phone|box|device|computer|iphone|tv|all|wifi|cable))+(?: off| down)(?: (?:and|then|back|it|turned|switched|on|again|the|my))*",
        rf"(?:turning|switching|powering|shutting)(?: (?:the|my|it|them|everything|router|modem|phone|box|device|computer|iphone|tv|all|wifi|cable))*(?: off| down)(?: (?:and|then|back|it|turning|on|again))*",
        rf"(?:turn|switch|power)(?: (?:the|my|it|them|everything|router|modem|phone|box|device))* off(?: (?:and|then|back|on|again))*",
    )
    + r"|(?:i|we|i've|ive|have|already|then|also|just|times|even|been)(?: (?:had|have|already|just|also|to))* reset(?:ted)?(?: (?:the|my|our|it|both|modem|router|box|phone|device|everything|network|settings|equipment|cable))+"
    + r"|(?:after|following) (?:a|the|multiple|several) (?:restart|reboot|reset|power cycle)s?|(?:restarting|rebooting|resetting|unplugging)(?: (?:the|my|it|everything|phone|router|modem|device|box))* (?:did nothing|(?:didn't|did not|doesn't|does not|hasn't|won't)(?: seem to)? (?:help|work|fix|do|solve))|tried (?:to reset|resetting|a reset|a restart|a reboot|a hard reset|restart|reset|reboot)|(?:did|done|tried|performed)(?: (?:a|the|several|multiple))* (?:hard |soft |force )?(?:reset|reboot|restart|power cycle)s?)"
    + _WHAT
)
STEPS_EN: tuple[tuple[str, str], ...] = (
    ("restarted", RESTART),
    ("reset_factory", rf"(?:{did('did|done|performed|restored|went|wiped', 'doing|performing|restoring', 'do|perform|restore')}|(?:i|i've|we|have|already|did) reset){_OF}(?: (?:phone|router|modem|iphone|ipad|device|back|box))?{_OF} factory(?: (?:reset|settings|restore|defaults?))?|(?:i|i've|already|have) factory reset|tried (?:a |the )?factory reset|(?:already |i |i've )restored(?: (?:the|my))? (?:iphone|phone|ipad|device)"),
    ("checked_cables", rf"{did('checked|tightened|double checked|inspected', 'checking|tightening', 'check|tighten')}{_OF} (?:cables?|connections?|wires?|wiring|cords?|cabling)"),
    ("changed_cable", rf"(?:{did('changed|replaced|swapped', 'changing|replacing|swapping', 'change|replace|swap')}){_OF}(?: (?:ethernet|coax|hdmi|power|network|charging))? (?:cables?|cords?|wires?)|tried (?:another|a different|a new|other|different|new)(?: (?:ethernet|coax|hdmi|charging|power|lightning))? (?:cables?|cords?|chargers?)"),
    ("replaced_modem", rf"{did('replaced|swapped|exchanged|bought|changed', 'replacing|swapping|exchanging|buying', 'replace|swap|exchange|buy')}{_OF} (?:modems?|routers?|gateways?|cable box(?:es)?)"),
    ("changed_sim", rf"{did('changed|swapped|replaced|removed|reinserted', 'changing|swapping|replacing|removing', 'change|swap|replace|remove')}{_OF} (?:sim|sim cards?|sims)"),
    ("another_device", rf"(?:{did('tried|tested|used|connected', 'trying|testing|using|connecting', 'try|test|use|connect')}){_OF} (?:another|a different|different|other|multiple|several|two|three|both)(?: (?:different|other))? (?:devices?|phones?|computers?|laptops?|pcs?|tablets?|tvs?|routers?|modems?|consoles?|machines?)"),
    ("another_browser", rf"tried{_OF} (?:another|a different|different|other|multiple|several|two|three|incognito)(?: (?:different|other))? (?:browsers?|mode)"),
    ("wired", rf"(?:(?:i|we|i've|already|even|have|tried) (?:connected|plugged|hooked|tried|hardwired|wired)|i just tried|tried|{did('plugged', 'connecting|plugging|hooking|hardwiring', 'connect|plug|hook')}){_OF}(?: (?:computer|laptop|pc|directly|direct|straight|modem|router|wired|hard))*{_OF} (?:ethernet|wired connection|lan cable|hard ?wired?|directly to the modem|to the modem)"),
    ("reinstalled_app", did("reinstalled|re-installed|uninstalled|deleted and (?:re)?(?:installed|downloaded)|redownloaded", "reinstalling|re-installing|uninstalling|deleting and (?:re)?(?:installing|downloading)", "reinstall|uninstall|delete and reinstall")),
    ("updated_software", rf"{did('updated|upgraded', 'updating', 'update')}{_OF} (?:apps?|software|firmware|ios(?: [0-9.]+)?|android|drivers?|os|system|windows|latest version|latest|phone|iphone|browser)"),
    ("cleared_cache", rf"{did('cleared|deleted|emptied', 'clearing|deleting', 'clear|delete')}{_OF}(?: (?:browser|app))? (?:cache|cookies|data|history)"),
    ("logged_in_again", rf"{did('(?:logged|signed) (?:out|off)', '(?:logging|signing) (?:out|off)', '(?:log|sign) (?:out|off)')}{_OF} (?:logged|signed|in|logging|signing|on)"),
    ("changed_password", rf"(?:{did('changed|updated', 'changing|resetting|updating', 'change|reset')}|(?:i|i've|already|have|we) reset){_OF} (?:password|passcode|pin)"),
    ("airplane_mode", rf"(?:{did('tried|toggled|turned|put', 'toggling|turning|putting', 'toggle|turn|put')}){_OF}(?: (?:phone))?{_OF} airplane mode"),
    ("changed_dns", rf"{did('changed|switched|set', 'changing|switching', 'change|switch')}{_OF} dns"),
    ("speed_test", rf"(?:{did('ran|did|done|run|performed|taken|took', 'running|doing', 'run|do')}){_OF}(?: (?:so|dozens|hundreds|countless))* (?:speed ?tests?|tests?)|speed ?tests? (?:shows?|says?|gives?|indicates?)"),
    ("called_support", rf"(?:{did('called|phoned|rang', 'calling|phoning|ringing', 'call')})(?: (?:in|you|back|and|to|your|them|times|twice|already|the|customer|tech|technical|several|multiple|many|[0-9]+|number|about|this|guys|up|over))* (?:you|support|service|services|comcast|xfinity|verizon|sprint|t-mobile|them|customer care|times|helpline|line|number|hotline|company|care|again|cs|twice|amazon)|(?:i|i've|we) (?:already )?called (?:and|but|[0-9]+ times|twice)|(?:spent|wasted|been)(?: [a-z0-9']+){{0,5}} on (?:the )?(?:phone|hold)"),
    ("talked_to_support", rf"(?:{did('spoke|spoken|talked|chatted|contacted', 'speaking|talking|chatting|contacting', 'speak|talk|chat|contact')})(?: (?:with|to|on|the|your|phone|live|chat|several|multiple|many|two|three|[0-9]+|different|already|a|an|at|over|customer|tech|technical|online|via|cs|people))* (?:support|service|reps?|representatives?|agents?|supervisors?|managers?|someone|somebody|you|people|csr|techs?|advisors?|employees?|team|care)"),
    ("wrote_dm", r"(?:i|i've|ive|have|already|just|we|we've|i have)(?: (?:just|already|have|also))* (?:dm'?e?d|dm|sent(?: (?:you|a|the|in|guys|another|to|them|several|many|multiple|two|three|[0-9]+|via|by|my|info|details))* (?:dms?|direct messages?|pms?|private messages?|messages?))(?: (?:you|guys|them))*"),
    ("wrote_email", rf"(?:{did('emailed|e-mailed', 'emailing', 'email')})(?: (?:you|them|support|customer))?|{did('sent|written', 'sending', 'send')}{_OF} (?:e-?mails?)"),
    ("visited_store", rf"{did('went|been|gone|visited|drove', 'going|visiting', 'go|visit')}{_OF}(?: (?:local|nearest|apple|comcast|verizon|sprint|xfinity|t-mobile|down|retail))* (?:stores?|branch(?:es)?|shops?|office|service center)"),
    ("opened_ticket", rf"{did('opened|filed|raised|submitted|logged|lodged|created', 'opening|filing|submitting', 'open|file|submit')}{_OF}(?: (?:support|fcc|formal|official))* (?:tickets?|cases?|complaints?|claims?)"),
    ("technician_came", r"(?:had|have had|sent)(?: (?:a|an|the|out|two|three|four|[0-9]+|several|multiple|different|comcast))* (?:tech(?:nician)?s?)(?: (?:come|came|out|here|over|visit|sent|at|to|my|house))+|(?:tech(?:nician)?s?|technicians have) (?:came|has come|have come|has been|have been|visited)(?: out| here)?"),
    ("paid", rf"(?:i(?:'ve| have)? (?:already |just )?|already |we )paid{_OF} (?:bill|balance|invoice|amount|due|full|account|off|month|deposit|fee)|already paid"),
)
