"""Dumps of the databases."""

from __future__ import annotations

from pydantic import Field

from ailab.spec.values import Label, Section, Size


class BackupSpec(Section):
    """Dumps of PostgreSQL, every night, and of Neo4j, before each of its starts."""

    volume: Size = Field("20Gi", description="space for the dumps, for each of the two databases", examples=["20Gi"])
    storage_class: Label | None = Field(
        None,
        alias="class",
        description="StorageClass of the dumps, to have them on another disk; that of the data when absent",
        examples=["local-path"],
    )
    keep_days: int = Field(14, strict=True, ge=1, le=3650, description="days that dumps are kept", examples=[14])
