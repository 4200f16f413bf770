"""Plays the migration guide from day 0 to day 14: a real Redis, a real MariaDB, two sample applications, the proxy, users who
talk all the while. At every stop each message that was ever sent is looked for in every store that should have it.

    play.py --turnout BINARY --redis URL --mysql URL --folder DIR [--contexts 100000] [--talkers 300]
"""

import argparse
import json
import os
import sys
import time

from stores import Stores
from system import System
from talkers import Talkers
from users import FLAG, Users


class Play:
    def __init__(self, options):
        self.system = System(options)
        self.stores = Stores(options.redis, options.mysql)
        self.users = Users(options.contexts)
        self.folder = options.folder
        self.messages = ["--messages", options.mysql]
        self.mysql = options.mysql
        self.talkers = None
        self.share = 0
        self.start = time.monotonic()

    def say(self, text):
        print(f"{time.monotonic() - self.start:6.1f} s  {text}", flush=True)

    def turnout(self, *arguments, expected=(0,)):
        """Runs a command to its end; what it printed."""
        begin = time.monotonic()
        output = self.system.run(*arguments, expected=expected)
        self.say(f"turnout {' '.join(arguments[:4])}: {time.monotonic() - begin:.1f} s")
        return output

    # What the guide's reader does

    def prepare(self):
        self.stores.create_table()
        self.users.store(self.stores)
        self.say(f"{len(self.users.all)} legacy contexts, {self.users.message_count} messages in MariaDB")
        self.stores.redis.set(FLAG, 0)
        self.system.start()
        self.talkers = Talkers(self.system.port, self.users.talkers(self.system.options.talkers))
        self.talkers.start()

    def preflight(self):
        backups = os.path.join(self.folder, "backups")
        os.makedirs(backups)
        self.turnout("preflight", "--backups", backups, "--mysql", self.mysql)
        assert len(os.listdir(backups)) >= 2, os.listdir(backups)

    def smoke(self):
        """At 0 % nobody comes to unified by chance, so somebody is sent there."""
        self.turnout("allow", "turnout-smoke")
        self.turnout("smoke", "--proxy", self.system.proxy)
        self.turnout("allow", "turnout-smoke", "--remove")

    def inspect(self):
        """A week in a minute: how many conversations begin is not what it was, so 12 is right as well."""
        report = json.loads(self.turnout("inspect", "--json", expected=(0, 12)))
        self.say(f"inspect: {json.dumps(report)[:400]}")

    def validate(self):
        """All holds but memory: users who have contexts in both layouts at once are what the guide does not have."""
        report = json.loads(self.turnout("validate", "--proxy", self.system.proxy, "--json", expected=(0, 12)))
        failed = {check["name"] for check in report["checks"] if check["outcome"] == "fail"}
        assert failed <= {"Redis memory"}, report

    def raise_to(self, share):
        """Migrate whom the raise will move, raise, and migrate once more what was said on legacy meanwhile."""
        if share == 10:
            self.dry_run()
        self.turnout("migrate", "--stage", str(share), *self.messages)
        self.turnout("set", str(share), "--yes")
        self.move_to(share)

    def dry_run(self):
        lines = [json.loads(line) for line in self.turnout("migrate", "--stage", "10", "--dry-run").splitlines()]
        expected = sum(user.bucket < 10_000 for user in self.users.all)
        assert not self.stores.unified_keys(), "a dry run has written"
        # Talkers without a context may have begun one meanwhile.
        assert expected <= len(lines) <= expected + len(self.talkers.users), (expected, len(lines))

    def move_to(self, share):
        self.share = share
        self.talkers.settle()
        self.turnout("migrate", "--buckets", f"0..{share}", *self.messages)

    def kill(self):
        preview = json.loads(self.turnout("kill", "--preview", "--json"))
        self.say(f"the preview of the kill: {json.dumps(preview)[:300]}")
        self.turnout("kill")
        self.share = 0
        self.talkers.settle()
        self.turnout("migrate", "--reverse")

    def restore(self, share):
        self.turnout("migrate", "--buckets", f"0..{share}", *self.messages)
        self.turnout("restore")
        self.move_to(share)

    def clean_up(self):
        dump = os.path.join(self.folder, "legacy.dump")
        legacy = self.stores.legacy_values()
        self.turnout("cleanup", "legacy", "--yes", "--dump", dump, expected=(1,))
        assert self.stores.legacy_values() == legacy, "a cleanup that was refused has removed something"
        self.turnout("cleanup", "legacy", "--yes", "--dump", dump, "--force")
        assert not self.stores.legacy_values()
        self.turnout("restore-dump", dump)
        assert self.stores.legacy_values() == legacy, "the dump has not brought back what was removed"
        self.turnout("cleanup", "legacy", "--yes", "--dump", dump + ".2", "--force")

    # What must be true

    def stop_and_compare(self, when, everyone=False):
        """Nobody talks for a moment. Every message that was sent is in the log, and every context holds the last ten."""
        with self.talkers.silence():
            assert not self.talkers.failures, self.talkers.failures[:5]
            log = self.whole_log(when)
            users = self.users.all if everyone else self.talkers.users
            contexts = self.stores.contexts([(user, user.bucket < self.share * 1_000) for user in users])
            lost = []
            for user, context in zip(users, contexts):
                expected = log[user.name_and_role][-10:]
                if context != expected:
                    lost.append((user, expected, context))
            for user, expected, context in lost[:3]:
                print(f"{when}: {user.name_and_role}\n  expected {expected}\n  has      {context}", file=sys.stderr)
            assert not lost, f"{when}: {len(lost)} of {len(users)} contexts are not the last ten messages"
            count = sum(len(messages) for messages in self.talkers.said.values())
            self.say(f"{when}: {len(users)} contexts hold the last messages of all; {count} were sent under way")

    def whole_log(self, when, seconds=10):
        """What MariaDB has of everybody, as soon as the applications have written all that was said."""
        deadline = time.monotonic() + seconds
        while True:
            log = self.stores.log()
            missing = [
                (user, text) for user, said in self.talkers.said.items()
                for texts, logged in ((said, {content for _, content, _ in log[user]}),)
                for pair in texts for text in pair if text not in logged]
            if not missing:
                return log
            assert time.monotonic() < deadline, f"{when}: {len(missing)} messages are in no log: {missing[:3]}"
            time.sleep(0.2)

    def play(self):
        self.prepare()
        try:
            self.preflight()
            self.smoke()
            self.raise_to(10)
            self.stop_and_compare("at 10 %")
            self.inspect()
            self.raise_to(50)
            self.stop_and_compare("at 50 %")
            self.turnout("verify", *self.messages)
            self.kill()
            self.stop_and_compare("after the kill and the way back")
            self.restore(50)
            self.stop_and_compare("after the restore")
            self.raise_to(100)
            self.stop_and_compare("at 100 %", everyone=True)
            self.validate()
            self.clean_up()
            self.stop_and_compare("at the end", everyone=True)
        finally:
            self.talkers.stop()
            self.system.stop()


def arguments(contexts):
    """Parses the command line; `contexts` is how many there are unless it says otherwise."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--turnout", required=True)
    parser.add_argument("--redis", required=True)
    parser.add_argument("--mysql", required=True)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--contexts", type=int, default=contexts)
    parser.add_argument("--talkers", type=int, default=300)
    return parser


if __name__ == "__main__":
    Play(arguments(contexts=100_000).parse_args()).play()
