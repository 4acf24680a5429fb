"""Checks a case file of Trade Assurance by itself: Python 3.9 or newer, nothing to install, no network.

    python3 verify.py                   checks the folder that this file lies in
    python3 verify.py case-file.zip     checks a ZIP
    ... --root HASH                     and that it leads to this root, as our page /verify/roots/ shows it

It ends with 0 when all holds, with 1 when anything does not. Who rewrites a whole case file can also rewrite what is
compared here. So compare the root with our page, or let our page /verify/ check the file: it knows our signature.
"""

import csv
import hashlib
import io
import json
import sys
import zipfile
from collections import Counter
from pathlib import Path
from types import SimpleNamespace


def canonical(value):
    """Canonical JSON (RFC 8785) of texts, whole numbers, lists and objects; a case file holds nothing else."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return "{" + ",".join(canonical(key) + ":" + canonical(value[key]) for key in keys) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, float):
        raise ValueError("a number with decimals")
    return json.dumps(value, ensure_ascii=False)


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


class Box:
    """The files of a ZIP or a folder by name; `most` bounds how many bytes are read of all."""

    def __init__(self, source, most=None):
        self.left, self.zip = most, None
        if isinstance(source, (str, Path)) and Path(source).is_dir():
            self.paths = {p.relative_to(source).as_posix(): p for p in Path(source).rglob("*") if p.is_file()}
            self.names = [name for name in self.paths if "__pycache__" not in name]
        else:
            self.zip = zipfile.ZipFile(source)
            self.names = [name for name in self.zip.namelist() if not name.endswith("/")]

    def chunks(self, name):
        with self.zip.open(name) if self.zip else self.paths[name].open("rb") as file:
            for chunk in iter(lambda: file.read(2**20), b""):
                self.left = self.left and self.left - len(chunk)
                if self.left is not None and self.left <= 0:
                    raise ValueError("it unpacks to more than is read here")
                yield chunk

    def text(self, name):
        return b"".join(self.chunks(name)).decode("utf-8-sig")

    def sha256(self, name):
        digest = hashlib.sha256()
        for chunk in self.chunks(name):
            digest.update(chunk)
        return digest.hexdigest()


def check(source, most=None):
    """What holds, what is wrong, and facts to compare with our pages. Raises nothing: what cannot be read is wrong."""
    found = SimpleNamespace(holds=[], wrong=[], facts={})
    try:
        box = Box(source, most)
        if "manifest.json" not in box.names:
            found.wrong.append("This is no case file: it has no manifest.json.")
            return found
        manifest = json.loads(box.text("manifest.json"))
        if json.loads(box.text("manifest.sig"))["sha256"] != box.sha256("manifest.json"):
            found.wrong.append("manifest.json was changed after it was signed.")
        found.facts.update(order=manifest["order"], made_at=manifest["made_at"], made_for=manifest["for"])
        events = {}
        for part in (_files, _events, _documents, _ledger, _personal, _root):
            before = len(found.wrong)
            said = part(box, manifest, events, found)
            if said and len(found.wrong) == before:
                found.holds.append(said)
    except Exception as error:  # noqa: BLE001 - what was meddled with may break in any way
        found.wrong.append(f"It cannot be read further: {type(error).__name__}, {str(error)[:200]}.")
    return found


def _files(box, manifest, events, found):
    listed = {row["path"]: row["sha256"] for row in manifest["files"]}
    there, private = Counter(box.names), {name for name in listed if name.startswith("private/")}
    left_out = private if not any(name in there for name in private) else set()
    found.wrong += [f"{name} was added." for name in there if name not in listed and name[:9] != "manifest."]
    found.wrong += [f"{name} is there {count} times." for name, count in there.items() if count > 1]
    found.wrong += [f"{name} was removed." for name in listed if name not in there and name not in left_out]
    found.wrong += [f"{name} is missing: it was lost before this file was made." for name in manifest["missing"]]
    box.sums = {name: box.sha256(name) for name in listed if name in there}
    found.wrong += [f"{name} was changed." for name, digest in box.sums.items() if digest != listed[name]]
    only = " Only its public part is here, the private part was left out as a whole." if left_out else ""
    return f"{len(box.sums)} files: none was changed, removed or added.{only}"


def _events(box, manifest, events, found):
    number, previous = 0, ""
    for event in map(json.loads, box.text("public/events.jsonl").splitlines()):
        if event["number"] != number + 1:
            found.wrong.append(f"Event {event['number']} follows event {number}: one was removed, added or moved.")
        if event["previous"] != previous:
            found.wrong.append(f"Event {event['number']} does not chain to the event before it.")
        place, said = {name: value for name, value in event.items() if name != "hash"}, event["said"]
        place["said"] = said if isinstance(said, str) else sha256(canonical(said))  # withheld: its hash stands there
        content = said if isinstance(said, dict) else {}
        whole = {**content, **{name: place[name] for name in place if name != "said"}}  # the oldest were hashed as one
        if said and event["hash"] not in (sha256(canonical(place)), sha256(canonical(whole))):
            found.wrong.append(f"Event {event['number']} was changed.")
        number, previous = event["number"], event["hash"]
        events[number] = {"hash": previous, "unproven": said == "", **content}
    if (number, previous) != (manifest["events"], manifest["head"]):
        found.wrong.append(f"The chain ends with event {number}; it should end with {manifest['events']} as listed.")
    hidden = [event["unproven"] for event in events.values() if "kind" not in event]
    old = f", but for {sum(hidden)} that are too old for it" if sum(hidden) else ""
    other = f" Of {len(hidden)} of them only the hash is for this reader; it is checked as well{old}." if hidden else ""
    return f"{number} events: none was changed, removed, added or moved.{other}"


def _documents(box, manifest, events, found):
    """Contracts, evidence, photos and decisions are those whose SHA-256 an event names."""
    contract, named = ("private/contract/version-{version}", "fingerprint"), set()
    places = {
        **dict.fromkeys(("contract.sent", "contract.accepted", "amendment.proposed", "amendment.accepted"), contract),
        "evidence.added": ("private/evidence/{dispute}/{number:03d}", "sha256"),
        "receipt_photo.added": ("private/receipt/photo-{photo}", "sha256"),
        "decision.published": ("private/decisions/{dispute}-{decision}", "digest"),
    }
    starts = ("private/evidence/", "private/contract/version-", "private/decisions/", "private/receipt/photo-")
    files = {name.rpartition(".")[0]: name for name in box.sums if name.startswith(starts)}
    for number, event in ((number, event) for number, event in events.items() if event.get("kind") in places):
        place, field = places[event["kind"]]
        name = files.get(place.format(**event["data"]))
        named.add(name)
        if name and box.sums[name] != event["data"][field]:
            found.wrong.append(f"{name} is not the file that event {number} names.")
    found.wrong += [f"{name} is named by no event." for name in files.values() if name not in named]
    return f"{len(files)} contracts, decisions, photos and pieces of evidence are those that the events name."


def _ledger(box, manifest, events, found):
    """Escrow is what came in less what went out, never below zero, and ends as listed."""
    held, rows = 0, list(csv.DictReader(io.StringIO(box.text("public/ledger.csv"))))
    for row in rows:
        amount = int(row["amount_minor"])
        held += amount * ((row["credit"] == "escrow") - (row["debit"] == "escrow"))
        same = int(row["amount"].replace(".", "")) == amount and held == int(row["escrow_after_minor"])
        if amount <= 0 or held < 0 or row["credit"] == row["debit"] or not same:
            found.wrong.append(f"The ledger does not add up at row {row['row']}.")
    if held != manifest["escrow_minor"]:
        found.wrong.append(f"The ledger leaves {held} in escrow; {manifest['escrow_minor']} are listed.")
    return f"{len(rows)} transfers add up to what escrow holds, {held} {manifest['currency']} in minor units."


def _personal(box, manifest, events, found):
    if "private/personal.jsonl" not in box.names:
        return ""
    lines = [json.loads(line) for line in box.text("private/personal.jsonl").splitlines()]
    for line in lines:
        made = sha256(line["salt"] + canonical(line["values"]))
        if events.get(line["number"], {}).get("data", {}).get("commitment") != made:
            found.wrong.append(f"The personal values of event {line['number']} are not those that it commits to.")
    return f"{len(lines)} sets of personal values are those that their events commit to."


def _root(box, manifest, events, found):
    root = json.loads(box.text("public/root.json"))
    if not root:
        return "No daily root covers this order yet; the next one is made at night."
    made = hashlib.sha256(b"\x00" + bytes.fromhex(root["head"])).digest()
    for side, other in root["steps"]:
        pair = bytes.fromhex(other) + made if side == "left" else made + bytes.fromhex(other)
        made = hashlib.sha256(b"\x01" + pair).digest()
    if made.hex() != root["root"] or events.get(root["event"], {}).get("hash") != root["head"]:
        found.wrong.append(f"The proof does not lead from event {root['event']} to the root of {root['day']}.")
    found.facts.update(day=root["day"], root=root["root"], covered=root["event"])
    return f"Events 1 to {root['event']} are fixed by the root of {root['day']}."


def main(words):
    root = words[words.index("--root") + 1].lower() if "--root" in words[:-1] else ""
    plain = [word for word in words if word != "--root" and word.lower() != root]
    found = check(plain[0] if plain else Path(__file__).resolve().parent)
    if root and found.facts.get("root") != root:
        found.wrong.append(f"This case file leads to the root {found.facts.get('root')}, not to the one that you gave.")
    for label, value in found.facts.items():
        print(f"{label:>9}: {value}")
    print(*[f"    holds: {said}" for said in found.holds], *[f"    WRONG: {said}" for said in found.wrong], sep="\n")
    print("Something is wrong with this case file." if found.wrong else "All of it holds.")
    return 1 if found.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
