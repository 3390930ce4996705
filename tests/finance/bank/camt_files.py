"""A small writer of CAMT files."""

from tests.finance.bank.reading import OUR_IBAN, SANNE


def document(*statements: str, version: str = "02", message: str = "053") -> str:
    kind = {"053": "BkToCstmrStmt", "054": "BkToCstmrDbtCdtNtfctn"}[message]
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{message}.001.{version}">
<{kind}>
<GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-11-27T06:00:00</CreDtTm></GrpHdr>
{"".join(statements)}</{kind}>
</Document>
"""


def balance(code: str, amount: str, day: str, currency: str = "EUR") -> str:
    mark, size = ("DBIT", amount[1:]) if amount.startswith("-") else ("CRDT", amount)
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="{currency}">{size}</Amt>'
        f"<CdtDbtInd>{mark}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>\n"
    )


def statement(
    *bookings: str,
    opening: str = "100.00",
    closing: str = "100.00",
    iban: str = OUR_IBAN,
    number: str = "231",
    currency: str = "EUR",
) -> str:
    return (
        f"<Stmt><Id>S{number}</Id><ElctrncSeqNb>{number}</ElctrncSeqNb>"
        f"<Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>{currency}</Ccy></Acct>\n"
        f"{balance('OPBD', opening, '2026-11-25')}{balance('CLBD', closing, '2026-11-26')}{''.join(bookings)}</Stmt>\n"
    )


def notice(*bookings: str) -> str:
    return f"<Ntfctn><Id>N1</Id><Acct><Id><IBAN>{OUR_IBAN}</IBAN></Id></Acct>\n{''.join(bookings)}</Ntfctn>\n"


def booking(amount: str, *details: str, status: str = "BOOK", extra: str = "", currency: str = "EUR", batch: str = "") -> str:
    mark, size = ("DBIT", amount[1:]) if amount.startswith("-") else ("CRDT", amount)
    inside = f"<NtryDtls>{batch}{''.join(details)}</NtryDtls>" if details or batch else ""
    return (
        f'<Ntry><Amt Ccy="{currency}">{size}</Amt><CdtDbtInd>{mark}</CdtDbtInd>{extra}<Sts>{status}</Sts>'
        "<BookgDt><Dt>2026-11-26</Dt></BookgDt><ValDt><Dt>2026-11-27</Dt></ValDt><AcctSvcrRef>B-77</AcctSvcrRef>"
        "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>"
        f"{inside}</Ntry>\n"
    )


def payment(
    text: str = "",
    *,
    price: str = "",
    iban: str = SANNE,
    name: str = "Sanne Bakker",
    end_to_end: str = "E-1",
    strd: str = "",
    role: str = "Dbtr",
) -> str:
    said = f"<Ustrd>{text}</Ustrd>" if text else ""
    marked = f"<Strd><CdtrRefInf><Ref>{strd}</Ref></CdtrRefInf></Strd>" if strd else ""
    amount = f'<AmtDtls><TxAmt><Amt Ccy="EUR">{price}</Amt></TxAmt></AmtDtls>' if price else ""
    return (
        f"<TxDtls><Refs><EndToEndId>{end_to_end}</EndToEndId></Refs>{amount}"
        f"<RltdPties><{role}><Nm>{name}</Nm></{role}><{role}Acct><Id><IBAN>{iban}</IBAN></Id></{role}Acct></RltdPties>"
        f"<RmtInf>{said}{marked}</RmtInf></TxDtls>\n"
    )
