"""What is public: what somebody calls from a script or a notebook, page by page of ``docs/api``.

Only what stands here is promised: it keeps its name and its meaning. It has an example in its docstring, which the
tests run, and a place on a page, which ``make docs`` makes from the docstrings. What its types name stays with it, and
so do the errors that its docstring names, each of them a ``SegError``. Everything else in ``seg`` serves the app, the
command line and the server, and may change from one version to the next.
"""

from __future__ import annotations

from typing import NamedTuple


class Page(NamedTuple):
    """A page of ``docs/api``: ``names`` as they are imported, by the heading under which they stand."""

    file: str
    title: str
    text: str
    names: dict[str, tuple[str, ...]]


PAGES = (
    Page(
        "segmenting",
        "Segmenting and cutting out",
        "A photo in, a `Segmentation` out: trimap, shares of the classes, cut-out, files.",
        {
            "A photo": ("seg.photo.read_photo", "seg.photo.Photo"),
            "The network's answer": ("seg.Segmenter", "seg.Segmentation"),
            "What a cut-out looks like": (
                "seg.inference.cutout_options.parse_options",
                "seg.inference.cutout_options.CutoutOptions",
                "seg.inference.cutout_options.Backdrop",
            ),
            "Corrected by hand": ("seg.inference.corrections.Corrections", "seg.inference.corrections.Stroke"),
            "Files": (
                "seg.inference.saving.save_segmentation",
                "seg.inference.saving.file_names",
                "seg.inference.saving.default_parts",
            ),
            "Many photos": (
                "seg.data.photo_files.find_photos",
                "seg.data.photo_files.photos_in_folder",
                "seg.data.photo_files.PhotoFiles",
                "seg.inference.many.save_all",
                "seg.inference.many.Saved",
                "seg.inference.many.Failed",
                "seg.inference.watched.WatchedFolder",
            ),
            "Matting": (
                "seg.inference.matting.matte",
                "seg.inference.matting.matte_within",
                "seg.inference.matting.Matte",
                "seg.inference.closed_form.closed_form_alpha",
                "seg.inference.clean.without_islands_and_holes",
            ),
            "Clips": (
                "seg.clips.cut.cut_clip",
                "seg.clips.cut.ClipOptions",
                "seg.clips.cut.CutClip",
                "seg.clips.opening.find_clips",
                "seg.clips.opening.open_clip",
                "seg.clips.clip.Clip",
                "seg.clips.clip.ClipFacts",
                "seg.clips.clip.Frame",
            ),
            "Errors": ("seg.errors.SegError",),
        },
    ),
    Page(
        "pictures",
        "Pictures and sizes",
        "Arrays in, arrays out: what is shown, at which size, and as which file.",
        {
            "Labels in colours": (
                "seg.pictures.colour_labels",
                "seg.pictures.overlay",
                "seg.pictures.mistakes",
                "seg.pictures.triptych",
                "seg.pictures.triptych_grid",
            ),
            "Cut-outs": (
                "seg.pictures.cutout",
                "seg.pictures.over",
                "seg.pictures.checkerboard",
                "seg.pictures.fitted",
                "seg.pictures.blurred",
            ),
            "Numbers as pictures": ("seg.pictures.heat", "seg.pictures.evidence", "seg.pictures.curves"),
            "Files": (
                "seg.pictures.encode",
                "seg.pictures.encode_png",
                "seg.pictures.encode_jpeg",
                "seg.pictures.encode_webp",
                "seg.pictures.save_picture",
            ),
            "Other sizes": (
                "seg.images.resize_photo",
                "seg.images.reduce_photo",
                "seg.images.resize_labels",
                "seg.images.resize_probabilities",
                "seg.images.fitting_size",
            ),
        },
    ),
    Page(
        "data",
        "Datasets",
        "Photos with their trimaps, their classes and splits, and how they become what a network trains on.",
        {
            "A dataset": (
                "seg.Dataset",
                "seg.data.dataset.Sample",
                "seg.data.dataset.find_dataset",
                "seg.data.dataset.read_pair",
                "seg.data.dataset.evenly_spread",
                "seg.data.download.download_dataset",
            ),
            "Classes of pixels": ("seg.classes.Classes", "seg.classes.PixelClass"),
            "Trimaps": (
                "seg.data.trimaps.read_trimap",
                "seg.data.trimaps.decode_trimap",
                "seg.data.trimaps.upright_as",
            ),
            "In numbers": (
                "seg.data.statistics.statistics",
                "seg.data.statistics.Statistics",
                "seg.data.statistics.reason_text",
                "seg.data.statistics.mean_trimap",
                "seg.data.breeds.breed_and_species",
            ),
            "Splits": (
                "seg.data.split_schemes.official_scheme",
                "seg.data.split_schemes.article_scheme",
                "seg.data.split_schemes.official_lists",
                "seg.data.split_schemes.OfficialLists",
            ),
            "Annotations of other programs": (
                "seg.data.annotations.converting.convert",
                "seg.data.annotations.converting.Roles",
                "seg.data.annotations.converting.Converted",
            ),
            "What a training sees": (
                "seg.data.examples.Examples",
                "seg.data.examples.NoPetPhotos",
                "seg.data.batches.batches",
                "seg.data.augmentation.Augmentation",
                "seg.data.augmentation.lower_quality",
                "seg.data.augmentation.crop_and_colour",
                "seg.data.mixing.Mixer",
                "seg.data.mixing.random_window",
                "seg.data.mixing.with_window",
                "seg.data.mixing.mosaic",
                "seg.data.mixing.paste_pet",
                "seg.data.mixing.cover_pet",
            ),
        },
    ),
    Page(
        "network",
        "The network",
        "Its layers, its weights, what runs it, and what happens inside.",
        {
            "Layer by layer": (
                "seg.network.architecture.layers",
                "seg.network.architecture.Layer",
                "seg.network.architecture.tensor_names",
                "seg.network.architecture.receptive_fields",
                "seg.network.architecture.ReceptiveField",
                "seg.network.architecture.is_size",
                "seg.network.architecture.check_size",
            ),
            "In Keras": (
                "seg.network.device.prepare_device",
                "seg.network.device.Device",
                "seg.network.fcn.build_fcn",
                "seg.network.fcn.Preprocessing",
                "seg.network.fcn.split_at_taps",
                "seg.network.fcn.freeze_encoder",
            ),
            "Weights": (
                "seg.network.weights.find_weights",
                "seg.network.weights.read_info",
                "seg.network.weights.WeightsInfo",
                "seg.network.weights.read_tensors",
                "seg.network.weights.save_tensors",
                "seg.network.weights.load_network",
                "seg.network.weights.save_network",
                "seg.network.weights.load_encoder",
                "seg.network.weights.get_tensors",
                "seg.network.weights.set_tensors",
                "seg.network.weights.sha256_of",
            ),
            "Engines and other formats": (
                "seg.inference.engines.load_engine",
                "seg.inference.engines.default_engine",
                "seg.inference.engines.Engine",
                "seg.inference.export.export",
            ),
            "What happens inside": (
                "seg.inference.inside.Inside",
                "seg.inference.inside.strongest",
                "seg.inference.inside.transposed_convolution",
                "seg.inference.why.log_odds",
                "seg.inference.why.contributions",
                "seg.inference.why.occlude",
                "seg.inference.why.Occlusions",
            ),
        },
    ),
    Page(
        "training",
        "Training",
        "A recipe and a dataset become a run: a folder with metrics by epoch and weights. Training needs TensorFlow; "
        "recipes and runs are read without it.",
        {
            "To train": ("seg.train", "seg.training.step.soft_jaccard_loss", "seg.training.average.average_weights"),
            "Recipes": ("seg.Recipe", "seg.training.recipe.Phase"),
            "Runs": (
                "seg.training.runs.Run",
                "seg.training.status.Status",
                "seg.training.runs.runs_folder",
                "seg.training.folders.Folders",
                "seg.training.runs.create_run",
                "seg.training.runs.list_runs",
                "seg.training.runs.find_run",
                "seg.training.runs.active_run",
                "seg.training.runs.delete_run",
            ),
        },
    ),
    Page(
        "evaluation",
        "Metrics and evaluation",
        "How good a network is: from a confusion matrix to the worst photos.",
        {
            "A network on a dataset": (
                "seg.evaluate",
                "seg.evaluation.evaluate.Report",
                "seg.evaluation.evaluate.PhotoScore",
                "seg.evaluation.evaluate.write_report",
                "seg.evaluation.disagreement.disagreement",
            ),
            "Confusion": (
                "seg.metrics.confusion_matrix",
                "seg.metrics.pixel_accuracy",
                "seg.metrics.iou_by_class",
                "seg.metrics.mean_iou",
                "seg.metrics.foreground_iou",
                "seg.metrics.subject_iou_without_border",
                "seg.metrics.summarize",
            ),
            "What the dataset does not show": (
                "seg.evaluation.no_pets.evaluate_no_pets",
                "seg.evaluation.no_pets.NoPetsReport",
                "seg.evaluation.no_pets.evaluate_small_pets",
                "seg.evaluation.matting.evaluate_matting",
                "seg.evaluation.matting.MattingReport",
            ),
            "Reports that are kept": (
                "seg.evaluation.stored.report_of",
                "seg.evaluation.stored.history_of",
                "seg.evaluation.stored.store_report",
            ),
            "What a choice costs": (
                "seg.evaluation.costs.choices",
                "seg.evaluation.costs.measure",
                "seg.evaluation.costs.Choice",
                "seg.evaluation.costs.Cost",
            ),
        },
    ),
)

# Of these classes only some members are for a script; the others are what the app's rooms hand each other.
MEMBERS = {
    "seg.Segmentation": (
        "probabilities", "labels", "trimap", "shares", "has_subject", "confidence", "alpha", "cutout", "overlay",
        "reduced",
    ),
    "seg.clips.clip.Clip": ("frames",),
    "seg.training.recipe.Phase": ("batch_at",),
    "seg.training.runs.Run": (
        "id", "title", "rename", "recipe", "data", "weights", "status", "is_alive", "request_stop", "history", "live",
        "triptychs", "provenance",
    ),
    "seg.training.folders.Folders": ("of",),
    "seg.training.status.Status": ("progress", "sentence", "note_sentences"),
}  # fmt: skip
