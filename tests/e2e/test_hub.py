"""Models by their hub id: from a server of our own that answers as the hub does, then offline."""

import ctypes
import hashlib
import json
import os
import struct
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pictures
import support
from support import flags, read_json, read_jsonl, run

REPO, COMMIT = "someone/tiny-resnet", "c" * 40


class Handler(BaseHTTPRequestHandler):
    """GET and HEAD of /REPO/resolve/REVISION/FILE, small files as the hub sends them."""

    def do_GET(self):
        repository, _, rest = self.path[1:].partition("/resolve/")
        name = rest.split("/", 1)[-1]
        files = self.server.repositories.get(repository, {})
        if name not in files:
            return self.send(404, b"", {"X-Error-Code": "EntryNotFound"})
        content = files[name]
        blob = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
        return self.send(200, content, {"ETag": f'"{blob}"'})

    do_HEAD = do_GET

    def send(self, status, content, headers):
        self.server.asked.append(self.path)
        self.send_response(status)
        for name, value in {**headers, "X-Repo-Commit": COMMIT,
                            "Content-Length": len(content)}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def log_message(self, *arguments):
        pass


class Opened:
    """Names of the files in a folder that are opened while this is entered (inotify(7))."""

    IN_OPEN, IN_NONBLOCK = 0x20, 0o4000

    def __init__(self, folder):
        self.folder, self.names = folder, set()

    def __enter__(self):
        libc = ctypes.CDLL(None, use_errno=True)
        self.descriptor = libc.inotify_init1(self.IN_NONBLOCK)
        watch = libc.inotify_add_watch(self.descriptor, os.fsencode(self.folder), self.IN_OPEN)
        if self.descriptor < 0 or watch < 0:
            raise OSError(ctypes.get_errno(), "inotify")
        return self

    def __exit__(self, *exception):
        while True:
            try:
                events = os.read(self.descriptor, 1 << 16)
            except BlockingIOError:
                break
            while events:
                length = struct.unpack_from("=iIII", events)[3]
                name = events[16:16 + length].rstrip(b"\0").decode()
                self.names.update({name} if name else ())
                events = events[16 + length:]
        os.close(self.descriptor)


class Hub(support.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        cls.server.repositories, cls.server.asked = {REPO: pictures.resnet_files()}, []
        thread = threading.Thread(target=cls.server.serve_forever)
        thread.start()
        cls.addClassCleanup(thread.join)
        cls.addClassCleanup(cls.server.shutdown)
        cls.pictures = pictures.write_pictures(cls.shared / "pictures", 32, seed=1)
        cls.held_out = pictures.write_pictures(cls.shared / "held_out", 12, seed=2)

    def env(self, offline=False, port=None):
        port = port or self.server.server_port
        return {"HF_HUB_OFFLINE": str(int(offline)), "HF_HUB_CACHE": str(self.folder / "hub"),
                "HF_ENDPOINT": f"http://127.0.0.1:{port}", "no_proxy": "*"}

    def upload(self, folder, repository):
        """Has the server give the folder's files under that id."""
        self.server.repositories[repository] = {
            path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}

    # Files of other libraries, and what a loader might be tempted to open.
    STRANGERS = ("README.md", "added_tokens.json", "chat_template.jinja", "flax_model.msgpack",
                 "generation_config.json", "labels.txt", "merges.txt", "metrics.json",
                 "model.onnx", "processor_config.json", "pytorch_model.bin", "report.html",
                 "sentencepiece.bpe.model", "special_tokens_map.json", "spiece.model",
                 "tf_model.h5", "tokenizer.model", "trainer_state.json", "training_args.bin",
                 "video_preprocessor_config.json", "vocab.json", "vocab.txt")

    def assert_same_by_id(self, folder, commands):
        """Whatever the commands open in the folder is fetched by its id, and they print the same.
        """
        for name in self.STRANGERS:
            if not (folder / name).exists():
                (folder / name).write_text("{}" if name.endswith(".json") else "x\n")
        self.upload(folder, "someone/same")
        with Opened(folder) as opened:
            by_folder = [run(*command(folder), env=self.env(offline=True)) for command in commands]
        self.assertTrue({"config.json", "model.safetensors"} <= opened.names)
        before = len(self.server.asked)
        by_id = [run(*command("someone/same"), env=self.env()) for command in commands]
        asked = {path.rsplit("/", 1)[-1] for path in self.server.asked[before:]}
        self.assertEqual(opened.names - asked, set())
        for one, other in zip(by_folder, by_id):
            self.assert_ok(one)
            self.assert_ok(other)
            self.assertEqual(one.stdout, other.stdout)
        return opened.names

    def train(self, output, model, **settings):
        result = run("train", *flags(
            task="image-classification", model=model, train_dir=self.pictures,
            validation_dir=self.held_out, output_dir=output, learning_rate="3e-3",
            num_train_epochs=6, per_device_train_batch_size=16, threads=1),
            env=self.env(**settings))
        self.assert_ok(result)
        return read_json(output / "metrics.json")["eval_accuracy"]

    def test_image_model_from_its_id(self):
        output = self.folder / "output"
        self.assertGreaterEqual(self.train(output, REPO), 0.9)
        # The repository's own preprocessing, not that of its family, and its pictures' size.
        processor = read_json(output / "preprocessor_config.json")
        self.assertEqual(processor["image_mean"], [0.5] * 3)
        self.assertEqual(processor["crop_size"], {"height": 32, "width": 32})

        asked = len(self.server.asked)
        self.assertGreaterEqual(self.train(self.folder / "again", REPO, offline=True), 0.9)
        lines = self.folder / "lines.jsonl"
        self.assert_ok(run("predict", "--model", REPO, "--task", "image-classification", "--input",
                           self.held_out, "--output-file", lines, env=self.env(offline=True)))
        self.assertEqual({line["label"] for line in read_jsonl(lines)} - {"cat", "dog"}, set())
        self.assertEqual(len(self.server.asked), asked)

    def test_a_folder_is_as_good_as_its_id(self):
        folder = self.folder / "model"
        folder.mkdir()
        for name, content in self.server.repositories[REPO].items():
            (folder / name).write_bytes(content)
        by_folder = self.train(self.folder / "by_folder", folder, offline=True)
        by_id = self.train(self.folder / "by_id", REPO)
        self.assertEqual(by_folder, by_id)
        self.assertEqual(support.sha256(self.folder / "by_folder" / "model.safetensors"),
                         support.sha256(self.folder / "by_id" / "model.safetensors"))

    def test_a_text_model_is_the_same_by_folder_and_id(self):
        folder = self.folder / "text"
        super().train(folder, max_length=6, num_train_epochs=1, save_strategy="no")
        # As BERT's folders were before tokenizer.json: a token that the vocabulary lacks.
        (folder / "tokenizer.json").unlink()
        lines = (folder / "vocab.txt").read_text().splitlines()[:-1]
        (folder / "vocab.txt").write_text("\n".join(lines) + "\n")
        (folder / "added_tokens.json").write_text(json.dumps({"NEWTOK": len(lines)}))
        texts = self.folder / "texts.txt"
        texts.write_text("a NEWTOK\n")
        shorter = "superb plot NEWTOK and some boring music with this ending"
        opened = self.assert_same_by_id(folder, [
            lambda model: ("predict", "--model", model, "--text", shorter),
            lambda model: ("tokenize", "--model", model, "--input-file", texts, "--output-file",
                           self.folder / f"{Path(model).name}.jsonl"),
        ])
        self.assertTrue({"run.yaml", "vocab.txt", "added_tokens.json"} <= opened, opened)
        tokens = (self.folder / "text.jsonl").read_text()
        self.assertEqual(tokens, (self.folder / "same.jsonl").read_text())
        self.assertIn(str(len(lines)), tokens)  # the id of NEWTOK, one token
        for model in (folder, "someone/same"):
            scores = [json.loads(run("predict", "--model", model, "--text", text,
                                     env=self.env()).stdout)["score"]
                      for text in (shorter, shorter + " boring" * 9)]
            self.assertEqual(*scores)  # cut at run.yaml's max_length

    def test_a_medical_model_is_the_same_by_folder_and_id(self):
        folder = self.folder / "medical"
        self.assert_ok(run("train", *flags(
            task="medical-image-classification", model=REPO, train_dir=self.pictures,
            validation_dir=self.held_out, output_dir=folder, max_steps=2, threads=1,
            bootstrap_resamples=100), env=self.env()))
        opened = self.assert_same_by_id(folder, [
            lambda model: ("predict", "--model", model, "--input", self.held_out)])
        self.assertTrue({"run.yaml", "decision.json", "preprocessor_config.json"} <= opened, opened)

    def test_a_complete_cache_serves_while_the_hub_is_down(self):
        self.train(self.folder / "first", REPO)
        for marker in (self.folder / "hub").rglob(".no_exist/*/*"):
            marker.unlink()  # the Python client asks for other files, and notes only those
        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as closed:
            port = closed.server_port
        output = self.folder / "output"
        result = run("train", *flags(
            task="image-classification", model=REPO, train_dir=self.pictures, output_dir=output,
            max_steps=1, threads=1), env=self.env(port=port))
        self.assert_ok(result)
        self.assertIn("from the cache", result.stderr)

    def test_what_the_hub_lacks_is_said(self):
        result = run("train", *flags(
            task="image-classification", model="someone/else", train_dir=self.pictures,
            output_dir=self.folder / "output"), env=self.env())
        self.assert_refused(result, "someone/else")


if __name__ == "__main__":
    unittest.main()
