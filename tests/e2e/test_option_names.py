"""Every option that a message names exists: string literals of the sources against the help of the
verbs and tasks that they belong to."""

import re
import unittest

import support
from support import ROOT, run

VERBS = ("train", "evaluate", "predict", "check")
TASKS = ("text-classification", "image-classification", "medical-image-classification",
         "speech-recognition")
OWN_VERBS = ("inspect", "align", "tokenize", "train-lm", "config")
# What is said of one task's data alone names options of that task.
PICTURES, SPEECH = TASKS[1:3], TASKS[3:]
PLACES = {"tasks/text_classification": TASKS[:1], "data/text": TASKS[:1], "media/text": TASKS[:1],
          "tasks/image_classification": PICTURES, "data/image": PICTURES,
          "media/image": PICTURES, "media/medical": PICTURES,
          "tasks/medical_image_classification": TASKS[2:3],
          "tasks/speech_recognition": SPEECH, "data/audio": SPEECH, "media/audio": SPEECH}
# Of the whole program; of the commands that messages give, `./dev build --cuda`, `gdcmconv --raw`.
NOT_OF_A_VERB = {"--version", "--help", "--cuda", "--raw"}
DRAWINGS = ("eval/report/page", "eval/report/charts")  # whose "--x" are properties of a style sheet
TO_COME = ("data/boxes",)  # read by no task yet: their options come with the first that does
LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z0-9]*(?:-[a-z0-9]+)*(?![\w-])")


def without_raw(text):
    """Style sheets and scripts of the report stand in raw literals, with custom properties."""
    return re.sub(r'R"(\w*)\(.*?\)\1"', '""', text, flags=re.S)


def named_options(text):
    """Options in the string literals of a C++ source; those that it parts over lines are joined."""
    text = re.sub(r"^\s*//.*$", "", without_raw(text), flags=re.M)
    text = re.sub(r'"\s*\n\s*"', "", text)
    return {name for literal in LITERAL.findall(text) for name in OPTION.findall(literal)}


def options_of(*arguments):
    # `tokenize` and its like print their help as any error would.
    result = run(*arguments, "--help")
    return set(OPTION.findall(result.stdout + result.stderr))


def unknown(names, known):
    return {name for name in names
            if name not in known and "--" + name.removeprefix("--no-") not in known}


class OptionNames(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        own = set().union(*(options_of(verb) for verb in OWN_VERBS)) | NOT_OF_A_VERB
        cls.by_task = {task: own.union(*(options_of(verb, "--task", task) for verb in VERBS))
                       for task in TASKS}

    def test_named_options_exist(self):
        wrong = []
        sources = [path for path in (ROOT / "src" / "attune").rglob("*")
                   if path.suffix in (".h", ".cc") and not path.stem.endswith("_test")
                   and not any(place in str(path) for place in DRAWINGS + TO_COME)]
        self.assertGreater(len(sources), 300)
        seen = set()
        for path in sources:
            place = str(path.relative_to(ROOT / "src" / "attune"))
            tasks = next((tasks for prefix, tasks in PLACES.items() if place.startswith(prefix)),
                         TASKS)
            names = named_options(path.read_text())
            seen |= names
            known = set().union(*(self.by_task[task] for task in tasks))
            wrong += [f"{place}: {name}" for name in sorted(unknown(names, known))]
        self.assertGreater(len(seen), 60)
        self.assertEqual(wrong, [])

    def test_the_search_finds_what_is_wrong(self):
        source = '''  // --comment is none
  fail(ErrorKind::user, "{}: set --no-such-option, or "
       "--train-file", path);'''
        names = named_options(source)
        self.assertEqual(names, {"--no-such-option", "--train-file"})
        self.assertEqual(unknown(names, self.by_task[TASKS[0]]), {"--no-such-option"})
        self.assertEqual(unknown(names, self.by_task[TASKS[1]]), names)
        self.assertEqual(named_options('R"css(a { color: var(--ink) })css" "--seed"'), {"--seed"})


if __name__ == "__main__":
    unittest.main()
