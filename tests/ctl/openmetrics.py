"""Reads OpenMetrics text from standard input as strictly as the specification is, and reports what
is wrong. With names of samples as arguments, it prints their values, one a line.
"""
import re
import sys

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"'
SAMPLE = re.compile(r"(%s)(?:\{(%s(?:,%s)*)\})? (-?[0-9]+(?:\.[0-9]+)?)" % (NAME, LABEL, LABEL))
META = re.compile(r"# (TYPE|HELP|UNIT) (%s) (.+)" % NAME)
SUFFIX = {"gauge": "", "counter": "_total"}


class Reader:
    def __init__(self):
        self.types = {}
        self.said = set()
        self.family = None
        self.samples = {}
        self.families_with_samples = set()

    def meta(self, kind, name, text):
        if (kind, name) in self.said:
            return "%s of %s stands twice" % (kind, name)
        if name != self.family and name in self.types:
            return "the family %s is not in one piece" % name
        if name in self.families_with_samples:
            return "%s of %s stands behind samples" % (kind, name)
        self.said.add((kind, name))
        self.family = name
        if kind == "TYPE":
            if text not in SUFFIX:
                return "no type %s" % text
            if text == "counter" and name.endswith("_total"):
                return "the family of a counter does not end in _total"
            self.types[name] = text
        if kind == "HELP" and re.search(r"\\[^n\\\"]", text):
            return "HELP has an escape that there is not"
        return None

    def sample(self, name, labels, value):
        if self.family not in self.types:
            return "a sample without a TYPE"
        if ("HELP", self.family) not in self.said:
            return "a sample without HELP"
        if name != self.family + SUFFIX[self.types[self.family]]:
            return "%s is no sample of %s" % (name, self.family)
        key = name + ("{%s}" % labels if labels else "")
        if key in self.samples:
            return "%s stands twice" % key
        if self.types[self.family] == "counter" and value.startswith("-"):
            return "a counter is less than 0"
        self.families_with_samples.add(self.family)
        self.samples[key] = value
        return None

    def line(self, text):
        match = META.fullmatch(text)
        if match:
            return self.meta(*match.groups())
        match = SAMPLE.fullmatch(text)
        if match:
            return self.sample(*match.groups())
        return "it is neither metadata nor a sample"


def main():
    text = sys.stdin.buffer.read().decode()
    lines = text.split("\n")
    if lines[-2:] != ["# EOF", ""]:
        return "the end is no # EOF"
    reader = Reader()
    for number, line in enumerate(lines[:-2], 1):
        fault = reader.line(line)
        if fault:
            return "line %d: %s: %s" % (number, fault, line)
    for family in reader.types:
        if family not in reader.families_with_samples:
            return "%s has no sample" % family
    for name in sys.argv[1:]:
        print(reader.samples.get(name, "absent"))
    return None


if __name__ == "__main__":
    sys.exit(main())
