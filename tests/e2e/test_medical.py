"""Medical files through the whole program: DICOM, NIfTI volumes, groups, thresholds."""

import csv
import json
import unittest

import pictures
import support
from support import flags, read_json, run

KINDS = ("lying", "upright")


def volume(kind, seed, volumes=1):
    """A NIfTI file of 32 x 5 x 32: the bar lies across the y axis, in its middle slice alone."""
    size, slices = 32, 5
    plane, values = pictures.bar(kind, seed, size), []
    for time in range(volumes):
        for z in range(size):
            for y in range(slices):
                here = y == slices // 2 and time == volumes - 1
                values += plane[z * size:(z + 1) * size] if here else [0] * size
    return pictures.nifti_bytes((size, slices, size), values, volumes)


class MedicalCase(support.TestCase):
    def write(self, name, make, count=24):
        """ROOT/CLASS/name files and a manifest of them, four pictures a patient."""
        root, rows = self.folder / "scans", []
        for kind in KINDS:
            (root / kind).mkdir(parents=True, exist_ok=True)
            for i in range(count):
                path = root / kind / name.format(i)
                path.write_bytes(make(kind, i))
                rows.append((f"{kind}/{path.name}", kind, f"{kind}-{i // 4}", "ab"[i % 2]))
        with open(root / "scans.csv", "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("path", "finding", "patient", "site"), *rows])
        return root

    def flags(self, output, **settings):
        defaults = dict(task="medical-image-classification", architecture="resnet20_cifar",
                        input_channels=1, output_dir=output, validation_split="0.34",
                        num_train_epochs=4, learning_rate="3e-3", per_device_train_batch_size=16,
                        threads=1, bootstrap_resamples=100)
        return flags(**{**defaults, **settings})

    def train(self, output, **settings):
        self.assert_ok(run("train", *self.flags(output, **settings)))
        return read_json(output / "metrics.json")

    def predict(self, output, source, *more):
        result = run("predict", "--model", output, "--input", source, *more)
        self.assert_ok(result)
        return [json.loads(line) for line in result.stdout.splitlines()]


class Medical(MedicalCase):
    def test_nifti_volumes_of_a_manifest(self):
        root, output = self.write("{:03}.nii.gz", volume), self.folder / "output"
        table = dict(manifest=root / "scans.csv", label_column="finding", group_column="patient")
        metrics = self.train(output, slice_axis="coronal", **table)
        self.assertGreaterEqual(metrics["eval_auroc"], 0.9)
        self.assertEqual(metrics["eval_samples"] % 4, 0)  # groups stay whole
        # Evaluation and prediction cut as training did; across another axis nothing is to be seen.
        target = self.folder / "metrics.json"
        evaluate = ["evaluate", "--model", output, "--manifest", root / "scans.csv",
                    "--output-file", target]
        self.assert_ok(run(*evaluate))
        self.assertGreaterEqual(read_json(target)["eval_accuracy"], 0.9)
        self.assert_ok(run(*evaluate, "--slice-index", 0))
        self.assertEqual(read_json(target)["eval_accuracy"], 0.5)
        lines = self.predict(output, root)
        self.assertEqual(len(lines), 48)
        right = sum(line["label"] in line["file"] for line in lines)
        self.assertGreaterEqual(right, 43)
        self.assert_refused(run(*evaluate, "--slice-index", 7), "7", ".nii.gz")

    def test_results_by_subgroup(self):
        root, output = self.write("{:03}.png", pictures.picture), self.folder / "output"
        table = dict(manifest=root / "scans.csv", label_column="finding", group_column="patient",
                     subgroup_column="site", input_channels=3)
        self.train(output, **table)
        self.assertIn("By site", (output / "report.html").read_text())
        target = self.folder / "metrics.json"
        result = run("evaluate", "--model", output, "--manifest", root / "scans.csv",
                     "--output-file", target)
        self.assert_ok(result)
        self.assertIn("upright by site", result.stdout + result.stderr)
        sites = read_json(target)["eval_subgroups"]["site"]["upright"]
        self.assertEqual([(sites[s]["samples"], sites[s]["positives"]) for s in "ab"],
                         [(24, 12), (24, 12)])
        accuracies = [sites[s]["accuracy"]["value"] for s in "ab"]
        self.assertAlmostEqual(sum(accuracies) / 2, read_json(target)["eval_accuracy"])
        self.assert_refused(run("train", *self.flags(self.folder / "no", **{
            **table, "subgroup_column": "path"})), "--subgroup-column path", "different values")

    def test_dicom_files_without_an_ending(self):
        root = self.write("IM{:06}", lambda kind, i: pictures.dicom_bytes([pictures.bar(kind, i)]))
        (root / "lying" / "DICOMDIR").write_bytes(pictures.dicom_bytes([[0] * 1024]))
        (root / "lying" / "notes").write_text("no picture")
        output = self.folder / "output"
        metrics = self.train(output, train_dir=root)
        self.assertGreaterEqual(metrics["eval_auroc"], 0.9)
        self.assertEqual(len(self.predict(output, root)), 48)

    def test_several_frames_are_refused_unless_one_is_chosen(self):
        def frames(kind, i):
            return pictures.dicom_bytes([[0] * 1024, pictures.bar(kind, i), [0] * 1024])
        root, output = self.write("{:03}.dcm", frames), self.folder / "output"
        self.assert_refused(run("train", *self.flags(output, train_dir=root)), "3 frames",
                            "--frame-index", "lying/000.dcm")
        self.assert_refused(run("train", *self.flags(output, train_dir=root, frame_index=3)),
                            "frame 3 is asked for, but the file has 3")
        self.assertGreaterEqual(self.train(output, train_dir=root, frame_index=1)["eval_auroc"],
                                0.9)
        lines = self.predict(output, root / "upright")  # the saved frame
        self.assertGreaterEqual(sum(line["label"] == "upright" for line in lines), 20)
        self.assert_refused(run("predict", "--model", output, "--input", root, "--frame-index", 5),
                            "frame 5", "000.dcm")
        result = run("inspect", root / "upright" / "000.dcm", "--json")
        self.assert_ok(result)
        self.assertEqual(json.loads(result.stdout)["frames"], 3)

    def test_several_volumes_are_refused_unless_one_is_chosen(self):
        root = self.write("{:03}.nii.gz", lambda kind, i: volume(kind, i, volumes=2))
        settings = dict(train_dir=root, slice_axis=1)
        output = self.folder / "output"
        self.assert_refused(run("train", *self.flags(output, **settings)), "2 volumes",
                            "--frame-index")
        self.assertGreaterEqual(self.train(output, frame_index=1, **settings)["eval_auroc"], 0.9)
        result = run("inspect", root / "upright" / "000.nii.gz", "--json")
        self.assert_ok(result)
        facts = json.loads(result.stdout)
        self.assertEqual((facts["format"], facts["size"], facts["volumes"], facts["dtype"]),
                         ("NIfTI", [32, 5, 32], 2, "int16"))


    def test_a_head_stored_in_another_orientation(self):
        """Bars on the left or right of a head: stored as LPS the array is mirrored twice."""
        def head(kind, seed, axes=(1, 1, 1)):
            size = 16
            side = range(2, 5) if kind == "lying" else range(11, 14)
            values = []
            for z in range(3):
                for y in range(size):
                    for x in range(size):
                        at_x = x if axes[0] > 0 else size - 1 - x
                        at_y = y if axes[1] > 0 else size - 1 - y
                        noise = (at_x * 7 + at_y * 13 + z + seed * 29) % 60
                        values.append(noise + (200 if at_x in side and at_y < 12 else 0))
            return pictures.nifti_bytes((size, size, 3), values, axes=axes)
        root, output = self.write("{:03}.nii.gz", head), self.folder / "output"
        self.assertEqual(self.train(output, train_dir=root)["eval_accuracy"], 1)
        wanted = None
        for axes, codes in (((1, 1, 1), "RAS"), ((-1, -1, 1), "LPS"), ((-1, 1, 1), "LAS")):
            source = self.folder / codes
            for kind in KINDS:
                (source / kind).mkdir(parents=True)
                (source / kind / "x.nii.gz").write_bytes(head(kind, 99, axes))
            lines = [(line["label"], line["scores"]) for line in self.predict(output, source)]
            self.assertEqual([label for label, _ in lines], list(KINDS))
            wanted = wanted or lines
            self.assertEqual(lines, wanted)  # bit for bit
            result = run("inspect", source / KINDS[0] / "x.nii.gz", "--json")
            self.assertEqual(json.loads(result.stdout)["orientation"], codes)

    def test_patients_of_dicom_files_stay_on_one_side(self):
        root, output = self.folder / "scans", self.folder / "output"
        for kind in KINDS:
            (root / kind).mkdir(parents=True)
            for i in range(24):
                (root / kind / f"{i:03}.dcm").write_bytes(pictures.dicom_bytes(
                    [pictures.bar(kind, i)], patient=f"{kind}-{i // 4}"))
        (root / KINDS[0] / "scan.heic").write_text("no picture here")
        result = run("train", *self.flags(output, train_dir=root, num_train_epochs=1))
        self.assert_ok(result)
        self.assertIn("48 by PatientID (12 patients)", result.stdout + result.stderr)
        self.assertIn("1 .heic", result.stdout + result.stderr)
        self.assertEqual(read_json(output / "metrics.json")["eval_samples"] % 4, 0)
        # Prediction walks as training does: links are followed, what is hidden is not entered.
        around = self.folder / "around"
        (around / ".ipynb_checkpoints").mkdir(parents=True)
        (around / ".ipynb_checkpoints" / "x.dcm").write_text("no picture")
        (around / "linked").symlink_to(root / KINDS[0])
        (root / KINDS[0] / "back").symlink_to(around)
        self.assertEqual(len(self.predict(output, around)), 24)
        (root / KINDS[0] / "back").unlink()
        result = run("train", *self.flags(self.folder / "alone", train_dir=root,
                                          num_train_epochs=1, group_by="none"))
        self.assert_ok(result)
        self.assertNotIn("PatientID", result.stdout + result.stderr)
        # The folders of a split that a patient is in twice.
        divided = self.folder / "divided"
        for part, kept in (("train", range(0, 18)), ("val", range(16, 24))):
            for kind in KINDS:
                (divided / part / kind).mkdir(parents=True)
                for i in kept:
                    (divided / part / kind / f"{i}.dcm").write_bytes(
                        (root / kind / f"{i:03}.dcm").read_bytes())
        result = run("train", *self.flags(self.folder / "leak", train_dir=divided,
                                          num_train_epochs=1, validation_split=None))
        self.assert_ok(result)
        self.assertIn("2 groups have examples in two of the given splits",
                      result.stdout + result.stderr)

    def test_a_window_of_16_bit_pictures(self):
        """Bars of 40 values around 32808: without a window they are less than a step of 8 bits."""
        def scan(kind, i):
            values = [32768 + v // 5 for v in pictures.bar(kind, i)]
            return pictures.deep_png_bytes(32, 32, values)
        root, output = self.write("{:03}.png", scan), self.folder / "output"
        metrics = self.train(output, train_dir=root, window_center=32793, window_width=60)
        self.assertGreaterEqual(metrics["eval_auroc"], 0.9)


class Findings(MedicalCase):
    def findings(self):
        """Scans of two findings: "wide" is not always known, "faint" only of the training part."""
        root = self.write("{:03}.png", pictures.picture)
        rows = [("path", "split", "patient", "site", "wide", "faint")]
        for kind in KINDS:
            for i in range(24):
                split = "train" if i < 12 else "validation" if i < 18 else "test"
                wide = "" if i == 0 else int(kind == "lying")
                faint = {"train": i % 2, "validation": 0, "test": ""}[split]
                rows.append((f"{kind}/{i:03}.png", split, f"{kind}-{i // 2}", "ab"[i % 2], wide,
                             faint))
        with open(root / "findings.csv", "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
        return dict(manifest=root / "findings.csv", label_column="wide,faint", split_column="split",
                    group_column="patient", subgroup_column="site", input_channels=3,
                    problem_type="multi_label_classification", validation_split=None)

    def test_several_findings_some_unknown(self):
        table, output = self.findings(), self.folder / "output"
        self.assert_refused(run("train", *self.flags(output, **table, positive_label="wide")),
                            "--positive-label", "own threshold")
        result = run("train", *self.flags(output, **table, num_train_epochs=6))
        self.assert_ok(result)
        self.assertIn("every sample of the validation data, or none, is of faint", result.stderr)
        metrics = read_json(output / "metrics.json")
        wide, faint = (metrics["test_decisions"][name] for name in ("wide", "faint"))
        self.assertEqual((wide["true_positives"] + wide["false_negatives"],
                          wide["true_negatives"] + wide["false_positives"]), (6, 6))
        self.assertTrue(wide["bootstrap_of_clusters"])
        self.assertLessEqual(wide["auroc"]["low"], wide["auroc"]["value"])
        self.assertIsNone(faint["accuracy"]["value"])  # unknown in the whole part
        self.assertIn("auroc", metrics["test_undefined"])
        self.assertEqual(set(metrics["test_subgroups"]["site"]["wide"]), {"a", "b"})
        points = read_json(output / "decision.json")["operating_points"]
        self.assertEqual(points["faint"]["threshold"], 0.5)
        report = (output / "report.html").read_text()
        for part in ("ROC curve", "Decisions, each class against the others", "By site"):
            self.assertIn(part, report)
        self.assertNotIn("nan<", report)

        target = self.folder / "metrics.json"
        evaluate = ["evaluate", "--model", output, "--manifest", table["manifest"],
                    "--output-file", target]
        result = run(*evaluate)
        self.assert_ok(result)
        self.assertIn("decisions, with 95 % intervals", result.stdout + result.stderr)
        again = read_json(target)
        self.assertEqual(again["eval_decisions"]["wide"]["sensitivity"], wide["sensitivity"])
        self.assertEqual(again["eval_subgroups"], metrics["test_subgroups"])
        for option in ("--threshold-rule", "--positive-label"):  # are chosen in training
            self.assert_refused(run(*evaluate, option, "0.3"), option)
        for line in self.predict(output, table["manifest"].parent):
            found = {name for name, score in line["scores"].items()
                     if score >= points[name]["threshold"]}
            self.assertEqual(set(line["labels"]), found)
        self.assert_refused(run("predict", "--model", output, "--input", table["manifest"].parent,
                                "--problem-type", "single_label_classification"),
                            "decision.json", "2 thresholds")

        (output / "decision.json").unlink()
        result = run(*evaluate)
        self.assert_ok(result)
        self.assertIn("decision.json", result.stderr)
        self.assertEqual(
            read_json(target)["eval_decisions"]["wide"]["operating_point"]["threshold"], 0.5)

    def test_classes_of_which_the_most_probable_is_taken(self):
        root = self.write("{:03}.png", pictures.picture)
        (root / "empty").mkdir()
        with open(root / "scans.csv", "a", newline="", encoding="utf-8") as file:
            for i in range(24):
                (root / "empty" / f"{i:03}.png").write_bytes(
                    pictures.png_bytes(32, 32, bytes([i]) * 3072))
                csv.writer(file).writerow((f"empty/{i:03}.png", "empty", f"empty-{i // 4}",
                                           "ab"[i % 2]))
        output = self.folder / "output"
        metrics = self.train(output, manifest=root / "scans.csv", label_column="finding",
                             group_column="patient", subgroup_column="site", input_channels=3)
        self.assertEqual(set(metrics["eval_decisions"]), {"lying", "upright", "empty"})
        self.assertLessEqual(metrics["eval_auroc_low"], metrics["eval_auroc"])
        self.assertGreaterEqual(metrics["eval_auroc_high"], metrics["eval_auroc"])
        sites = metrics["eval_subgroups"]["site"]
        for label, decided in metrics["eval_decisions"].items():
            positives = sum(group["positives"] for group in sites[label].values())
            self.assertEqual(positives, decided["true_positives"] + decided["false_negatives"])
        self.assertEqual(read_json(output / "decision.json")["operating_points"], {})

    def test_numbers_are_no_decisions(self):
        root = self.write("{:03}.png", pictures.picture, count=4)
        output = self.folder / "output"
        self.assert_refused(run("train", *self.flags(
            output, manifest=root / "scans.csv", label_column="finding",
            problem_type="regression")), "regression", "image-classification")
        self.assertFalse(output.exists())

    def test_names_are_text_in_the_report(self):
        labels = ("<img src=x onerror=alert(1)>", "'\"><script>alert(2)<&")
        root = self.folder / "scans"
        for label, kind in zip(labels, KINDS):
            (root / label).mkdir(parents=True)
            for i in range(12):
                name = f"<b onclick='x'>{i}.png"
                (root / label / name).write_bytes(
                    pictures.picture(kind if i % 3 else KINDS[0], i))
        output = self.folder / "output"
        self.train(output, train_dir=root, input_channels=3, num_train_epochs=1)
        report = (output / "report.html").read_text()
        self.assertIn("&lt;b onclick=", report)
        for part in ("<img src=x", "<script>alert", "<b onclick", "'\"><"):
            self.assertNotIn(part, report)


class BadInput(MedicalCase):
    def test_dicom_that_is_no_picture(self):
        root = self.write("{:03}.dcm", lambda kind, i: pictures.dicom_bytes([pictures.bar(kind, i)]),
                          count=8)
        whole = pictures.dicom_bytes([pictures.bar("lying", 1)])
        (root / "lying" / "cut.dcm").write_bytes(whole[:900])
        (root / "lying" / "report.dcm").write_bytes(pictures.dicom_bytes([[]], pixels=False))
        (root / "lying" / "text.dcm").write_bytes(b"no DICOM at all")
        output = self.folder / "output"
        self.assert_refused(run("train", *self.flags(output, train_dir=root)), "cut.dcm",
                            "report.dcm", "text.dcm", "no picture", "--on-bad-row skip")
        self.assertFalse(output.exists())
        self.train(output, train_dir=root, on_bad_row="skip", num_train_epochs=1)
        self.assertEqual(len((output / "bad_rows.jsonl").read_text().splitlines()), 3)


if __name__ == "__main__":
    unittest.main()
