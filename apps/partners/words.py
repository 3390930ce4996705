"""What went wrong with a call to a partner, in words for people who know no codes."""

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.errors import Text

WORDS: dict[str, Text] = {
    "timeout": gettext_lazy("The endpoint gave no answer in time."),
    "tls_failed": gettext_lazy("No safe connection could be made: look at the endpoint's certificate."),
    "bad_answer": gettext_lazy("The endpoint answered something that is no HTTP."),
    "connection_failed": gettext_lazy("Nobody answers at this address."),
    "name_not_resolved": gettext_lazy("The name in the address is not known on the internet."),
    "redirect": gettext_lazy("The endpoint sends us on to another address, which we do not follow. Fill in the final address."),
    "url_not_plain": gettext_lazy("The address has characters that cannot be called."),
    "url_not_readable": gettext_lazy("The address cannot be read."),
    "scheme_not_allowed": gettext_lazy("The address must begin with https://."),
    "credentials_in_url": gettext_lazy("A name or password does not belong in the address."),
    "fragment_in_url": gettext_lazy("The address has a part after #, which is never sent."),
    "port_not_allowed": gettext_lazy("Only port 443 is called."),
    "host_not_a_name": gettext_lazy("The address must hold the name of a host."),
    "host_not_public": gettext_lazy("The address is not public, so it is not called."),
    "address_not_public": gettext_lazy("The name leads to an address that is not public, so it is not called."),
    "worker_lost": gettext_lazy("Our own worker broke down while sending it."),
    "secret_unreadable": gettext_lazy("The webhook secret cannot be read. Make a new one."),
    "http_401": gettext_lazy("The endpoint does not accept our credential or signature (401)."),
    "http_403": gettext_lazy("The endpoint does not allow us in (403)."),
    "http_404": gettext_lazy("The endpoint does not know this address (404)."),
    "http_410": gettext_lazy("The endpoint is gone and wants no more messages (410)."),
    "http_429": gettext_lazy("The endpoint says that we call too often (429)."),
}


def failure_in_words(code: str, detail: str = "") -> str:
    """One sentence about a failed call; a code that has none is shown as it is."""
    if not code:
        return ""
    if code in WORDS:
        return str(WORDS[code])
    if status := re.fullmatch(r"http_([1-9][0-9]{2})", code):
        return str(_status_words(status[1]))
    return f"{code} {detail}".strip()


def _status_words(status: str) -> str:
    if status.startswith("5"):
        return _("Something went wrong on the partner's side (%(status)s).") % {"status": status}
    return _("The endpoint refuses the message (%(status)s).") % {"status": status}
