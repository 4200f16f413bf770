"""Plays the migration guide on a model of the application that it is about, with the layout spec-012: a real Redis, a real
MariaDB, both versions of the application, the proxy, users who talk all the while. At every stop each user's state and messages
are compared with those that the application itself would have, in the store where the user is then.

    play_application.py --turnout BINARY --redis URL --mysql URL --folder DIR [--contexts 20000] [--talkers 300]
                        [--admins-begin-anew]
"""

import json
import os
import sys
import time
import urllib.request

import redis

from database import Database
from expected import differences
from layouts import SECONDS, Legacy, Unified, UnifiedContext, Unreadable
from play import Play, arguments
from shoppers import Shoppers, ShoppingTalkers
from system import System, free_port
from users import FLAG


class ApplicationSystem(System):
    """As `System`, with both versions of the model in the place of the sample applications."""

    def start(self):
        self.versions = {version: free_port() for version in ("legacy", "unified")}
        for version, port in self.versions.items():
            self.launch(
                os.path.join(os.path.dirname(os.path.abspath(__file__)), "application.py"), version, "--listen", str(port),
                "--redis", self.options.redis, "--mysql", self.options.mysql,
                *(["--admins-begin-anew"] if self.options.admins_begin_anew else []), program=sys.executable)
        for port in self.versions.values():
            self.wait_for(port)
        self.configure()
        self.launch("serve")
        for port in (self.port, self.admin):
            self.wait_for(port)

    def configure(self):
        """turnout.yaml, which the commands read too."""
        with open(os.path.join(self.options.folder, "turnout.yaml"), "w") as file:
            file.write(f"""\
listen: 127.0.0.1:{self.port}
contexts:
  layout: spec-012
cohorts:
  legacy: {{servers: [http://127.0.0.1:{self.versions["legacy"]}]}}
  unified: {{servers: [http://127.0.0.1:{self.versions["unified"]}]}}
# PHPSESSID is new at each login, so it would draw the user anew: a header names the user.
user_key: {{sources: [header: X-User-Id]}}
""")

    def writes(self):
        """Key -> what the application wrote there last and when."""
        writes = {}
        for port in self.versions.values():
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/writes") as response:
                writes |= json.load(response)
        return writes


class ApplicationPlay(Play):
    def __init__(self, options):
        self.system = ApplicationSystem(options)
        self.redis = redis.Redis.from_url(options.redis, decode_responses=True)
        self.database = Database(options.mysql)
        self.shoppers = Shoppers(options.contexts, options.talkers)
        self.folder, self.mysql = options.folder, options.mysql
        self.messages = ["--messages", options.mysql]
        self.talkers = None
        # In percent; those below the largest that ever was have moved.
        self.share = self.largest = 0
        self.start = time.monotonic()
        self.losses = 0
        self.is_cleaned = False

    def prepare(self):
        self.shoppers.store(self.redis, self.database)
        self.say(f"{sum(1 for one in self.shoppers.all if one.value)} legacy contexts, {len(self.shoppers.talkers)} talkers")
        self.redis.set(FLAG, 0)
        self.system.start()
        self.talkers = ShoppingTalkers(
            self.system.port, self.shoppers.talkers, not self.system.options.admins_begin_anew)
        self.talkers.start()

    def turnout(self, *arguments, expected=(0,)):
        self.talkers and self.tell("turnout", *arguments[:3])
        output = super().turnout(*arguments, expected=expected)
        self.talkers and self.tell("it ended")
        return output

    def tell(self, *words):
        for shopper in self.talkers.users:
            shopper.tell(*words)

    def below(self, share):
        return [shopper for shopper in self.shoppers.all if shopper.bucket < share * 1_000]

    # What the guide's reader does

    def raise_to(self, share):
        """Migrate whom the raise will move, raise, and migrate once more what was said on legacy meanwhile."""
        if share == 10:
            self.dry_run()
        begin = self.share
        self.migrate("--stage", str(share), among=set(self.below(share)) - set(self.below(begin)))
        self.switch(begin, share, "set", str(share), "--yes")
        self.migrate("--buckets", f"0..{share}", among=self.below(share))
        self.go_on()

    def raise_following(self, share):
        """Nobody waits: the migration goes on until nothing more can come from legacy."""
        among = set(self.below(share)) - set(self.below(self.share))
        with self.talkers.silence():
            for shopper in among:
                shopper.expected.migration_begins()
        report = os.path.join(self.folder, "report.jsonl")
        follower = self.system.begin("migrate", "--stage", str(share), "--follow", *self.messages, "--report", report)
        # It says that the first pass is done.
        follower.stderr.readline()
        self.turnout("set", str(share), "--yes")
        self.share = self.largest = share
        output = follower.communicate()
        self.tell("--follow ended")
        self.say(f"turnout migrate --stage {share} --follow ended with {follower.returncode}")
        if follower.returncode not in (0, 2):
            raise SystemExit(output)
        self.check("--follow", "what it lists", self.listed(report, among))
        with self.talkers.silence():
            for shopper in among:
                shopper.expected.migration_ends(follows=True)
        self.talkers.settle()

    def dry_run(self):
        before = Stored(self.redis, {})
        lines = self.turnout("migrate", "--stage", "10", "--dry-run", *self.messages, expected=(0, 2)).splitlines()
        self.say(f"the dry run: {len(lines)} lines")
        written = [key for key in Stored(self.redis, {}).values if key not in before.values and key.startswith("conversation:")]
        self.check("the dry run", "keys of unified", written)

    def migrate(self, *arguments, among):
        """While everybody talks who is not held."""
        with self.talkers.silence():
            for shopper in among:
                shopper.expected.migration_begins()
        report = os.path.join(self.folder, "report.jsonl")
        self.turnout("migrate", *arguments, *self.messages, "--report", report, expected=(0, 2))
        self.check(" ".join(arguments), "what it lists", self.listed(report, among))
        with self.talkers.silence():
            for shopper in among:
                shopper.expected.migration_ends()

    def listed(self, report, among):
        """It lists who could not be moved, which are those with a value that cannot be read or without a row; and warnings."""
        listed = {}
        if os.path.exists(report):
            with open(report) as file:
                listed = {line["key"]: line["reason"] for line in map(json.loads, file)}
            os.remove(report)
        stuck = {shopper.legacy: shopper for shopper in among if shopper.is_spoiled or shopper.is_rowless}
        return [f"{key}: {reason}" for key, reason in listed.items()
                if key not in stuck and not reason.startswith("warning")] + [
            f"{shopper} is not listed" for key, shopper in stuck.items() if key not in listed and not shopper.asked]

    def switch(self, begin, end, *command):
        """Who says something on both sides before the next migration has two contexts, of which one stays: most users wait
        for it, the impatient do not."""
        self.talkers.settle()
        moved = [shopper for shopper in self.shoppers.talkers if begin * 1_000 <= shopper.bucket < end * 1_000]
        self.talkers.hold(shopper for shopper in moved if not shopper.impatient)
        self.turnout(*command)
        self.share, self.largest = (0, self.largest) if command == ("kill",) else (end, max(end, self.largest))
        self.talkers.settle()
        self.talkers.hold(moved)

    def go_on(self):
        self.talkers.hold([])
        self.talkers.settle()

    def kill(self):
        moved = self.below(self.share)
        with self.talkers.silence():
            preview = json.loads(self.turnout("kill", "--preview", "--json"))
            losing = sum(one.expected.unified_changed and one.expected.latest() != [None] for one in moved)
            self.check("the preview of the kill", f"{losing} users have gone on on unified", [
                f"it says {preview['users_losing']}"] if preview["users_losing"] != losing else [])
        self.switch(0, self.share, "kill")
        self.turnout("migrate", "--reverse", *self.messages)
        for shopper in moved:
            shopper.expected.backward()
        self.go_on()

    def restore(self, share):
        self.migrate("--buckets", f"0..{share}", among=self.below(share))
        self.switch(0, share, "restore")
        self.migrate("--buckets", f"0..{share}", among=self.below(share))
        self.go_on()

    def verify(self):
        """Nothing differs; some values cannot be read."""
        found = json.loads(self.turnout("verify", *self.messages, "--json", expected=(0, 2, 12)))
        self.check("verify", f"{found['same']} are the same, {found['live_since']} went on", [
            f"{name}: {found[name]}" for name in ("differs", "misplaced") if found[name]])

    def clean_up(self):
        self.turnout("cleanup", "legacy", "--yes", "--dump", os.path.join(self.folder, "legacy.dump"), "--force")
        self.is_cleaned = True
        left = [key for prefix in Legacy.KEYS.values() for key in self.redis.scan_iter(prefix + "*", count=5_000)]
        self.check("after the cleanup", "legacy keys", [f"{key} is still there" for key in left])

    # What must be true

    def stop_and_compare(self, when):
        with self.talkers.silence():
            self.check(when, "replies", self.talkers.failures)
            self.talkers.failures = []
            stored = Stored(self.redis, self.system.writes())
            read = [shopper for shopper in self.shoppers.all if not shopper.is_spoiled]
            unified = [shopper for shopper in read if shopper.bucket < self.share * 1_000]
            legacy = [shopper for shopper in read if shopper.bucket >= self.share * 1_000]
            self.check(when, f"users on unified ({len(unified)})", self.each(unified, stored.unified))
            self.check(when, f"users on legacy ({len(legacy)})", self.each(legacy, stored.legacy))
            untouched = [shopper for shopper in self.shoppers.all
                         if shopper.bucket >= self.largest * 1_000 or shopper.is_spoiled and not self.is_cleaned]
            self.check(when, f"users who never moved ({len(untouched)})", self.each(untouched, stored.untouched))
            self.check(when, "messages", self.missing_messages())
            said = sum(map(len, self.talkers.said.values()))
            both = sum(shopper.expected.conflicts for shopper in self.shoppers.all)
            self.say(f"{when}: {said} messages were sent; {both} times somebody had talked on both sides between two runs")

    def each(self, shoppers, look):
        return [f"{shopper}: {difference}" for shopper in shoppers for difference in look(shopper)]

    def missing_messages(self):
        logs = {role: self.database.messages(role) for role in ("client", "admin")}
        return [f"{shopper}: {fault}" for shopper in self.shoppers.talkers
                for row, messages in shopper.expected.rows.items()
                for fault in unlike(f"row {row}", messages, logs[shopper.role].get(row, []))]

    def check(self, when, what, wrong):
        self.losses += len(wrong)
        self.say(f"{when}: {what}: {f'{len(wrong)} WRONG' if wrong else 'as they should be'}")
        for line in wrong[:8]:
            print(f"  {line}", file=sys.stderr, flush=True)
        for shopper in self.talkers.users:
            if any(shopper.user in str(line) for line in wrong[:8]):
                print(f"  {shopper}:", *(f"    {event}" for event in shopper.story[-15:]), sep="\n", file=sys.stderr, flush=True)

    def play(self):
        self.prepare()
        try:
            self.preflight()
            self.stop_and_compare("at 0 %")
            self.raise_to(10)
            self.stop_and_compare("at 10 %")
            self.verify()
            self.raise_following(50)
            self.stop_and_compare("at 50 %")
            self.raise_to(100)
            self.stop_and_compare("at 100 %")
            self.kill()
            self.stop_and_compare("after the kill and the way back")
            self.verify()
            self.restore(100)
            self.stop_and_compare("at 100 % again")
            self.clean_up()
            self.stop_and_compare("at the end")
        finally:
            self.talkers.stop()
            self.system.stop()
        if self.losses:
            raise SystemExit(f"{self.losses} losses")


class Stored:
    """All that Redis has, read at once while nobody talks, and how it differs from what it should be."""

    def __init__(self, connection, writes):
        keys = [key for key in connection.scan_iter(count=5_000) if ":" in key]
        self.values, self.ends = {}, {}
        now = time.time()
        for start in range(0, len(keys), 5_000):
            some = keys[start:start + 5_000]
            pipeline = connection.pipeline(transaction=False)
            for key in some:
                pipeline.pttl(key)
            strings = [key for key in some if key.startswith(("chat:", "conversation:"))]
            self.values |= zip(strings, connection.mget(strings) if strings else [])
            self.ends |= {key: now + life / 1_000 for key, life in zip(some, pipeline.execute())}
        self.writes = writes
        # user -> the keys that name the user
        self.keys = {}
        for key in keys:
            for part in key.split(":"):
                if len(part) == 36:
                    self.keys.setdefault(part, set()).add(key)

    def legacy(self, shopper):
        try:
            context = Legacy.read(shopper.role, self.values.get(shopper.legacy))
        except Unreadable as fault:
            return [f"the application cannot read {self.values[shopper.legacy]}: {fault}"]
        return one_of(shopper.expected.legacy, context) or self.life(shopper.role, shopper.legacy, context)

    def unified(self, shopper):
        wrong = []
        for row, possible in shopper.expected.conversations.items():
            if row not in shopper.expected.targets:
                continue
            keys = Unified.keys(shopper.role, shopper.user, row)
            found = UnifiedContext.read(shopper.role, *(self.values.get(key) for key in keys))
            faults = one_of(possible, found and found.context)
            if found:
                faults = faults or [fault for key in keys for fault in self.life(shopper.role, key, found.context)]
                messages = [(message["role"], message["content"]) for message in found.history]
                faults = faults + unlike("history", shopper.expected.rows[row][-10:], messages)
            wrong += [f"row {row}: {fault}" for fault in faults]
        return wrong

    def untouched(self, shopper):
        """Only the application has written, and nobody has made a key about this user."""
        value = self.writes.get(shopper.legacy, (shopper.value and shopper.value.decode(), 0))[0]
        others = self.keys.get(shopper.user, set()) - {shopper.legacy}
        return ([f"the key has {self.values.get(shopper.legacy)}, written was {value}"]
                if self.values.get(shopper.legacy) != value else []) + [f"there is {key}" for key in others]

    def life(self, role, key, context):
        """A context lives for its time after the last activity, wherever it is."""
        if context is None:
            return []
        end = context.updated + SECONDS[role]
        left = self.ends.get(key, 0)
        return [] if abs(left - end) < 4 else [f"{key} ends {left - end:.0f} s too late"]


def unlike(what, expected, found):
    if expected == found:
        return []
    lacks, more = ([text for _, text in ones if text not in {text for _, text in others}]
                   for ones, others in ((expected, found), (found, expected)))
    return [f"{what} of {len(found)} messages, expected {len(expected)}; lacks {lacks}, has {more} more"]


def one_of(possible, found):
    """Nothing if it is one of what may be there; else how it differs from what is nearest."""
    return min((differences(expected, found) for expected in possible), key=len)


if __name__ == "__main__":
    parser = arguments(contexts=20_000)
    parser.add_argument("--admins-begin-anew", action="store_true", help="as with the ORM version that was tried")
    ApplicationPlay(parser.parse_args()).play()
