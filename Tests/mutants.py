#!/usr/bin/env python3
"""Makes random mutants and counts how many the tests of their own module notice.

A mutant is one small change of the sources: a Boolean literal negated, a number changed (an integer by one, one of a million or
more and a fraction by a tenth),
`<` made `<=`, `==` made `!=`, `&&` made `||`, or one of these the other way round. Places are drawn by a printed seed; a
module gets its share by its number of lines. Numbers stand in half of all places, most of them as capacities, indices and
column widths: one in four of them takes part in the draw.

All mutants are compiled into one test program, and the environment variable ACTIVE_MUTANT selects one at run time, so
there is one build, not one for each mutant: a literal becomes `(isMutant(17) ? false : true)`, an operator becomes an operator of
its own whose function does one or the other. A mutant that does not compile is dropped, with what the compiler said about it,
and the build is repeated. A first run with none active notes which mutants the tests of a module reach at all; those that
nothing reaches survive without a run of their own. Each of the others gets a run of its module's tests, which ends at the first
issue; a crash, or more than five times the usual time, counts as noticed, too.

What cannot matter to a test is left out: comments and texts, capacities that are only reserved (`reserveCapacity`,
`minimumCapacity`, `keepingCapacity`), messages and conditions of preconditions and assertions, attributes and `#if`. `@inlinable`,
`@inline` and `@_noLocks` are removed in the copy, as they would forbid the switch and change nothing in a debug build.

The work is done in a copy of the tree (`.build/mutants` unless --copy says otherwise), which keeps its build for the next time.
"""

import argparse
import collections
import concurrent.futures
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

MODULES = ["Flags", "HTTPWire", "Statistics", "FlagStore", "Conversations", "Proxy", "Admin"]
GOAL = 85

SWAPS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "&&": "||", "||": "&&"}
TOKEN = re.compile(
    r"""(?P<word>[A-Za-z_]\w*)|(?P<number>0x[0-9A-Fa-f_]+|0b[01_]+|0o[0-7_]+|\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?)
    |(?P<operator>[-+*/%<>=!&|^~?.]+)|(?P<other>\S)""", re.X)
IMMATERIAL = re.compile(
    r"reserveCapacity|minimumCapacity|keepingCapacity|\bprecondition|\bassert|fatalError|unreachable|^\s*#|^\s*@available"
    r"|^\s*(package |public |private |fileprivate )?(infix|prefix|postfix) operator|^\s*import ")


class Mutant:
    def __init__(self, module, path, line, column, was, became, kind):
        self.module, self.path, self.line, self.column = module, path, line, column
        self.was, self.became, self.kind = was, became, kind
        self.number = 0
        self.outcome = None

    def __str__(self):
        return f"{self.path}:{self.line}:{self.column} {self.was} -> {self.became}"


def blanked(text):
    """The text with comments and string literals (also what is interpolated) as spaces; lines stay where they are."""
    out, i, end = list(text), 0, len(text)

    def blank(start, stop):
        for k in range(start, min(stop, end)):
            if out[k] != "\n":
                out[k] = " "

    while i < end:
        if text.startswith("//", i):
            stop = text.find("\n", i)
            stop = end if stop < 0 else stop
            blank(i, stop)
            i = stop
        elif text.startswith("/*", i):
            stop = text.find("*/", i)
            stop = end if stop < 0 else stop + 2
            blank(i, stop)
            i = stop
        elif (match := re.compile(r'(#*)("""|")').match(text, i)) and text[i] in '#"':
            stop = string_end(text, match.end(), match.group(1), match.group(2))
            blank(i, stop)
            i = stop
        else:
            i += 1
    return "".join(out)


def string_end(text, i, hashes, quote):
    """Behind the string literal whose text begins at i."""
    escape = "\\" + hashes
    while i < len(text):
        if text.startswith(quote + hashes, i):
            return i + len(quote + hashes)
        if text.startswith(escape + "(", i):
            depth, i = 1, i + len(escape) + 1
            while depth and i < len(text):
                inner = re.compile(r'(#*)("""|")').match(text, i)
                if inner:
                    i = string_end(text, inner.end(), inner.group(1), inner.group(2))
                    continue
                depth += {"(": 1, ")": -1}.get(text[i], 0)
                i += 1
        elif text.startswith(escape, i):
            i += len(escape) + 1
        else:
            i += 1
    return i


def regions_of_no_interest(text):
    """Whole calls of preconditions and the like, and attributes with arguments: (start, end) pairs."""
    for match in re.finditer(r"\b(precondition|preconditionFailure|assert|assertionFailure|fatalError|unreachable)\(|@\w+\(", text):
        depth, i = 1, match.end()
        while depth and i < len(text):
            depth += {"(": 1, ")": -1}.get(text[i], 0)
            i += 1
        yield match.start(), i


def sites(root, module):
    """All places of a module where a mutant can be made."""
    found = []
    for path in sorted((root / "Sources" / module).rglob("*.swift")):
        text = path.read_text()
        code = blanked(text)
        closed = list(regions_of_no_interest(code))
        starts = [0] + [m.end() for m in re.finditer("\n", code)]
        relative = str(path.relative_to(root))
        for number, start in enumerate(starts, 1):
            stop = code.find("\n", start)
            line = code[start:] if stop < 0 else code[start:stop]
            if IMMATERIAL.search(line):
                continue
            generic = re.search(r"\bwhere\b", line) and re.search(r"\b(func|extension|struct|class|enum|init|typealias|protocol)\b", line)
            for token in TOKEN.finditer(line):
                at = start + token.start()
                if any(first <= at < last for first, last in closed):
                    continue
                before, after = line[: token.start()], line[token.end():]
                text_of = token.group()
                if token.lastgroup == "word" and text_of in ("true", "false"):
                    if before.endswith((".", "#")) or after.startswith(":"):
                        continue
                    other = "false" if text_of == "true" else "true"
                    found.append(Mutant(module, relative, number, token.start(), text_of, other, "literal"))
                elif token.lastgroup == "number":
                    if re.search(r"[.$<\w#]$", before) or re.match(r"\s*of\b|>|\w", after):
                        continue
                    if re.search(r"^\s*case\b[^:]*=\s*$", before):
                        continue
                    found.append(Mutant(module, relative, number, token.start(), text_of, changed(text_of), "literal"))
                elif token.lastgroup == "operator" and text_of in SWAPS:
                    if not (before.endswith(" ") or not before.strip()) or not (after.startswith(" ") or not after):
                        continue
                    if generic:
                        continue
                    found.append(Mutant(module, relative, number, token.start(), text_of, SWAPS[text_of], "operator"))
    return found


def changed(number):
    if number.startswith("0x"):
        return hex(int(number.replace("_", ""), 16) ^ 1)
    if number.startswith("0b"):
        return bin(int(number.replace("_", ""), 2) ^ 1)
    if number.startswith("0o"):
        return oct(int(number.replace("_", ""), 8) ^ 1)
    if re.search(r"[.eE]", number):
        value = float(number.replace("_", ""))
        return repr(value * 1.1 if value else 0.1)
    value = int(number.replace("_", ""))
    # One more of a million, such as the nanoseconds of a second, is no change that a clock would show.
    return str(value + (value // 10 if value >= 1_000_000 else 1))


SELECTION = '''import Glibc
import Synchronization

/// 0: none; -1: none, and the file MUTANTS_REACHED gets the number of each mutant that is reached.
private let activeMutant: Int = unsafe getenv("ACTIVE_MUTANT").flatMap { unsafe Int(String(cString: $0)) } ?? 0
private let reached = Mutex<Set<Int>>([])
private let reachedFile: Int32 =
  unsafe getenv("MUTANTS_REACHED").map { unsafe open($0, O_WRONLY | O_CREAT | O_APPEND, 0o600) } ?? -1

func isMutant(_ number: Int) -> Bool {
  if activeMutant == number { return true }
  if activeMutant < 0 { noteReached(number) }
  return false
}

private func noteReached(_ number: Int) {
  guard reached.withLock({ $0.insert(number).inserted }) else { return }
  let line = Array("\\(number)\\n".utf8)
  _ = unsafe line.withUnsafeBytes { unsafe write(reachedFile, $0.baseAddress, $0.count) }
}
'''


def symbol(number):
    """An operator that nobody else uses."""
    base = 0x2550
    return "".join(chr(base + digit) for digit in (number // 400, number % 400))


def operator_text(mutant):
    name, n = symbol(mutant.number), mutant.number
    was, became = mutant.was, mutant.became
    if was in ("&&", "||"):
        group = "LogicalConjunctionPrecedence" if was == "&&" else "LogicalDisjunctionPrecedence"
        # Without the first one the compiler does not always find that E is Never.
        isAnd = f"isMutant({n}) == {'false' if was == '&&' else 'true'}"
        return f"""infix operator {name}: {group}
fileprivate func {name} (left: Bool, right: @autoclosure () -> Bool) -> Bool {{ left != ({isAnd}) ? left : right() }}
fileprivate func {name} <E: Error>(left: Bool, right: @autoclosure () throws(E) -> Bool) throws(E) -> Bool {{
  if left != ({isAnd}) {{ return left }}
  return try right()
}}
"""
    bound = "Equatable" if was in ("==", "!=") else "Comparable"
    text = f"""infix operator {name}: ComparisonPrecedence
fileprivate func {name} <T: {bound}>(left: T, right: T) -> Bool {{ isMutant({n}) ? left {became} right : left {was} right }}
"""
    if bound == "Equatable":
        text += f"""fileprivate func {name} <T>(left: T?, right: _OptionalNilComparisonType) -> Bool {{
  isMutant({n}) ? left {became} nil : left {was} nil
}}
"""
    return text


def write_mutated(root, copy, module, mutants):
    """Restores the module in the copy, with these mutants in it."""
    by_path = collections.defaultdict(list)
    for mutant in mutants:
        by_path[mutant.path].append(mutant)
    for path in sorted((root / "Sources" / module).rglob("*.swift")):
        relative = str(path.relative_to(root))
        lines = path.read_text().split("\n")
        for mutant in sorted(by_path[relative], key=lambda m: -m.column):
            line = lines[mutant.line - 1]
            head, tail = line[: mutant.column], line[mutant.column + len(mutant.was):]
            middle = symbol(mutant.number) if mutant.kind == "operator" else \
                f"(isMutant({mutant.number}) ? {mutant.became} : {mutant.was})"
            lines[mutant.line - 1] = head + middle + tail
        text = "\n".join(lines)
        text = re.sub(r"@(_noLocks|inlinable|usableFromInline|_transparent|inline\(__always\)|inline\(never\)) ?", "", text)
        text += "".join("\n" + operator_text(m) for m in by_path[relative] if m.kind == "operator")
        write(copy / relative, text)
    write(copy / "Sources" / module / "Mutants.swift", SELECTION)


def write(path, text):
    """Leaves a file alone that is so already: the build goes by its time."""
    if path.exists() and path.read_text() == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def update_copy(root, copy, modules):
    """The files of the tree, but for the modules that are to be mutated: those are written by `write_mutated`."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=root, check=True, capture_output=True, text=True)
    names = [name for name in listed.stdout.split("\n") if name and (root / name).is_file()]
    skipped = tuple(f"Sources/{module}/" for module in modules)
    if root != copy:
        for name in names:
            if name.startswith(skipped) and name.endswith(".swift"):
                continue
            source, target = root / name, copy / name
            if target.exists() and target.read_bytes() == source.read_bytes():
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            shutil.copymode(source, target)
        known = set(names)
        for folder in ("Sources", "Tests"):
            for path in (copy / folder).rglob("*"):
                name = str(path.relative_to(copy))
                if path.is_file() and name not in known:
                    path.unlink()


def build(copy, targets):
    environment = dict(os.environ, TEST_TARGETS=" ".join(targets))
    done = subprocess.run(
        ["swift", "build", "--product", "turnoutPackageTests"], cwd=copy, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, errors="replace")
    return done.returncode == 0, done.stdout


def build_all(root, copy, modules, mutants):
    """Builds until it succeeds, without those that do not compile. Gives those that are in."""
    alive = list(mutants)
    while True:
        for module in modules:
            write_mutated(root, copy, module, [m for m in alive if m.module == module])
        start = time.monotonic()
        isBuilt, output = build(copy, [f"{module}Tests" for module in modules])
        print(f"  built with {len(alive)} mutants: {'yes' if isBuilt else 'no'}, {time.monotonic() - start:.0f} s", flush=True)
        if isBuilt:
            return alive
        errors = set(re.findall(r"(Sources/\S+?\.swift):(\d+):(\d+): error: (.*)", output))
        culprits = {}
        for path, line, column, message in errors:
            near = [m for m in alive if m.path == path and abs(m.line - int(line)) <= 12]
            exact = [m for m in near if m.line == int(line)]
            if path.endswith("/Mutants.swift"):
                continue
            candidates = exact or sorted(near, key=lambda m: abs(m.line - int(line)))[:1] or behind(copy, alive, path, int(line))
            for mutant in candidates:
                culprits[mutant] = message
        if not culprits:
            print(output[-6000:])
            sys.exit("mutants: the build fails, and not because of a mutant; see above")
        for mutant, message in culprits.items():
            print(f"  does not compile: {mutant}: {message[:100]}")
        alive = [m for m in alive if m not in culprits]


def behind(copy, alive, path, line):
    """An error among the operators at the end of a file names one of them; elsewhere in a file: all of that file."""
    lines = (copy / path).read_text().split("\n")
    text = "\n".join(lines[max(0, line - 4):line])
    named = [m for m in alive if m.path == path and m.kind == "operator" and symbol(m.number) in text]
    return named or [m for m in alive if m.path == path]


class Run:
    """One run of a module's tests with one mutant active."""

    def __init__(self, program, copy, module):
        self.program, self.copy, self.module = program, copy, module

    def judge(self, number, limit, reached=None):
        """'passed', or how the mutant was noticed; and the seconds it took."""
        environment = dict(os.environ, ACTIVE_MUTANT=str(number))
        if reached:
            environment["MUTANTS_REACHED"] = str(reached)
        words = [str(self.program), "--testing-library", "swift-testing", "--filter", rf"^{self.module}Tests\."]
        start = time.monotonic()
        process = subprocess.Popen(
            words, cwd=self.copy, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            text=True, errors="replace", start_new_session=True)
        timer_hit = []

        def stop():
            timer_hit.append(True)
            kill_group(process)

        timer = threading.Timer(limit, stop)
        timer.start()
        outcome, last = None, collections.deque(maxlen=30)
        try:
            for line in process.stdout:
                last.append(line)
                if "recorded an issue" in line or "Caught error" in line:
                    outcome = "issue: " + line.strip()[:160]
                    break
        finally:
            if outcome:
                kill_group(process)
            process.stdout.close()
            status = process.wait()
            timer.cancel()
        seconds = time.monotonic() - start
        if outcome:
            return outcome, seconds
        if timer_hit:
            return "took too long", seconds
        if status != 0:
            return f"ended with {status}: {' '.join(last)[-300:]!r}", seconds
        return "passed", seconds


def kill_group(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def program_of(copy):
    found = sorted((copy / ".build" / "debug").glob("*PackageTests.xctest"))
    if not found:
        sys.exit("mutants: no test program in .build/debug")
    return found[0].resolve()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--modules", default=" ".join(MODULES))
    parser.add_argument("--jobs", type=int, default=2, help="runs at a time")
    parser.add_argument("--copy", type=pathlib.Path, help="where to work; the tree itself is never changed")
    arguments = parser.parse_args()
    root = pathlib.Path(__file__).resolve().parent.parent
    copy = (arguments.copy or root / ".build" / "mutants").resolve()
    if copy == root:
        sys.exit("mutants: --copy names the tree itself; name another folder")
    modules = arguments.modules.split()
    chance = random.Random(arguments.seed)
    print(f"seed {arguments.seed}, {arguments.count} mutants, in {copy}")

    chosen = []
    lines = {m: sum(p.read_text().count("\n") for p in (root / "Sources" / m).rglob("*.swift")) for m in modules}
    for module in modules:
        places = [place for place in sites(root, module) if not place.was[0].isdigit() or chance.random() < 0.25]
        # A fifth more, as some will not compile.
        wanted = max(1, round(arguments.count * lines[module] / sum(lines.values())))
        drawn = chance.sample(places, min(len(places), wanted + wanted // 5 + 2))
        print(f"  {module}: {lines[module]} lines, {len(places)} places, {wanted} wanted")
        for rank, mutant in enumerate(drawn):
            mutant.rank, mutant.wanted = rank, wanted
            chosen.append(mutant)
    for number, mutant in enumerate(chosen, 1):
        mutant.number = number

    copy.mkdir(parents=True, exist_ok=True)
    update_copy(root, copy, modules)
    alive = build_all(root, copy, modules, chosen)
    judged = []
    for module in modules:
        own = sorted((m for m in alive if m.module == module), key=lambda m: m.rank)
        judged += own[: own[0].wanted if own else 0]
    program = program_of(copy)

    limits, reached = {}, set()
    for module in modules:
        notes = copy / ".build" / "reached"
        notes.unlink(missing_ok=True)
        outcome, seconds = Run(program, copy, module).judge(-1, 900, notes)
        if outcome != "passed":
            sys.exit(f"mutants: the tests of {module} do not pass without a mutant: {outcome}")
        reached |= {int(word) for word in notes.read_text().split()} if notes.exists() else set()
        limits[module] = 5 * seconds + 20
        print(f"  {module}: tests pass in {seconds:.1f} s", flush=True)

    def judge(mutant):
        if mutant.number not in reached:
            mutant.outcome = "passed"
            return mutant, "not reached", 0.0
        mutant.outcome, seconds = Run(program, copy, mutant.module).judge(mutant.number, limits[mutant.module])
        return mutant, mutant.outcome, seconds

    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for done, (mutant, outcome, seconds) in enumerate(pool.map(judge, judged), 1):
            print(f"  {done}/{len(judged)} {mutant}: {outcome} ({seconds:.1f} s)", flush=True)

    survivors = [m for m in judged if m.outcome == "passed"]
    print(f"\n{'module':<16}{'made':>6}{'noticed':>9}{'share':>8}")
    for module in modules:
        made = [m for m in judged if m.module == module]
        noticed = [m for m in made if m.outcome != "passed"]
        print(f"{module:<16}{len(made):>6}{len(noticed):>9}{100 * len(noticed) / max(1, len(made)):>7.0f}%")
    share = 100 * (len(judged) - len(survivors)) / max(1, len(judged))
    print(f"{'all':<16}{len(judged):>6}{len(judged) - len(survivors):>9}{share:>7.0f}%  (seed {arguments.seed})")
    if survivors:
        print("\nSurvivors:")
    for mutant in survivors:
        text = (root / mutant.path).read_text().split("\n")[mutant.line - 1].strip()
        note = "" if mutant.number in reached else "  [no test reaches it]"
        print(f"{mutant.path}:{mutant.line}: {mutant.was} became {mutant.became}{note}\n    {text}")
    if share < GOAL:
        sys.exit(f"\nmutants: {share:.0f} % noticed, the goal is {GOAL} %: add a test for what the survivors change")


if __name__ == "__main__":
    main()
