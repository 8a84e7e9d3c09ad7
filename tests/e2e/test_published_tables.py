"""Tables of pictures as data sets publish them (CheXpert, ISIC, HAM10000, RSNA), with pictures made
here; and a best metric that the validation data cannot give."""

import unittest

import pictures
import support
from support import read_json, read_jsonl, run

FINDINGS = "Cardiomegaly,Edema,Consolidation,Atelectasis,Pleural Effusion"
# Values by row, as CheXpert has them: 1.0, 0.0, -1.0 (uncertain) and nothing.
VALUES = ("1.0,,,,", ",0.0,1.0,-1.0,1.0", ",,,,", "0.0,1.0,,,0.0", "1.0,-1.0,0.0,1.0,1.0", "0.0,1.0,1.0,,-1.0")


class PublishedTables(support.TestCase):
    def setUp(self):
        super().setUp()
        self.data = self.folder / "data"
        self.data.mkdir()

    def picture(self, path, i):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pictures.picture(("lying", "upright")[i % 2], i))

    def flags(self, task="image-classification", **settings):
        defaults = dict(task=task, architecture="resnet20_cifar", max_steps=2, threads=1,
                        per_device_train_batch_size=8, output_dir=self.folder / "out",
                        overwrite_output_dir=True)
        return support.flags(**{**defaults, **settings})

    def chexpert(self, rows=24):
        """CheXpert-v1.0-small/train.csv, whose paths begin above the folder it is in."""
        table = self.data / "CheXpert-v1.0-small" / "train.csv"
        lines = [f"Path,Sex,Age,Frontal/Lateral,AP/PA,{FINDINGS}"]
        for i in range(rows):
            path = f"CheXpert-v1.0-small/train/patient{i // 2:05}/study1/view{i % 2 + 1}_frontal.jpg"
            self.picture(self.data / path, i)
            view = ("Frontal,AP", "Lateral,")[i % 3 == 0]
            lines.append(f"{path},{('Female', 'Male')[i % 2]},{40 + i},{view},{VALUES[i % 6]}")
        table.write_text("\n".join(lines) + "\n")
        return table

    def test_chexpert(self):
        table = self.chexpert()
        settings = dict(manifest=table, image_column="Path", label_column=FINDINGS,
                        validation_split=0.25, group_regex=r"(patient\d+)",
                        problem_type="multi_label_classification")
        # Both ways out are named, and work.
        self.assert_refused(run("train", *self.flags(**settings)), "there is no picture",
                            f"set --root {self.data}")
        settings["root"] = self.data
        self.assert_refused(run("train", *self.flags(**settings)), "none of its labels is known",
                            "--blank-labels negative")
        losses = {}
        for uncertain in ("zero", "one", "ignore"):
            for blank in ("negative", "unknown"):
                chosen = dict(settings, uncertain_labels=uncertain, blank_labels=blank,
                              on_bad_row="skip")
                self.assert_ok(run("check", *self.flags(**dict(chosen, output_dir=None, max_steps=None,
                                                               overwrite_output_dir=None))))
                self.assert_ok(run("train", *self.flags(**chosen)))
                result = self.folder / "metrics.json"
                # What the labels mean is kept with the model.
                self.assert_ok(run("evaluate", "--model", self.folder / "out", "--manifest", table,
                                   "--root", self.data, "--on-bad-row", "skip", "--output-file", result))
                losses[uncertain, blank] = read_json(result)["eval_loss"]
        self.assertEqual(len(set(losses.values())), 6, losses)
        lines = self.folder / "lines.jsonl"
        self.assert_ok(run("predict", "--model", self.folder / "out", "--manifest", table, "--root",
                           self.data, "--keep-columns", "Frontal/Lateral", "--output-file", lines))
        answers = read_jsonl(lines)
        self.assertEqual(len(answers), 24)
        self.assertEqual(set(answers[0]["scores"]), set(FINDINGS.split(",")))
        self.assertEqual(answers[0]["Frontal/Lateral"], "Lateral")

    def test_a_column_a_class(self):
        """ISIC 2019, plant pathology: one of several columns is 1."""
        table = self.data / "truth.csv"
        rows = [("image", "MEL", "NV", "BCC")]
        for i in range(24):
            self.picture(self.data / "in" / f"ISIC_{i:07}.jpg", i)
            rows.append((f"ISIC_{i:07}", *(f"{float(j == i % 3)}" for j in range(3))))
        support.write_csv(table, rows[1:], rows[0])
        self.assert_ok(run("train", *self.flags(
            manifest=table, root=self.data / "in", image_column="image", image_suffix=".jpg",
            label_column="MEL,NV,BCC", validation_split=0.25)))
        config = read_json(self.folder / "out" / "config.json")
        self.assertEqual(list(config["id2label"].values()), ["MEL", "NV", "BCC"])
        self.assertEqual(config["problem_type"], "single_label_classification")
        self.assert_ok(run("evaluate", "--model", self.folder / "out", "--manifest", table, "--root",
                           self.data / "in"))
        rows[3] = (rows[3][0], "1", "1", "0")
        support.write_csv(table, rows[1:], rows[0])
        self.assert_refused(run("evaluate", "--model", self.folder / "out", "--manifest", table,
                                "--root", self.data / "in"), ":4: 2 of its 3 label columns are 1")

    def test_pictures_in_parts(self):
        """HAM10000: two folders of pictures, names without folder and ending, lesions as groups."""
        table = self.data / "HAM10000_metadata.csv"
        rows = []
        for i in range(24):
            part = self.data / f"HAM10000_images_part_{1 + (i >= 12)}"
            self.picture(part / f"ISIC_{i:07}.jpg", i)
            rows.append((f"HAM_{i // 2:07}", f"ISIC_{i:07}", ("bkl", "nv")[i // 2 % 2], "histo", ""))
        support.write_csv(table, rows, ("lesion_id", "image_id", "dx", "dx_type", "age"))
        settings = dict(manifest=table, image_column="image_id", image_suffix=".jpg",
                        label_column="dx", group_column="lesion_id", validation_split=0.25)
        result = run("train", *self.flags(**settings))
        self.assert_ok(result)
        self.assertIn("among the 24 pictures of its folders", result.stdout + result.stderr)
        lines = self.folder / "lines.jsonl"
        self.assert_ok(run("predict", "--model", self.folder / "out", "--manifest", table,
                           "--output-file", lines))
        self.assertIn("part_2", read_jsonl(lines)[20]["file"])

    def test_a_row_for_each_box(self):
        """RSNA: a patient's picture stands in as many rows as it has boxes."""
        table = self.data / "stage_2_train_labels.csv"
        rows = []
        for i in range(24):
            self.picture(self.data / "images" / f"p{i}.png", i)
            rows += [(f"p{i}", "", "", i % 2)] * (1 + i % 3)
        support.write_csv(table, rows, ("patientId", "x", "y", "Target"))
        result = run("train", *self.flags(
            manifest=table, root=self.data / "images", image_column="patientId",
            image_suffix=".png", label_column="Target", validation_split=0.25))
        self.assert_ok(result)
        told = result.stdout + result.stderr
        self.assertIn("48 rows are 24 examples", told)
        self.assertNotIn("validation examples also in train", told)

    def test_a_best_metric_that_cannot_be_computed_is_told_before_training(self):
        for part, kinds in (("train", ("lying", "upright")), ("val", ("lying",))):
            pictures.write_pictures(self.data / part, 6, seed=len(part), kinds=kinds)
        best = dict(metric_for_best_model="auroc", load_best_model_at_end=True, max_steps=None,
                    num_train_epochs=1)
        for task in ("image-classification", "medical-image-classification"):
            result = run("train", *self.flags(task, train_dir=self.data, **best))
            self.assert_refused(result, "--metric-for-best-model: auroc is undefined on", "upright")
            self.assertFalse((self.folder / "out").exists())
            self.assert_ok(run("train", *self.flags(task, train_dir=self.data, **dict(
                best, metric_for_best_model="accuracy"))))
            (self.folder / "out").rename(self.folder / task)
        # Several labels: one of them never is there in the validation rows.
        table = self.data / "several.csv"
        rows = [(f"{part}/lying/{i:03}.png", part, i % 2, int(part == "train" and i % 3 == 0))
                for part in ("train", "val") for i in range(6)]
        support.write_csv(table, rows, ("path", "split", "mass", "edema"))
        several = dict(manifest=table, label_column="mass,edema", split_column="split",
                       problem_type="multi_label_classification")
        for task in ("image-classification", "medical-image-classification"):
            self.assert_refused(run("train", *self.flags(task, **several, **best)),
                                "auroc is undefined on", "edema")


if __name__ == "__main__":
    unittest.main()
