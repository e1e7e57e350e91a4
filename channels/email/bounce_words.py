"""The words by which mail servers say that a mail did not arrive, where they do not say it by RFC 3464."""

import re

SUBJECTS = (
    r"undeliver(ed|able)",
    r"delivery (status notification|failure|failed|has failed|problem|notification)",
    r"(mail|message|e-?mail) (delivery )?(failed|failure|error|system error)",
    r"(mail|message|e-?mail) (could not|cannot|can't|was not) be(en)? (delivered|sent)",
    r"not (been )?delivered",
    r"failure notice",
    r"returned (e-?)?mail",
    r"returning message to sender",
    r"could not send (the )?message",
    r"error sending your (e-?)?mail",
    r"unable to deliver|nondeliverable|non-delivery",
    r"delayed (e-?)?mail|(mail|message).{0,40}delayed",
    r"^warning: ",
    # Spanish, Portuguese
    r"no (se )?(ha )?(pud|pod)\w+ (ser )?entreg|no entregado|sin entregar|no se ha entregado|fallo (en|de) la entrega",
    r"(error|fallo|problema) (de|en la) entrega|correo devuelto|mensaje devuelto|devuelto al remitente",
    r"(e-?mail|mensagem) (n[aã]o entregue|devolvid[ao])|n[aã]o (p[oô]de|foi) (ser )?entregue|falha (na|de) entrega",
    # French, German, Italian, Japanese, Russian
    r"unzustellbar|nicht zugestellt|non remis|échec de (la )?remise|mancata consegna|non recapitabile",
    r"配信できません|配信不能|エラー通知|не доставлено",
)
BODIES = (
    r"(could|can|did) ?no(t|t be| longer be) (be )?(delivered|deliver|reach)",
    r"(wasn't|were|was|been) (unable|not able|able) to deliver|unable to deliver|wasn't able to deliver",
    r"was not delivered to|has not been delivered|not yet been delivered|failed to deliver",
    r"delivery (to|of|has|failed|error|status|notification)|delivering your (message|mail)|delivery problems",
    r"(permanent|fatal|delivery) (fatal )?errors?",
    r"attempt(ed|ing) to deliver",
    r"(mailbox|quota).{0,40}(full|exceeded)|over quota|user unknown|unknown user|no such user|unrouteable address",
    r"invalid final delivery|undeliverable|rejected by|failure reasons|returned message",
    r"transcript of session|malformed address|recipient addresses that were incorrectly",
    r"no (se )?(ha )?(pud|pod)\w+ (ser )?entregad|no se entregó|no ha sido entregado|no fue posible entregar",
    r"n[aã]o (p[oô]de|foi|conseguimos) (ser )?entreg",
    r"(^|\n)\W*(action: *failed|reporting-mta:|final-recipient:)",
    r"送信できません|配信できません|送信に失敗|не доставлено",
)
WAITING = (
    r"(not yet been|still (not )?been?) delivered|still being retried|delivery.{0,30}delay|delayed (e-?)?mail",
    r"(message|mail) .{0,60}delayed|warning message only|this is a warning only|will (be retried|keep trying|retry)",
    r"could not send message for past|\(delay\)|delivery status notification \(delay",
    r"(entrega|mensaje|mensagem).{0,40}(retrasad|demorad|atrasad)",
)


def _any_of(phrases: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{phrase})" for phrase in phrases), re.IGNORECASE)


FAILED_SUBJECT = _any_of(SUBJECTS)
FAILED_BODY = _any_of(BODIES)
DELAYED = _any_of(WAITING)
