"""What the application itself would have of a user, if nothing were lost on the way: what every store is compared with.

A user has one context on legacy, and one for each row on unified. A migration carries what changed on one side to the other.
Where both sides changed between two runs, either is right, or each member as it was changed last; the next reply tells."""

import copy
import dataclasses
import itertools

from assistant import Context, answer, draft_of


# Of what may be there, so many are kept.
LIMIT = 50
MEMBERS = ("created", "updated", "turns", "tool", "flow", "language", "chosen", "cart", "products", "period", "pending", "draft")


def narrowed(context):
    """What unified has room for."""
    if context is not None:
        context = copy.deepcopy(context)
        context.chosen, context.products, context.pending = context.chosen[:5], context.products[-1:], context.pending[-1:]
    return context


def within(span, seconds):
    """Stored times are whole seconds, of some moment between the question and its answer."""
    return int(span[0]) <= seconds <= span[1]


def differences(expected, found):
    """By meaning: members that the other layout has no room for do not count."""
    if expected is None or found is None:
        return [] if expected is found else [f"expected {expected}, found {found}"]
    names = ["turns", "tool"]
    names += ["flow", "language", "chosen", "cart"] if expected.role == "client" else ["products", "period", "draft"]
    wanted, had = narrowed(expected), narrowed(found)
    result = [f"{name}: expected {getattr(wanted, name)!r}, found {getattr(had, name)!r}"
              for name in names if getattr(wanted, name) != getattr(had, name)]
    result += [f"{name}: expected {getattr(wanted, name)}, found {getattr(had, name)}"
               for name in ("created", "updated") if not within(getattr(wanted, name), getattr(had, name))]
    if [task[:2] for task in wanted.pending] != [task[:2] for task in had.pending] or not all(
            within(one[2], other[2]) for one, other in zip(wanted.pending, had.pending)):
        result.append(f"pending: expected {wanted.pending}, found {had.pending}")
    return result


class Expected:
    def __init__(self, role, rows, context=None):
        self.role = role
        # Row -> [(who, text)]; the newest row is the last.
        self.rows = rows
        # Each is a list of what may be there; None: nothing.
        self.legacy = [context]
        self.conversations = {}
        # What both sides were when they were last the same.
        self.base = []
        # Conversations on unified that the application does not find again, the latest last.
        self.strays = []
        # What was used on unified since both sides were the same, the latest last: (its base is known, the contexts).
        self.used = {}
        self.erased = False
        self.moved = self.legacy_changed = self.unified_changed = self.said_before = False
        self.conflicts = 0
        # While a migration runs: every state that it may have found on legacy.
        self.seen = None
        # The rows that went on on unified before it had ended.
        self.came_over = set()

    # What the user does

    def message(self, version, row, text, reply, span):
        """Nothing, or what the reply should have been."""
        if version == "unified":
            self.come_over(row)
        self.rows.setdefault(row, []).extend([("user", text), ("assistant", reply)])
        if version == "legacy":
            self.legacy_changed = True
            self.legacy, wrong = self.answered(self.legacy, text, reply, span)
            self.see()
            return wrong
        self.unified_changed = True
        possible = self.conversations.get(row, [None])
        if row in self.came_over:
            # What legacy wrote last may come in between any two messages.
            possible = self.followed(possible)
        # Where no conversation lies under the row, another begins that is not found again.
        found, wrong = self.answered(possible, text, reply, span)
        found = [narrowed(context) for context in found]
        if None not in possible or found[0].turns > 1:
            self.conversations[row] = found
            self.used.pop(row, None)
            self.used[row] = (True, found)
        else:
            self.conversations.pop(row, None)
            self.strays.append(found[0])
            self.used[len(self.strays)] = (False, found[:1])
        return wrong

    def come_over(self, row):
        """While a migration runs that follows: what is there was carried a moment ago."""
        if self.seen is not None and not self.unified_changed and self.said_before:
            self.conversations |= {target: self.carried() for target in self.targets}
            self.came_over = {row} & set(self.targets)

    def answered(self, possible, text, reply, span):
        results = [copy.deepcopy(context) or Context(self.role, span, span) for context in possible]
        replies = [answer(context, text, span) for context in results]
        right = [context for context, one in zip(results, replies) if one == reply]
        return (right, None) if right else (results, replies)

    def erase(self, version, row):
        if version == "legacy":
            self.legacy_changed = self.legacy_changed or self.legacy != [None]
            self.legacy = [None]
            self.see()
            return
        self.come_over(row)
        if self.conversations.get(row, [None]) != [None]:
            self.unified_changed = self.erased = True
            self.conversations[row] = [None]
            self.used.pop(row, None)

    def begin(self, version, row):
        """An admin's new row. On unified nothing lies under it, until a migration finds that it is where the application looks."""
        self.rows[row] = []
        if version == "unified":
            self.conversations[row] = [None] if self.seen is None else [None, *self.carried()]

    # What a migration does

    @property
    def targets(self):
        """All rows of a customer, the newest one of an admin."""
        return list(self.rows)[-1 if self.role == "admin" else 0:]

    def migration_begins(self):
        self.seen, self.said_before, self.legacy_changed = list(self.legacy), self.legacy_changed or not self.moved, False

    def see(self):
        if self.seen is not None:
            self.seen += self.legacy

    def carried(self):
        return unique([narrowed(context) for context in self.seen])

    def followed(self, had):
        """A conversation that went on while the migration follows: as it is, or with what legacy wrote since."""
        carried = self.carried()
        return unique(had + merged(self.base + carried, had, carried))[:LIMIT]

    def migration_ends(self, follows=False):
        """What was said on legacy meanwhile may have been carried or not: it counts as said afterwards, unless it follows."""
        changed, conflict = self.said_before or self.legacy_changed, self.said_before and self.unified_changed
        self.conflicts += conflict and not follows
        if follows:
            self.seen, self.legacy_changed = self.legacy, False
        carried = self.carried()
        for row in self.targets:
            had = self.conversations.get(row)
            if row in self.came_over:
                if had is not None:
                    self.conversations[row] = self.followed(had)
            elif conflict:
                had = had or [None]
                self.conversations[row] = unique(had + carried + merged(self.base, had, carried))
            elif changed or had is None and not self.unified_changed:
                self.conversations[row] = carried
            elif not self.unified_changed and had is not None and had != carried:
                # Two rows that went their own ways, and came back as one.
                self.conversations[row] = unique(had + carried)
        if changed:
            self.base = carried
        self.moved, self.seen, self.came_over = True, None, set()

    def backward(self):
        """The context of the conversation used last, or what all that were used changed of the legacy one, one after the other.
        What the user erased on unified comes back in neither way."""
        if self.unified_changed:
            self.conflicts += self.legacy_changed
            latest = self.latest()
            self.legacy = self.base = unique(
                (latest if self.used else []) + self.folded() + (self.legacy if self.legacy_changed else [])
                + (merged(self.base, self.legacy, latest) if self.legacy_changed else []))
            for context in filter(None, self.legacy):
                # Legacy has no draft besides its tasks.
                context.draft = draft_of(context.pending)
        self.legacy_changed = self.unified_changed = self.erased = False
        self.used = {}

    def folded(self):
        known = any(is_known for is_known, _ in self.used.values())
        results = [None] * self.erased + self.legacy * (not self.erased or known or self.legacy_changed)
        for is_known, contexts in self.used.values():
            # What began on unified changed what is not as in an empty context.
            bases = self.base if is_known else [Context(self.role, (0, 0), (0, 0), turns=1)]
            results = unique([overlaid(value, context, base)
                              for value, context, base in itertools.product(results, contexts, bases)])
        if self.legacy_changed:
            # Legacy's own changes stay.
            results = unique(results + merged(self.base, self.legacy, results))
        return results[:LIMIT]

    def latest(self):
        """The conversation with the latest activity is the current one."""
        all = [context for possible in self.conversations.values() for context in possible if context] + self.strays
        newest = max((int(context.updated[0]) for context in all), default=0)
        return [context for context in all if context.updated[1] >= newest] or [None]


def merged(bases, ones, others):
    """Each member from the side where it changed since both were the same; from the one used last, if it changed on both."""
    results = []
    for base, one, other in itertools.product(bases, ones, others):
        if base and one and other:
            base, one, other = narrowed(base), narrowed(one), narrowed(other)
            for later in {id(context): context for context in (one, other)
                          if context.updated[1] >= max(int(one.updated[0]), int(other.updated[0]))}.values():
                earlier = one if later is other else other
                results.append(dataclasses.replace(later, **{
                    name: getattr(earlier if getattr(later, name) == getattr(base, name) else later, name)
                    for name in MEMBERS}))
    return results


def overlaid(value, context, base):
    """What the context changed of its base, on top of another value."""
    if value is None or base is None:
        return context
    return dataclasses.replace(value, **{
        name: getattr(context, name) for name in MEMBERS if getattr(context, name) != getattr(narrowed(base), name)})


def unique(contexts):
    result = []
    for context in contexts:
        if context not in result and len(result) < LIMIT:
            result.append(context)
    return result
