"""Texts with evidence and a verdict, mostly people's, whether it supports them: what judges are calibrated and checked on."""

from pipelines.labelled.sets import LABELLED_FORMATS, Labelled, LabelledSet, load, read

__all__ = ["LABELLED_FORMATS", "Labelled", "LabelledSet", "load", "read"]
