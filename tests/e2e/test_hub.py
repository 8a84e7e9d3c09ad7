"""Models by their hub id: from a server of our own that answers as the hub does, then offline."""

import hashlib
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pictures
import support
from support import flags, read_json, read_jsonl, run

REPO, COMMIT = "someone/tiny-resnet", "c" * 40


class Handler(BaseHTTPRequestHandler):
    """GET and HEAD of /REPO/resolve/REVISION/FILE, small files as the hub sends them."""

    def do_GET(self):
        prefix = f"/{REPO}/resolve/"
        name = self.path[len(prefix):].split("/", 1)[-1]
        if not self.path.startswith(prefix) or name not in self.server.files:
            return self.send(404, b"", {"X-Error-Code": "EntryNotFound"})
        content = self.server.files[name]
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


class Hub(support.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        cls.server.files, cls.server.asked = pictures.resnet_files(), []
        thread = threading.Thread(target=cls.server.serve_forever)
        thread.start()
        cls.addClassCleanup(thread.join)
        cls.addClassCleanup(cls.server.shutdown)
        cls.pictures = pictures.write_pictures(cls.shared / "pictures", 32, seed=1)
        cls.held_out = pictures.write_pictures(cls.shared / "held_out", 12, seed=2)

    def env(self, offline=False):
        return {"HF_HUB_OFFLINE": str(int(offline)), "HF_HUB_CACHE": str(self.folder / "hub"),
                "HF_ENDPOINT": f"http://127.0.0.1:{self.server.server_port}", "no_proxy": "*"}

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
        for name, content in self.server.files.items():
            (folder / name).write_bytes(content)
        by_folder = self.train(self.folder / "by_folder", folder, offline=True)
        by_id = self.train(self.folder / "by_id", REPO)
        self.assertEqual(by_folder, by_id)
        self.assertEqual(support.sha256(self.folder / "by_folder" / "model.safetensors"),
                         support.sha256(self.folder / "by_id" / "model.safetensors"))

    def test_what_the_hub_lacks_is_said(self):
        result = run("train", *flags(
            task="image-classification", model="someone/else", train_dir=self.pictures,
            output_dir=self.folder / "output"), env=self.env())
        self.assert_refused(result, "someone/else")


if __name__ == "__main__":
    unittest.main()
