"""Row f of quality.md §4: a camt.053 of 100,000 entries parsed, stored, matched and booked, against a bare lxml parse.

Run as `python -m benchmarks.statements [entries [share of entries that pay an instalment, in percent]]` with
DATABASE_URL of a database that may be written to; it makes a database of its own beside it and drops it again. The
import runs in a process of its own, so that its peak of memory is its own. The time is wall clock, and that process's
processor time beside it: other work on the machine shows in the first only.
"""

import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ENTRY = (
    '<Ntry><NtryRef>{n}</NtryRef><Amt Ccy="USD">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
    "<BookgDt><Dt>2026-09-01</Dt></BookgDt><ValDt><Dt>2026-09-01</Dt></ValDt><AcctSvcrRef>BENCH{n:09}</AcctSvcrRef>"
    "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>"
    "<NtryDtls><TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs>"
    '<Amt Ccy="USD">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><RltdPties><Dbtr><Pty><Nm>{name}</Nm><PstlAdr>'
    "<StrtNm>Harbour Road</StrtNm><BldgNb>12</BldgNb><PstCd>1010</PstCd><TwnNm>Auckland</TwnNm><Ctry>NZ</Ctry>"
    "</PstlAdr></Pty></Dbtr><DbtrAcct><Id><IBAN>NL56AGDH9619008421</IBAN></Id></DbtrAcct></RltdPties>"
    "<RltdAgts><DbtrAgt><FinInstnId><BICFI>BANKCHZHXXX</BICFI></FinInstnId></DbtrAgt></RltdAgts>"
    "<RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
)
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


def balance(code: str, amount: int) -> str:
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="USD">{amount}.00</Amt>'
        "<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-09-01</Dt></Dt></Bal>"
    )


def write(path: Path, account: str, entries: int, references: list[str]) -> None:
    """A statement in which those that pay an instalment stand evenly between others that nobody can match."""
    every = max(1, entries // len(references)) if references else entries + 1
    total = 100 * len(references) + 70 * (entries - len(references))
    left = iter(references)
    with path.open("w") as file:
        file.write(f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="{NAMESPACE}"><BkToCstmrStmt>')
        file.write(f"<GrpHdr><MsgId>BENCH</MsgId></GrpHdr><Stmt><Id>1</Id><Acct><Id><IBAN>{account}</IBAN></Id>")
        file.write(f"<Ccy>USD</Ccy></Acct>{balance('OPBD', 0)}{balance('CLBD', total)}")
        for n in range(entries):
            reference = next(left, "") if n % every == 0 else ""
            amount, name = ("100.00", "Northline") if reference else ("70.00", f"Payer {n} Limited")
            file.write(ENTRY.format(n=n, amount=amount, name=name, text=reference or f"invoice {n}, with thanks"))
        file.write("</Stmt></BkToCstmrStmt></Document>")


def bare(path: Path) -> tuple[float, float]:
    """Seconds, by the wall and of the processor, that lxml needs to go over the file."""
    from lxml import etree

    wall, cpu = time.perf_counter(), time.process_time()
    with path.open("rb") as source:
        for _, entry in etree.iterparse(source, tag=f"{{{NAMESPACE}}}Ntry"):
            entry.clear()
            while entry.getprevious() is not None:
                del entry.getparent()[0]
    return time.perf_counter() - wall, time.process_time() - cpu


def peak_mb() -> int:
    """The peak of memory of this process alone; getrusage would tell its parent's too, from before it was started."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return int(re.search(r"VmHWM:\s+(\d+) kB", status.read_text())[1]) // 1024


def imported(path: str) -> None:
    """Import a file that is there in this process, which has done nothing else, and print what it took."""
    from django.utils import timezone

    from payments.actions import importing

    before = peak_mb()
    wall, cpu = time.perf_counter(), time.process_time()
    with Path(path).open("rb") as source:
        file = importing.receive_statement(source=source, name="statement.xml", by=None, now=timezone.now())
    file = importing.import_statement(file_id=file.id, now=timezone.now())
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    told = {"ours": wall, "ours_cpu": cpu, "peak_mb": peak_mb(), "before_mb": before}
    print(json.dumps(told | {"status": file.status, "matched": file.matched, "suspended": file.suspended}))


def run(entries: int, percent: int) -> dict:
    from django.db import connection

    from suppliers.models import Supplier
    from tests import stories

    world = stories.build_world()
    Supplier.objects.filter(pk=world.supplier.pk).update(limit_minor=10**12)  # for as many open orders as asked
    terms = stories.simple_terms(100_00)
    orders = []
    for _ in range(entries * percent // 100):
        order = stories.placed(world, terms)
        orders.append(order.instalments.get().rf_reference)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "statement.xml"
        write(path, world.supplier.designated_account.number, entries, orders)
        parse_wall, parse_cpu = min(bare(path) for _ in range(2))
        address = re.sub(r"[^/]+$", connection.settings_dict["NAME"], os.environ["DATABASE_URL"])
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.statements", "--import", str(path)],
            env=os.environ | {"DATABASE_URL": address, "MEDIA_ROOT": folder},
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        told = json.loads(done.stdout.splitlines()[-1])
        found = (told["status"], told["matched"], told["suspended"])
        assert found == ("complete", len(orders), entries - len(orders)), found
        from ledger import proof

        assert proof.prove() == [], "the books do not balance"
        return told | {
            "entries": entries,
            "megabytes": path.stat().st_size // 2**20,
            "bare": parse_wall,
            "bare_cpu": parse_cpu,
            "ratio": parse_wall / told["ours"],
        }


def main() -> None:
    import django
    from django.test.runner import DiscoverRunner

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    if sys.argv[1:2] == ["--import"]:
        imported(sys.argv[2])
        return
    entries = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    percent = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    runner = DiscoverRunner(verbosity=0, interactive=False)
    made = runner.setup_databases()
    try:
        row = run(entries, percent)
    finally:
        runner.teardown_databases(made)
    rate = row["entries"] / row["ours"]
    print(
        f"f  camt.053, {row['entries']:,} entries, {row['megabytes']} MB; {row['matched']:,} pay, the rest to suspense"
    )
    print(f"   bare lxml parse {row['bare']:.2f} s (processor {row['bare_cpu']:.2f} s)")
    print(
        f"   parse, store, match, book {row['ours']:.2f} s (processor {row['ours_cpu']:.2f} s), {rate:,.0f} entries/s"
    )
    print(f"   ratio {row['ratio']:.3f} (target 0.12)")
    print(f"   peak memory {row['peak_mb']} MB, {row['before_mb']} MB of it before it began (target 200 MB)")


if __name__ == "__main__":
    main()
